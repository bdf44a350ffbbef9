"""Durations as people write and read them: ``15m``, ``1h30m``, ``2 days``; ``16 min``, ``1 h 5 min``."""

from __future__ import annotations

import re
from datetime import timedelta

from .errors import UsageError

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800,
}  # fmt: skip
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]{1,7})\s*")

_UNIT = "|".join(sorted(_UNITS, key=lambda unit: (-len(unit), unit)))
PATTERN = rf"^\s*(\d{{1,9}}(\.\d{{1,6}})?\s*({_UNIT})\s*)+$"
"""The written form as a regular expression for others, in lower case."""


def parse_duration(text: str) -> timedelta:
    """``"1h30m"`` → 90 minutes. Raises UsageError with the forms that are understood; never negative or zero."""
    rest, seconds = text.strip().lower(), 0.0
    while rest and (match := _PART.match(rest)) and match[2] in _UNITS:
        seconds += float(match[1]) * _UNITS[match[2]]
        rest = rest[match.end() :]
    if rest or seconds <= 0 or seconds > 86400 * 3660:
        raise UsageError(f"{text!r} is not a duration; write it like 15m, 4h, 1h30m or 2d")
    return timedelta(seconds=seconds)


def say_duration(span: timedelta) -> str:
    """A duration in at most two units, rounded down: ``16 min``, ``2 h 5 min``, ``3 d 4 h``, ``12 s``."""
    seconds = int(max(span.total_seconds(), 0))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
