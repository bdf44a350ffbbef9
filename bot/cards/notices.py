"""Small modals: a light one that opens at once, and one that only says something."""

from __future__ import annotations

from .blocks import Block, modal, section
from .text import clean

NOTICE = "notice"


def loading(title: str) -> Block:
    """Opened within the trigger's life; the whole view takes its place."""
    return modal(title, [section(":hourglass_flowing_sand: One moment …")], callback=NOTICE)


def notice(title: str, words: str) -> Block:
    """A sentence and nothing to submit."""
    return modal(title, [section(f":no_entry: {clean(words, 2500)}")], callback=NOTICE)
