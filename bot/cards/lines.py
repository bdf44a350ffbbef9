"""One line of a card's thread: who, what; escaped like everything that comes from data or people."""

from __future__ import annotations

from schemas.cards import Say
from schemas.ports import Message

from .text import clean, person

OURS = ("check", "clock", "policy", "automatic")


def draw_line(say: Say) -> Message:
    who = "" if say.who in OURS[:3] else f"{person(say.who)}: "
    return Message(f"{who}{clean(say.text, 1500)}" + (" (repeated)" if say.trying else ""))
