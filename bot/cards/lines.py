"""One line of a card's thread: who, what; escaped like everything that comes from data or people."""

from __future__ import annotations

from schemas.cards import Say
from schemas.ports import Message

from .text import clean, moments, person

OURS = ("check", "clock", "policy", "automatic")
"""Who is not named: the bot itself."""


def draw_line(say: Say, zone: str = "UTC") -> Message:
    who = "" if say.who in OURS else f"{person(say.who)} "
    return Message(f"{who}{moments(clean(say.text, 1500), zone)}" + (" (repeated)" if say.trying else ""))
