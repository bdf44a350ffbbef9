"""Takes the pictures of the README anew: one real card of the demo, before its heal and after it.

``.venv/bin/python -m docs.pictures.take`` starts a demo of its own in a temporary folder and presses its buttons in
headless Chromium.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.stories.demo import ONCALL, Demo

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
CHANNEL, CARD = "canary-alerts", "Final games missing from analytics"
WAIT = 60_000  # ms


def opened(browser: Any, demo: Demo) -> Page:
    """The workspace's page as the person on call sees it, with the card's channel in front."""
    context = browser.new_context(viewport={"width": 1060, "height": 1100}, color_scheme="light")
    page: Page = context.new_page()
    page.add_init_script(f"localStorage.person ??= '{ONCALL}'")
    page.goto(demo.url)
    page.wait_for_selector(f"body[data-live={ONCALL}]")
    page.click(f"#side .row:has-text('{CHANNEL}')")
    return page


def taken(card: Locator, name: str) -> None:
    """The card alone, without the pointer's traces."""
    card.page.mouse.move(0, 0)
    card.scroll_into_view_if_needed()
    card.screenshot(path=HERE / f"{name}.png")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        demo = Demo(Path(folder) / "home").start()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"])
        try:
            page = opened(browser, demo)
            card = page.locator("#list article:not(.whisper)").filter(has_text=CARD)
            expect(card).to_contain_text("2 missing", timeout=WAIT)
            taken(card, "before")
            card.get_by_role("button").filter(has_text=re.compile("^Heal now$")).click()
            plan = page.locator("form.dialog")
            expect(plan).to_contain_text("Run nba-phase3-reprocess", timeout=WAIT)
            plan.screenshot(path=HERE / "plan.png")
            page.click(".dialog [type=submit]")
            expect(card).to_contain_text("Healed", timeout=WAIT)
            taken(card, "after")
        finally:
            browser.close()
            demo.stop()


if __name__ == "__main__":
    main()
