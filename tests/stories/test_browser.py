"""The newcomer's road in a real browser: each button pressed once as a person presses it, each answer read.

``SHOTS=folder`` keeps a picture of every step there, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.live_state import SqliteLiveState
from schemas.times import to_text

from .demo import COLLEAGUE, ONCALL, OUTSIDER, Demo, now

pytestmark = pytest.mark.browser
CANARY, NBA = "canary-alerts", "nba-alerts"
COVERAGE, RAW = "Final games missing from analytics", "Raw player rows out of limits"
STALLED, HEALED = "119 of 136", "125 of 136"
OLD = "batch_past"
WAIT = 30_000
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with one batch of a past date beside its planted faults: its heal takes two people."""
    running = Demo(Path(tmp_path_factory.mktemp("browser")) / "home").start()
    plant_old_batch(running)
    yield running
    running.kill()


def plant_old_batch(demo: Demo) -> None:
    """A day and a half old, 100 of 120, never completed."""
    moment = now() - timedelta(hours=36)
    live = SqliteLiveState(demo.home / "live.sqlite", clock=SystemClock())
    live.put(
        "prediction_batches",
        OLD,
        {
            "game_date": (now() - timedelta(days=2)).date().isoformat(),
            "expected_players": 120,
            "completed_players": [f"player_{n:03}" for n in range(100)],
            "failed_players": [],
            "is_complete": False,
            "created_at": to_text(moment),
            "updated_at": to_text(moment + timedelta(minutes=9)),
        },
    )
    live.close()
    done = demo.shell("run", "stalled_batches")
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.fixture
def look(chromium: Any, demo: Demo) -> Iterator[Open]:
    """Opens the page as somebody; at the end nothing may stand in the console and nothing have left the machine."""
    contexts: list[Any] = []
    said: list[str] = []

    def build(person: str = ONCALL, *, width: int = 1280, height: int = 900, scheme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(10_000)
        page.add_init_script(f"localStorage.person ??= '{person}'")
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: said.append(str(one)))
        page.on("request", lambda one: None if one.url.startswith((demo.url, "data:")) else said.append(one.url))
        page.goto(demo.url)
        page.wait_for_selector(f"body[data-live={person}]")
        return page

    yield build
    for one in contexts:
        one.close()
    assert said == []


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def go(page: Page, channel: str) -> None:
    if page.locator(".burger").is_visible():
        page.click(".burger")
    page.click(f"#side .row:has-text('{channel}')")
    expect(page.locator("#head h1")).to_contain_text(channel)


def card(page: Page, *words: str) -> Locator:
    """The one card in the open channel that says all the words."""
    found = page.locator("#list article:not(.whisper)")
    for one in words:
        found = found.filter(has_text=one)
    expect(found).to_have_count(1, timeout=WAIT)
    return found


def press(on: Locator, words: str) -> None:
    on.get_by_role("button").filter(has_text=re.compile(f"^{words}$")).click()


def dialog(page: Page, *words: str) -> Locator:
    """The open modal, once it is filled."""
    found = page.locator("form.dialog")
    for one in words:
        expect(found).to_contain_text(one)
    return found


def submit(page: Page) -> None:
    page.click(".dialog [type=submit]")


def gone(page: Page) -> None:
    expect(page.locator("form.dialog")).to_have_count(0)


def say(page: Page, text: str) -> Locator:
    """Types a line into the composer; what comes back for this person alone."""
    before = page.locator("#list .whisper").count()
    page.fill("#composer textarea", text)
    page.locator("#composer textarea").press("Enter")
    expect(page.locator("#list .whisper")).to_have_count(before + 1, timeout=WAIT)
    return page.locator("#list .whisper").last


def coloured(on: Locator, color: str) -> None:
    """The colour of the card's side."""
    expect(on.locator(".bar")).to_have_css("background-color", color)


GREEN, PURPLE, GREY = "rgb(46, 184, 134)", "rgb(138, 99, 210)", "rgb(221, 221, 221)"


def test_what_a_newcomer_sees_first(look: Open) -> None:
    page = look()
    go(page, CANARY)
    card(page, COVERAGE, "2 missing")
    card(page, RAW, "7 of 8 final games")
    shot(page, "canary")
    go(page, NBA)
    healed = card(page, HEALED, "Healed")
    coloured(healed, GREEN)
    expect(healed.get_by_role("button", name="Snooze")).to_have_count(0)
    card(page, STALLED, "Missing players")
    shot(page, "nba")


def test_acknowledge_rerun_and_snooze(look: Open) -> None:
    page = look()
    go(page, CANARY)
    raw = card(page, RAW)
    press(raw, "Acknowledge")
    expect(raw).to_contain_text("Acknowledged by @oncall")
    expect(raw.get_by_role("button", name="Acknowledge")).to_have_count(0)
    press(raw, "Rerun canary")
    whisper = page.locator("#list .whisper").last
    expect(whisper).to_contain_text("still fails", timeout=WAIT)
    shot(page, "acknowledged_and_rerun")
    press(raw, "Snooze")
    modal = dialog(page, "How long", "Until tomorrow 09:00")
    page.select_option(".dialog select", "own")
    page.fill(".dialog [data-block-id=own] input", "soonish")
    submit(page)
    expect(modal.locator("[data-block-id=own] .field-error")).to_contain_text("Not understood")
    shot(page, "snooze_wrong")
    page.fill(".dialog [data-block-id=own] input", "2d")
    page.fill(".dialog [data-block-id=why] input", "the league's feed is late <!channel> *really*")
    shot(page, "snooze_modal")
    submit(page)
    gone(page)
    expect(raw).to_contain_text("Snoozed until", timeout=WAIT)
    expect(raw).to_contain_text("by @oncall: the league's feed is late <!channel>")
    coloured(raw, GREY)
    shot(page, "snoozed")
    press(raw, "Wake")
    expect(raw).not_to_contain_text("Snoozed until", timeout=WAIT)
    expect(raw.get_by_role("button", name="Snooze")).to_have_count(1)
    shot(page, "woken")


@pytest.mark.parametrize("span", ["1h", "4h", "tomorrow", "resolved"])
def test_each_snooze_choice(look: Open, span: str) -> None:
    page = look()
    go(page, CANARY)
    raw = card(page, RAW)
    press(raw, "Snooze")
    dialog(page, "How long")
    page.select_option(".dialog select", span)
    submit(page)
    gone(page)
    said = "Snoozed until it is resolved" if span == "resolved" else "Snoozed until"
    expect(raw).to_contain_text(said, timeout=WAIT)
    press(raw, "Wake")
    expect(raw).not_to_contain_text("Snoozed until", timeout=WAIT)


def test_force_complete(look: Open) -> None:
    page = look()
    go(page, NBA)
    batch = card(page, STALLED)
    press(batch, "Force complete")
    dialog(page, "Mark batch_", "It starts at once")
    shot(page, "force_modal")
    submit(page)
    gone(page)
    expect(batch).to_contain_text("Healed", timeout=WAIT)
    coloured(batch, GREEN)
    shot(page, "force_done")
    page.locator("[data-open-thread]").first.click()
    expect(page.locator("#thread-list article").nth(1)).to_be_visible()
    shot(page, "force_thread")


def test_a_heal_that_takes_two_people(look: Open) -> None:
    first, second = look(), look(COLLEAGUE)
    for page in (first, second):
        go(page, NBA)
    batch = card(first, OLD, "100 of 120")
    shot(first, "old_batch")
    press(batch, "Force complete")
    dialog(first, "A second person must approve it")
    shot(first, "approval_modal")
    submit(first)
    gone(first)
    expect(batch).to_contain_text("waits for a second person", timeout=WAIT)
    coloured(batch, PURPLE)
    press(batch, "Approve")
    first.click("[data-confirm=yes]")
    own = first.locator("#list .whisper").last
    expect(own).to_contain_text("another person must", timeout=WAIT)
    shot(first, "approval_own")
    theirs = card(second, OLD)
    press(theirs, "Decline")
    expect(theirs).to_contain_text("eclined", timeout=WAIT)
    shot(second, "declined")
    press(theirs, "Force complete")
    dialog(second, OLD)
    shot(second, "approval_again")
    second.click(".dialog [data-close-view=one]")
    gone(second)


def test_heal_now_by_two_people_at_once(look: Open) -> None:
    first, second = look(), look(COLLEAGUE)
    for page in (first, second):
        go(page, CANARY)
        press(card(page, COVERAGE), "Heal now")
        dialog(page, "nba-phase3-reprocess", "Healed only when this is seen")
    shot(first, "heal_modal")
    submit(first)
    submit(second)
    gone(first)
    gone(second)
    shot(first, "healing")
    for page in (first, second):
        expect(card(page, COVERAGE)).to_contain_text("Resolved", timeout=60_000)
        coloured(card(page, COVERAGE), GREEN)
    expect(second.locator("#list .whisper").last).to_contain_text(re.compile("already|done by"), timeout=WAIT)
    shot(first, "healed")
    shot(second, "healed_second")


def test_an_outsider_is_refused_in_private(look: Open) -> None:
    page, other = look(OUTSIDER), look()
    go(page, CANARY)
    go(other, CANARY)
    press(card(page, RAW), "Rerun canary")
    expect(page.locator("#list .whisper").last).to_contain_text("nothing was changed", timeout=WAIT)
    press(card(page, RAW), "Heal now")
    dialog(page, "Only oncall")
    shot(page, "outsider")
    page.click(".dialog [data-close-view=one]")
    expect(other.locator("#list .whisper").filter(has_text="Only oncall")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("help", "What I understand"),
        ("status", "open alert"),
        ("snoozes", "Nothing is snoozed"),
        ("events", "press"),
        ("patterns", "healed"),
        ("why phase2_raw", "last decision"),
        ("statsu", "status"),
        ("status --al", "not known here"),
        ("run phase3_analytics", "passed"),
    ],
)
def test_words(look: Open, typed: str, answered: str) -> None:
    page = look()
    go(page, CANARY)
    whisper = say(page, f"/resilience {typed}")
    expect(whisper).to_contain_text(answered)
    expect(whisper).to_contain_text("Only visible to you")
    shot(page, "word_" + typed.replace(" ", "_").replace("-", ""))


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("phone", 390, "light"), ("phone_dark", 390, "dark"), ("dark", 1280, "dark")]
)
def test_phone_and_dark(look: Open, name: str, width: int, scheme: str) -> None:
    page = look(width=width, height=844, scheme=scheme)
    for channel in (CANARY, NBA):
        go(page, channel)
        expect(page.locator("#list article").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(
            "document.querySelector('#list').scrollWidth <= document.querySelector('#list').clientWidth"
        )
        shot(page, f"{name}_{channel}")
    go(page, CANARY)
    press(card(page, RAW), "Snooze")
    dialog(page, "How long")
    shot(page, f"{name}_modal")
    page.click(".dialog [data-close-view=one]")
    gone(page)
