"""The demo's tour at any hour: the planted faults are alerts at once, and nothing is judged before its data can be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import load_pipeline
from bot.demo import tour
from bot.house import build, open_backends
from control_plane.backends.clock import FixedClock
from examples.nba.moments import AsOf
from examples.nba.seed import seed
from schemas.ports import Where

ROOT = Path(__file__).parents[2]
TONIGHT = "phase5_predictions, phase5_prediction_gap"
HOURS = {
    "00:05": (datetime(2026, 11, 24, 5, 5, tzinfo=UTC), f"SKIPPED, not due before 11:00 ET: {TONIGHT}"),
    "10:45": (datetime(2026, 11, 23, 15, 45, tzinfo=UTC), f"SKIPPED, not due before 11:00 ET: {TONIGHT}"),
    "12:00": (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), "SKIPPED, not due before 13:00 ET: phase6_publishing"),
    "18:00": (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), f"PASS: {TONIGHT}, phase6_publishing, grading_freshness"),
}


@pytest.mark.parametrize("hour", HOURS)
def test_at_any_hour_the_planted_faults_are_the_alerts(
    hour: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now, said = HOURS[hour]
    seed(tmp_path, AsOf(now), 7, faults=True)
    pipeline = load_pipeline(ROOT / "resilience.yaml")
    house = build(pipeline, tmp_path, open_backends(pipeline, tmp_path, FixedClock(now)), "tour")
    try:
        capsys.readouterr()
        tour(house)
        docs = house.back.store.find("alerts", Where("state", "==", "firing"))
    finally:
        house.close()
    found = sorted(doc.value["check"] for doc in docs)
    assert found == ["phase2_raw", "phase3_coverage", "phase5_model_coverage", "stalled_batches", "stalled_batches"]
    lines = capsys.readouterr().out.splitlines()
    assert sum("FAIL" in line for line in lines) == 5 and not [line for line in lines if "ERROR" in line]
    assert any(said in line for line in lines), lines
    assert len(lines) <= 10, lines
