"""What a check is asked: the moment, the calendar, and which subjects are still open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .pipeline import Day


@dataclass(frozen=True)
class Ask:
    """One question to a check.

    ``day`` is the calendar's day of ``as_of`` in the pipeline's ``zone``; ``day_of`` gives any other day and raises
    BackendError when the calendar cannot be read. ``open_subjects`` have an open alert and are judged again; ``only``
    names the one subject to judge. ``timeout`` is for each look-up outside.
    """

    as_of: datetime
    zone: str
    day: Day
    day_of: Callable[[date], Day]
    open_subjects: tuple[str, ...] = ()
    only: str = ""
    timeout: timedelta = timedelta(seconds=60)
