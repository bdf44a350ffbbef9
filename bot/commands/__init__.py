"""One file a word. Each gives ``USAGE`` and ``answer(house, words)``, whose docstring is its help; that is all."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from inspect import getdoc
from typing import TYPE_CHECKING, Protocol, cast

from bot.words import Answer, Words, parse
from schemas.errors import UsageError
from schemas.nearest import nearest, suggest

if TYPE_CHECKING:
    from datetime import datetime

    from bot.house import House


class Word(Protocol):
    """The shape of a word's file."""

    USAGE: str

    def answer(self, house: House, words: Words) -> Answer: ...


def names() -> tuple[str, ...]:
    """The files of this folder that are words."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")))


def word(name: str) -> Word:
    """The word of this name. Raises UsageError with the nearest one."""
    if name not in names():
        near = nearest(name, names())
        usage = f" usage: {word(near).USAGE}" if near else ""
        raise UsageError(f"there is no word {name!r}; {suggest(name, names(), most=20)}{usage}")
    return cast(Word, import_module(f"{__name__}.{name}"))


def help_of(name: str) -> str:
    """The first sentence of the word's docstring."""
    return (getdoc(word(name).answer) or "").split("\n\n")[0].replace("\n", " ")


def say(house: House, parts: list[str], *, person: str, source: str, now: datetime) -> tuple[Answer, Words]:
    """Answers one typed line, already split. No word at all is ``help``."""
    name, rest = (parts[0].lower(), parts[1:]) if parts else ("help", [])
    found = word(name)
    words = parse(rest, person=person, source=source, now=now, usage=found.USAGE)
    answer = found.answer(house, words)
    words.end()
    return answer, words
