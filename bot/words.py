"""The grammar that Slack's ``/resilience …`` and the shell share: a word, its arguments, ``--options``; an answer."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.errors import UsageError
from schemas.nearest import nearest


@dataclass
class Words:
    """What was asked. ``person`` is a Slack user id, or the shell's user; ``source`` is word or command."""

    args: list[str]
    options: dict[str, str]
    person: str
    source: str
    now: datetime
    usage: str = ""
    share: bool = False
    _taken: set[str] = field(default_factory=set)

    def next(self, what: str) -> str:
        """The next argument. Raises UsageError that names what is missing."""
        if not self.args:
            raise UsageError(f"{what} is missing; usage: {self.usage}")
        return self.args.pop(0)

    def option(self, name: str, default: str = "") -> str:
        """The value of ``--name``; a flag's value is ``yes``."""
        self._taken.add(name)
        if self.options.get(name) == "":
            raise UsageError(f"--{name} wants a value; usage: {self.usage}")
        return self.options.get(name, default)

    def flag(self, name: str) -> bool:
        return self.option(name) == "yes"

    def end(self) -> None:
        """Refuses whatever nobody asked for."""
        unknown = sorted(set(self.options) - self._taken)
        if unknown:
            near = nearest(unknown[0], self._taken)
            hint = f", did you mean --{near}?" if near else ";"
            raise UsageError(f"--{unknown[0]} is not known here{hint} usage: {self.usage}")
        if self.args:
            raise UsageError(f"{' '.join(self.args)!r} is too much; usage: {self.usage}")


@dataclass(frozen=True)
class Section:
    """Lines and a table under a heading. The table's first row is its head."""

    heading: str = ""
    lines: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Answer:
    """``data`` is the document that ``--json`` prints (``schema_version`` is added); ``code`` the exit code."""

    title: str
    data: Mapping[str, Any]
    sections: tuple[Section, ...] = ()
    code: int = 0
    outcome: str = "done"
    alert_id: str = ""
    heal_id: str = ""


_TAKES_NO_VALUE = frozenset({"dry-run", "json", "all", "share", "yes", "reset", "quiet"})


_MEANT = (("\u201c", '"'), ("\u201d", '"'), ("\u2019", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def split(text: str) -> list[str]:
    """A typed line, as Slack escapes it, as arguments; unbalanced quotes are a UsageError, not a guess."""
    for given, meant in _MEANT:
        text = text.replace(given, meant)
    reader = shlex.shlex(text, posix=True)
    reader.whitespace_split, reader.commenters, reader.quotes, reader.escape = True, "", '"', ""
    try:
        return list(reader)
    except ValueError as error:
        raise UsageError(f"the quotes do not close: {text!r}") from error


def parse(parts: Sequence[str], *, person: str, source: str, now: datetime, usage: str = "") -> Words:
    """Arguments and options of one word. ``--tier critical``, ``--tier=critical`` and flags are understood."""
    args: list[str] = []
    options: dict[str, str] = {}
    rest = list(parts)
    while rest:
        part = rest.pop(0)
        if not part.startswith("--") or part == "--":
            args.append(part)
            continue
        name, given, value = part[2:].partition("=")
        if name in _TAKES_NO_VALUE:
            options[name] = "yes"
        elif given:
            options[name] = value
        elif rest:
            options[name] = rest.pop(0)
        else:
            options[name] = ""
    share = args[-1:] == ["share"] or options.pop("share", "") == "yes"
    if args[-1:] == ["share"]:
        args.pop()
    return Words(args, options, person, source, now, usage, share)
