"""Which game days a dated check judges, from when, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.pipeline import CheckSpec, Day, Window
from schemas.questions import Ask
from schemas.times import at_local, day_of

MOST_OPEN = 5
"""Open dates that go on being judged (reference pipeline, section 4)."""


def window_days(window: Window, last: date) -> tuple[date, ...]:
    """The days of the window that ends with ``last``, oldest first."""
    return tuple(last - timedelta(days=back) for back in range(max(window.days, 1) - 1, -1, -1))


def current(window: Window, today: date) -> date:
    """The day that the window ends with today."""
    return today if window.ends == "today" else today - timedelta(days=1)


def newest(window: Window, ask: Ask) -> date:
    """The day to judge: the end of the window, or where ``newest`` names a number, the newest of the window's days
    that has it above 0 (the end when none has). Raises BackendError when the calendar cannot be read."""
    last = current(window, ask.day.date)
    days = reversed(window_days(window, last)) if window.newest else ()
    return next((one for one in days if day_at(one, ask).slate.get(window.newest, 0) > 0), last)


def day_at(day: date, ask: Ask) -> Day:
    """The day as the calendar sees it. Raises BackendError when it cannot be read."""
    return ask.day if day == ask.day.date else ask.day_of(day)


def due_at(window: Window, judged_from: time, day: date, zone: str) -> datetime:
    """The moment from which a day is judged: the wall clock of the day itself, or of the day after it."""
    on = day if window.ends == "today" else day + timedelta(days=1)
    return at_local(on, judged_from, zone)


def say_due(due: datetime, as_of: datetime, zone: str) -> str:
    """``05:00 ET``, with the date when it is not the date of ``as_of``."""
    local = due.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M} {zone_word(due, zone)}"
    return clock if local.date() == day_of(as_of, zone) else f"{local.date()} {clock}"


def zone_word(moment: datetime, zone: str) -> str:
    """What people call the zone: ``ET`` for EST and EDT, else its abbreviation at that moment."""
    word = moment.astimezone(ZoneInfo(zone)).tzname() or zone
    return word[0] + word[2] if len(word) == 3 and word.endswith(("ST", "DT")) and word[0] in "ECMP" else word


def dates_of(subjects: Sequence[str]) -> tuple[dict[date, str], tuple[str, ...]]:
    """The subjects that are game dates, newest first, and those that are not."""
    found: dict[date, str] = {}
    strange: list[str] = []
    for subject in subjects:
        try:
            found[date.fromisoformat(subject)] = subject
        except ValueError:
            strange.append(subject)
    return dict(sorted(found.items(), reverse=True)), tuple(strange)


def slate_of(spec: CheckSpec, day: Day, ask: Ask) -> dict[str, int]:
    """The slate of the judged day; also ``window_<name>``, summed over the days of the window, where the check names
    such a number: each day is a question to the calendar. Raises BackendError when it cannot be read."""
    slate = dict(day.slate)
    if _names_sums(spec):
        whole = [day if one == day.date else day_at(one, ask) for one in window_days(spec.window, day.date)]
        slate |= {f"window_{name}": sum(one.slate.get(name, 0) for one in whole) for name in day.slate}
    return slate


def _names_sums(spec: CheckSpec) -> bool:
    limits = (f"{one.min} {one.max} {one.equals} {one.say}" for one in spec.metrics.values())
    return any("window_" in text for text in (spec.needs, spec.sql, *limits, *(one.when for one in spec.grades)))


def empty_slate(slate: dict[str, int], needs: str, day: date) -> str:
    """Why there is nothing to judge, or "". A slate of 0 is named by its broadest number that is 0: the first."""
    if not needs or slate.get(needs, 0) > 0:
        return ""
    zero = next((name for name, number in slate.items() if number <= 0), needs)
    return f"no {zero.removeprefix('window_')} on {day}"
