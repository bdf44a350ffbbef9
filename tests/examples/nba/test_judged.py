"""The generated pipeline under the shipped canaries: a healthy one passes at any hour, a broken one shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.config import load_pipeline
from checks import look_by_kind
from control_plane.backends.local.duck import DuckWarehouse
from control_plane.calendar import CalendarBook
from examples.nba import PROJECT
from examples.nba.loading import load_warehouse
from examples.nba.moments import ZONE, AsOf
from examples.nba.world import build
from schemas.pipeline import Day, Pipeline
from schemas.questions import Ask
from schemas.reports import Severity, State, SubjectResult
from tests.checks.conftest import sight

from .conftest import ROOT

AFTERNOON = datetime(2026, 11, 23, 21, 45, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 5, 5, tzinfo=UTC)  # 00:05 in New York: nothing is due
CLOCKS_BACK = datetime(2026, 11, 1, 19, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 4, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline(ROOT / "resilience.yaml")


def judged(
    pipeline: Pipeline, folder: Path, now: datetime, *, faults: bool, named: str = ""
) -> list[tuple[str, SubjectResult]]:
    """Every canary with its results; with ``named``, those of last night for that day alone."""
    path = folder / "warehouse.duckdb"
    load_warehouse(path, build(AsOf(now), 7, faults=faults).tables)
    warehouse = DuckWarehouse(path, project=PROJECT)
    book = CalendarBook(pipeline.calendar, warehouse)
    ask = Ask(now, ZONE, book.day(AsOf(now).today, now), partial(_day, book, now), only=named)
    found: list[tuple[str, SubjectResult]] = []
    try:
        for name, spec in pipeline.checks.items():
            if spec.kind == "canary_query" and (not named or (spec.window.ends == "yesterday" and not spec.subject)):
                found += [(name, one) for one in look_by_kind(spec.kind)(spec, ask, sight(warehouse))]
    finally:
        warehouse.close()
    return found


def _day(book: CalendarBook, now: datetime, day: date) -> Day:
    return book.day(day, now)


@pytest.mark.parametrize("now", [AFTERNOON, NIGHT, CLOCKS_BACK, SUMMER])
def test_a_healthy_pipeline_has_no_finding(pipeline: Pipeline, tmp_path: Path, now: datetime) -> None:
    found = judged(pipeline, tmp_path, now, faults=False)
    assert {one.state for _, one in found} <= {State.PASS, State.SKIPPED}, found
    if now in (AFTERNOON, CLOCKS_BACK):
        assert {one.state for _, one in found} == {State.PASS}
    else:
        assert all("not due" in one.reason for _, one in found if one.state is State.SKIPPED)


@pytest.mark.parametrize("now", [NIGHT, SUMMER])
def test_last_night_by_name_is_healthy_at_any_hour(pipeline: Pipeline, tmp_path: Path, now: datetime) -> None:
    day = str(AsOf(now).today - timedelta(days=1))
    found = judged(pipeline, tmp_path, now, faults=False, named=day)
    assert {(one.subject, one.state) for _, one in found} == {(day, State.PASS)} and len(found) == 7


@pytest.mark.parametrize(("now", "named"), [(AFTERNOON, ""), (NIGHT, "2026-11-23")])
def test_the_planted_faults_are_the_findings(pipeline: Pipeline, tmp_path: Path, now: datetime, named: str) -> None:
    found = judged(pipeline, tmp_path, now, faults=True, named=named)
    wrong = {name: one.finding.severity for name, one in found if one.finding}
    assert wrong == {
        "phase2_raw": Severity.WARNING,
        "phase3_coverage": Severity.WARNING,
        "phase5_model_coverage": Severity.CRITICAL,
    }
    assert {one.state for name, one in found if name not in wrong} == {State.PASS}
    dark = next(one.finding for name, one in found if name == "phase5_model_coverage")
    assert dark is not None and dark.members == ("lightgbm_v2",)
