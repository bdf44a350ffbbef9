"""Moments: aware UTC inside; one spelling in documents and JSON, whose text order is time order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def to_text(moment: datetime) -> str:
    """``2026-11-23T21:45:00.000000Z``: fixed width, so that text order is time order."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """The reverse of `to_text`; also takes other ISO 8601 spellings with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in the pipeline's zone (a game day is never a UTC day)."""
    return moment.astimezone(ZoneInfo(zone)).date()


def at_local(day: date, clock: time, zone: str) -> datetime:
    """The UTC moment at which the wall clock of ``zone`` shows ``clock`` on ``day``."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
