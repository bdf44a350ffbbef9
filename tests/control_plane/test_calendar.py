"""The calendar book on prepared answers; the shipped query has its own tests in `tests/checks/test_sql.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from control_plane.calendar import KEPT, CalendarBook
from schemas.errors import BackendError, Denied, Missing, Unavailable
from schemas.pipeline import Calendar, Day
from schemas.ports import Rows

CALENDAR = Calendar("SELECT @day, @as_of", ("season", "break", "halt"))
DAY, NOON = date(2026, 11, 22), datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
ROW: Mapping[str, Any] = {"mode": "season", "reason": "regular season", "games": 8, "finals": 7, "warning": ""}


@dataclass
class Answers:
    rows: list[Mapping[str, Any]]
    error: BackendError | None = None
    asked: list[tuple[Any, datetime]] = field(default_factory=list)

    def query(self, sql: str, params: Any = None, *, now: datetime, timeout: timedelta, max_rows: int = 10_000) -> Rows:
        self.asked.append((params, now))
        if self.error:
            raise self.error
        return Rows(tuple(self.rows[0]) if self.rows else (), tuple(tuple(row.values()) for row in self.rows))

    def estimate(self, sql: str, params: Any = None, *, now: datetime) -> int:
        return 0


def test_a_row_becomes_a_day() -> None:
    answers = Answers([{**ROW, "warning": "halt state stale"}])
    found = CalendarBook(CALENDAR, answers).day(DAY, NOON)
    assert found == Day(DAY, "season", "regular season", {"games": 8, "finals": 7}, "halt state stale")
    assert list(found.slate) == ["games", "finals"]
    assert answers.asked == [({"day": DAY, "as_of": NOON}, NOON)]


def test_a_day_is_kept_for_the_minute() -> None:
    answers = Answers([ROW])
    book = CalendarBook(CALENDAR, answers)
    for later in (0, 29, 29.9):
        book.day(DAY, NOON + timedelta(seconds=later))
    assert len(answers.asked) == 1
    book.day(DAY, NOON + timedelta(seconds=30))
    book.day(DAY - timedelta(days=1), NOON)
    assert len(answers.asked) == 3
    for minute in range(KEPT):
        book.day(DAY, NOON + timedelta(minutes=minute + 2))
    book.day(DAY, NOON)
    assert len(answers.asked) == KEPT + 4


def test_an_error_is_not_kept() -> None:
    answers = Answers([ROW], error=Unavailable("no answer", part="warehouse"))
    book = CalendarBook(CALENDAR, answers)
    with pytest.raises(Unavailable, match="no answer"):
        book.day(DAY, NOON)
    answers.error = None
    assert book.day(DAY, NOON).mode == "season"


@pytest.mark.parametrize("error", [Missing("there is no table s", part="warehouse"), Denied("bad", part="warehouse")])
def test_every_backend_error_is_unavailable(error: BackendError) -> None:
    with pytest.raises(Unavailable, match="the calendar of 2026-11-22 cannot be read: warehouse"):
        CalendarBook(CALENDAR, Answers([], error)).day(DAY, NOON)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "must give one row, it gave none"),
        ([ROW, ROW], "must give one row, it gave 2"),
        ([{**ROW, "mode": "seasno"}], "gave the mode 'seasno'.*did you mean 'season'"),
        ([{**ROW, "mode": None}], "the mode None"),
        ([{"games": 1}], "the mode None"),
        ([{**ROW, "games": None}], "gave None for games"),
        ([{**ROW, "games": 1.5}], "gave 1.5 for games"),
        ([{**ROW, "games": True}], "gave True for games"),
        ([{**ROW, "finals": -1}], "gave -1 for finals"),
    ],
)
def test_a_row_of_another_shape_is_unavailable(rows: list[Mapping[str, Any]], words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        CalendarBook(CALENDAR, Answers(rows)).day(DAY, NOON)
