"""What checks are tested with: the shipped declaration, a calendar by hand, a warehouse that gives prepared answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.config import read
from bot.config_rules import Known
from schemas.errors import BackendError
from schemas.pipeline import CheckSpec, Day, Pipeline
from schemas.ports import LiveReader, Rows, Sight, WarehouseReader
from schemas.questions import Ask
from schemas.times import day_of

ROOT = Path(__file__).resolve().parents[2]
ZONE = "America/New_York"
KNOWN = Known(("canary_query", "stalled_batches"), ("complete_stalled_batch", "force_complete_batch", "rerun_job"))


@pytest.fixture(scope="session")
def shipped() -> Pipeline:
    pipeline, faults = read(ROOT / "resilience.yaml", known=KNOWN)
    assert pipeline is not None, [str(fault) for fault in faults]
    return pipeline


@pytest.fixture
def specs(shipped: Pipeline) -> Mapping[str, CheckSpec]:
    return shipped.checks


@dataclass
class Answers:
    """A warehouse that answers each query with the same prepared rows, or error, and keeps what it was asked."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    error: BackendError | None = None
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def query(self, sql: str, params: Any = None, *, now: datetime, timeout: timedelta, max_rows: int = 10_000) -> Rows:
        self.asked.append(dict(params or {}))
        if self.error is not None:
            raise self.error
        columns = tuple(self.rows[0]) if self.rows else ()
        return Rows(columns, tuple(tuple(row.values()) for row in self.rows[:max_rows]))

    def estimate(self, sql: str, params: Any = None, *, now: datetime) -> int:
        return 0


def sight(warehouse: object, live: object = None) -> Sight:
    nothing = cast(Any, None)
    return Sight(cast(WarehouseReader, warehouse), cast(LiveReader, live), nothing, nothing, nothing)


def et(text: str) -> datetime:
    """A moment written on the wall clock of New York."""
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


SLATE = {"games": 8, "finals": 8}


def asking(
    as_of: datetime,
    *,
    slate: Mapping[str, int] = SLATE,
    days: Mapping[date, Mapping[str, int]] | None = None,
    open_subjects: tuple[str, ...] = (),
    only: str = "",
    mode: str = "season",
    day_of_other: Callable[[date], Day] | None = None,
) -> Ask:
    def other(day: date) -> Day:
        return Day(day, mode, "", (days or {}).get(day, slate))

    return Ask(
        as_of=as_of,
        zone=ZONE,
        day=other(day_of(as_of, ZONE)),
        day_of=day_of_other or other,
        open_subjects=open_subjects,
        only=only,
        timeout=timedelta(seconds=5),
    )
