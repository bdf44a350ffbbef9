"""The whole road on the real plugs: a job process of its own, the live state, the store, DuckDB behind the trail."""

from __future__ import annotations

import json
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.duck_write import PipelineWriter
from control_plane.backends.local.jobs import LocalJobs
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.store import SqliteStore
from healing.audit import Audit
from healing.bench import Limits, Pace
from healing.deeds import healers
from healing.desk import Desk
from healing.export import Exporter
from schemas.heals import Heal, Outcome
from schemas.pipeline import HealerSpec
from schemas.ports import Hands
from schemas.records import HealingEvent, table_schema
from schemas.times import to_text

from .world import Judge, request

ROOT = Path(__file__).resolve().parents[2]
KEY = "batch_2026-11-23_1763900000"
JOB = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.live_state import SqliteLiveState
from schemas.times import to_text

live = SqliteLiveState(Path(os.environ["RESILIENCE_HOME"]) / "live.db", clock=SystemClock())
doc = live.get("batches", os.environ["BATCH_ID"])
assert doc is not None and doc.value["is_complete"]
if os.environ["WRITES"] == "yes":
    live.put("batches", doc.key, {**doc.value, "consolidated_at": to_text(SystemClock().now())})
print("looked at", doc.key)
"""
SPEC = HealerSpec(
    "complete_stalled_batch",
    audience="oncall",
    params={"collection": "batches", "job": "consolidate", "settle": "1s", "deadline": "3s"},
)


@pytest.mark.parametrize(("writes", "outcome"), [("yes", Outcome.HEALED), ("no", Outcome.INEFFECTIVE)])
def test_a_batch_heals_and_its_event_is_queried(tmp_path: Path, writes: str, outcome: Outcome) -> None:
    clock = SystemClock()
    (tmp_path / "job.py").write_text(JOB)
    command = [sys.executable, str(tmp_path / "job.py"), str(ROOT)]
    jobs = {"consolidate": {"command": command, "env": {"WRITES": writes}}}
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    store, live = SqliteStore(tmp_path / "store.db", clock=clock), SqliteLiveState(tmp_path / "live.db", clock=clock)
    warehouse = DuckWarehouse(tmp_path / "warehouse.duckdb", project="a-project")
    PipelineWriter(warehouse.file).create_table("nba_orchestration", "healing_events", table_schema(HealingEvent))
    now = clock.now()
    live.put("batches", KEY, _batch(to_text(now - timedelta(hours=1)), to_text(now - timedelta(minutes=16))))
    hands = Hands(live, LocalJobs(tmp_path, clock), warehouse, Judge())
    built = healers({SPEC.name: SPEC}, "America/New_York")
    pace = Pace(poll=timedelta(milliseconds=50), look=timedelta(milliseconds=200))
    desk = Desk(store, Audit(store), hands, built, Limits({SPEC.name: SPEC}), "one", pace)
    asked = request(KEY, healer=SPEC.name, subject=KEY, source="rule", actor="automatic", at=now)
    heal = _to_end(desk, desk.ask(asked, now).heal.id, clock)
    assert heal.outcome is outcome, heal.words
    assert Exporter(store, warehouse, "nba_orchestration").step(clock.now()) == 1
    rows = warehouse.query(
        "SELECT healing_id, success, root_cause, JSON_VALUE(after_state, '$.is_complete') AS complete"
        " FROM `a-project.nba_orchestration.healing_events`",
        now=clock.now(),
        timeout=timedelta(seconds=20),
    ).dicts()
    assert rows == [
        {
            "healing_id": heal.id,
            "success": outcome is Outcome.HEALED,
            "root_cause": "‹n› games missing",
            "complete": "true",
        }
    ]
    for plug in (store, live, warehouse):
        plug.close()


def _batch(created: str, updated: str) -> dict[str, object]:
    return {
        "batch_id": KEY,
        "game_date": "2026-11-23",
        "expected_players": 136,
        "completed_players": [f"p{n}" for n in range(125)],
        "is_complete": False,
        "created_at": created,
        "updated_at": updated,
    }


def _to_end(desk: Desk, heal_id: str, clock: SystemClock) -> Heal:
    tick, until = threading.Event(), clock.now() + timedelta(seconds=60)
    while clock.now() < until:
        for due in desk.due(clock.now()):
            desk.step(due, clock.now())
        heal = desk.get(heal_id)
        assert heal is not None
        if heal.outcome is not None:
            return heal
        tick.wait(0.02)
    raise AssertionError(f"not closed in time: {desk.get(heal_id)}")
