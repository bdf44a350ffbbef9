"""A batch document as values, and what is wrong with it (reference pipeline, section 6). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar

from schemas.durations import parse_duration, say_duration
from schemas.errors import ConfigError, UsageError
from schemas.nearest import suggest
from schemas.times import from_text

AHEAD = timedelta(minutes=5)
"""How far a document's clock may be ahead of ours before its ages mean nothing."""

_FIELDS = ("day", "expected", "completed", "failed", "complete", "created", "updated", "consolidated")


class Malformed(Exception):
    """A document that cannot be judged; the message is a reason in words."""


class Trouble(Enum):
    """How a batch stands."""

    NONE = "done"
    WORKING = "working"  # incomplete, and moved lately
    WAITING = "waiting"  # complete, its consolidation may still come
    SLIGHT = "slight"  # stalled, but far enough and young enough to be completed without asking
    STALLED = "stalled"
    OLD = "old"
    UNCONSOLIDATED = "unconsolidated"


Read = TypeVar("Read")


def _param(params: Mapping[str, str], name: str, read: Callable[[str], Read], like: str) -> Read:
    try:
        return read(params[name])
    except (ValueError, ZeroDivisionError, UsageError) as error:
        raise ConfigError(f"{params[name]!r} is not {like}", key=f"params.{name}") from error


@dataclass(frozen=True)
class Rules:
    """``fields`` maps our words to the document's field names; ``ratio`` is exact."""

    collection: str
    fields: Mapping[str, str]
    min_age: timedelta
    max_age: timedelta
    ratio: Fraction
    lookback_days: int

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Rules:
        """From a check's ``params``. Raises ConfigError for a missing, unknown or unreadable one."""
        wanted = ("collection", "min_age", "max_age", "ratio", "lookback_days", *_FIELDS)
        for name in params:
            if name not in wanted:
                raise ConfigError(f"unknown parameter {name!r}", key=f"params.{name}", hint=suggest(name, wanted))
        for name in wanted:
            if not params.get(name):
                raise ConfigError(f"lacks the parameter {name!r}", key=f"params.{name}")
        return cls(
            collection=params["collection"],
            fields={name: params[name] for name in _FIELDS},
            min_age=_param(params, "min_age", parse_duration, "a duration like 15m"),
            max_age=_param(params, "max_age", parse_duration, "a duration like 24h"),
            ratio=_param(params, "ratio", Fraction, "a number like 0.9"),
            lookback_days=_param(params, "lookback_days", int, "a whole number like 7"),
        )


@dataclass(frozen=True)
class BatchSeen:
    """``completed`` and ``failed`` are distinct names; who failed first and completed then did complete. ``updated_at``
    is None when the document has none."""

    id: str
    day: date | None
    expected: int
    completed: frozenset[str]
    failed: frozenset[str]
    complete: bool
    created_at: datetime
    updated_at: datetime | None
    consolidated_at: datetime | None

    @property
    def moved_at(self) -> datetime:
        return self.updated_at or self.created_at

    @property
    def share(self) -> Fraction:
        return Fraction(len(self.completed), self.expected)


def read_batch(key: str, value: Mapping[str, Any], rules: Rules, as_of: datetime) -> BatchSeen:
    """The document as values. Raises Malformed for whatever would make its state a guess."""
    name = rules.fields
    complete = value.get(name["complete"])
    if not isinstance(complete, bool):
        raise Malformed(_not(name["complete"], complete, "true or false"))
    expected = value.get(name["expected"])
    if not isinstance(expected, int) or isinstance(expected, bool) or expected <= 0:
        raise Malformed(_not(name["expected"], expected, "a whole number above 0"))
    created = _moment(value, name["created"], as_of)
    if created is None:
        raise Malformed(f"{name['created']} is missing")
    completed = _names(value, name["completed"], required=True)
    return BatchSeen(
        id=key,
        day=_day(value.get(name["day"])),
        expected=expected,
        completed=completed,
        failed=_names(value, name["failed"], required=False) - completed,
        complete=complete,
        created_at=created,
        updated_at=_moment(value, name["updated"], as_of),
        consolidated_at=_moment(value, name["consolidated"], as_of),
    )


def trouble_of(batch: BatchSeen, rules: Rules, as_of: datetime) -> Trouble:
    """By itself is healed only what is incomplete, young enough, has moved once and long ago, and nearly done."""
    still = as_of - batch.moved_at >= rules.min_age
    if batch.complete:
        if batch.consolidated_at is not None:
            return Trouble.NONE
        return Trouble.UNCONSOLIDATED if still else Trouble.WAITING
    if as_of - batch.created_at > rules.max_age:
        return Trouble.OLD
    if not still:
        return Trouble.WORKING
    return Trouble.SLIGHT if batch.updated_at is not None and batch.share >= rules.ratio else Trouble.STALLED


def say_progress(batch: BatchSeen, as_of: datetime) -> str:
    """``125 of 136 (91.9 %), last moved 16 min ago``."""
    ago = say_duration(as_of - batch.moved_at)
    moved = f"last moved {ago} ago" if batch.updated_at else f"never moved since it was created {ago} ago"
    return f"{len(batch.completed)} of {batch.expected} ({say_share(batch.share)}), {moved}"


def say_share(share: Fraction) -> str:
    """In percent, rounded down, so that 90 % is said only of what has reached it."""
    tenths = int(share * 1000)
    return f"{tenths / 10:g} %"


def _not(name: str, value: Any, wanted: str) -> str:
    return f"{name} is missing" if value is None else f"{name} is {str(value)[:40]!r}, not {wanted}"


def _moment(value: Mapping[str, Any], name: str, as_of: datetime) -> datetime | None:
    """A moment, as text with an offset or as an aware datetime; None when absent."""
    found = value.get(name)
    if found is None:
        return None
    try:
        moment = found if isinstance(found, datetime) else from_text(str(found))
    except ValueError as error:
        raise Malformed(_not(name, found, "a moment with an offset")) from error
    if moment.tzinfo is None:
        raise Malformed(_not(name, found, "a moment with an offset"))
    if moment > as_of + AHEAD:
        raise Malformed(f"{name} lies in the future: {found}")
    return moment


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _names(value: Mapping[str, Any], name: str, *, required: bool) -> frozenset[str]:
    found = value.get(name)
    if found is None and not required:
        return frozenset()
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, str) for one in found):
        raise Malformed(_not(name, found, "a list of names"))
    return frozenset(found)
