"""What several folders of tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for one module: Playwright keeps an event loop in this thread for as long as it lives."""
    path = Path("/usr/bin/chromium")
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have /usr/bin/chromium")
        pytest.skip("no /usr/bin/chromium on this machine")
    from playwright.sync_api import sync_playwright

    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=str(path), args=[*flags.split(), "--disable-component-update", "--disable-sync"]
        )
        yield browser
        browser.close()
