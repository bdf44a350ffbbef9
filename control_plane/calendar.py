"""The calendar: what kind of day a day is, and its slate, by the declared query. It has no clock of its own."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime, timedelta
from typing import Any

from schemas.errors import BackendError, Unavailable
from schemas.nearest import suggest
from schemas.pipeline import Calendar, Day
from schemas.ports import WarehouseReader

_WORDS = ("mode", "reason", "warning")
_NAMED = ("day", "as_of")
TIMEOUT = timedelta(seconds=30)
KEPT = 400
"""Answers kept, the latest asked for; each holds for one minute of ``as_of``."""


class CalendarBook:
    """Days as `Calendar.sql` gives them: one row with mode, reason, whole numbers for the slate, perhaps a warning.

    A row that is not like that, or a mode that is not declared, is Unavailable: an unknown calendar stops checks from
    being judged, it never lets them pass.
    """

    def __init__(self, calendar: Calendar, warehouse: WarehouseReader, *, timeout: timedelta = TIMEOUT) -> None:
        self._calendar, self._warehouse, self._timeout = calendar, warehouse, timeout
        self._kept: OrderedDict[tuple[date, datetime], Day] = OrderedDict()

    def day(self, day: date, as_of: datetime) -> Day:
        """The day as of a moment. Raises Unavailable in one sentence."""
        key = (day, as_of.replace(second=0, microsecond=0))
        found = self._kept.get(key)
        if found is None:
            found = self._read(day, as_of)
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _read(self, day: date, as_of: datetime) -> Day:
        sql = self._calendar.sql
        named = {name: value for name, value in zip(_NAMED, (day, as_of), strict=True) if f"@{name}" in sql}
        try:
            rows = self._warehouse.query(sql, named, now=as_of, timeout=self._timeout, max_rows=2).dicts()
        except Unavailable:
            raise
        except BackendError as error:
            raise Unavailable(f"the calendar of {day} cannot be read: {error}", part="calendar") from error
        if len(rows) != 1:
            raise _wrong(day, f"must give one row, it gave {len(rows) or 'none'}")
        return self._day(day, rows[0])

    def _day(self, day: date, row: dict[str, Any]) -> Day:
        mode = row.get("mode")
        if mode not in self._calendar.modes:
            hint = suggest(str(mode), self._calendar.modes)
            raise _wrong(day, f"gave the mode {mode!r}, which is not declared ({hint})")
        slate: dict[str, int] = {}
        for name, value in row.items():
            if name in _WORDS:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise _wrong(day, f"gave {value!r} for {name}; the slate has whole numbers from 0")
            slate[name] = value
        return Day(day, str(mode), str(row.get("reason") or ""), slate, str(row.get("warning") or ""))


def _wrong(day: date, words: str) -> Unavailable:
    return Unavailable(f"the calendar's query for {day} {words}", part="calendar")
