"""The pipeline's jobs end to end: real processes beside the one that holds the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.jobs import LocalJobs
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.warehouse import SharedWarehouse
from examples.nba import PROJECT
from examples.nba.declared import FOLDER, JOBS
from schemas.ports import Done, Execution
from tests.contracts.test_jobs import ended
from tests.examples.nba.conftest import ROOT
from tests.examples.nba.test_seed import ask

DAY = "2026-11-22"
UNCOVERED = (
    "SELECT COUNT(*) AS n FROM nba_reference.nba_schedule WHERE game_date = @day AND game_status = 3 AND game_id"
)
UNCOVERED += " NOT IN (SELECT game_id FROM nba_analytics.player_game_summary WHERE game_date = @day)"
RAW = "SELECT COUNT(*) AS n, COUNT(DISTINCT game_id) AS games, COUNTIF(team_abbr IS NULL) AS lost"
RAW += " FROM nba_raw.nbac_gamebook_player_stats WHERE game_date = @day"


@pytest.fixture
def held(home: Path) -> Iterator[SharedWarehouse]:
    """The warehouse, held and served by this process as the bot does."""
    warehouse = SharedWarehouse(home, project=PROJECT)
    assert warehouse.start()
    yield warehouse
    warehouse.close()


def run(home: Path, job: str, name: str = "one", **args: str) -> Execution:
    jobs = LocalJobs(home, SystemClock())
    jobs.run(job, name, args)
    return ended(jobs, job, name)


def count(held: SharedWarehouse, sql: str) -> dict[str, Any]:
    [row] = ask(held, sql, day=date.fromisoformat(DAY))
    return row


def test_phase3_reprocess_writes_the_two_missing_games_once(home: Path, held: SharedWarehouse) -> None:
    assert count(held, UNCOVERED) == {"n": 2}
    done = run(home, "nba-phase3-reprocess", GAME_DATE=DAY)
    assert (done.state, done.words) == ("succeeded", "wrote 66 rows for 2 games")
    assert count(held, UNCOVERED) == {"n": 0}
    again = run(home, "nba-phase3-reprocess", "two", GAME_DATE=DAY)
    assert (again.state, again.words) == ("succeeded", "wrote 0 rows for 0 games")
    twice = "SELECT COUNT(*) AS n FROM (SELECT player_lookup, game_id FROM nba_analytics.player_game_summary"
    twice += " WHERE game_date = @day GROUP BY 1, 2 HAVING COUNT(*) > 1)"
    assert count(held, twice) == {"n": 0}


def test_phase3_reprocess_gives_lost_teams_back_from_earlier_days(home: Path, held: SharedWarehouse) -> None:
    run(home, "nba-phase3-reprocess", GAME_DATE=DAY)
    sql = "SELECT COUNT(*) AS n, COUNTIF(LOWER(team_abbr) = SUBSTR(player_lookup, -3)) AS right_team"
    sql += " FROM nba_analytics.player_game_summary WHERE game_date = @day"
    assert count(held, sql) == {"n": 264, "right_team": 264}


def test_phase3_reprocess_writes_nothing_for_a_game_that_raw_lacks(home: Path, held: SharedWarehouse) -> None:
    held.writer.delete_where("nba_raw.nbac_gamebook_player_stats", game_date=DAY)
    done = run(home, "nba-phase3-reprocess", GAME_DATE=DAY)
    assert (done.state, done.words) == ("succeeded", "wrote 0 rows for 0 games")
    assert count(held, UNCOVERED) == {"n": 2}


def test_a_job_without_effect_ends_well_and_writes_nothing(home: Path, held: SharedWarehouse) -> None:
    declared = json.loads((home / "jobs.json").read_text())
    declared["nba-phase3-reprocess"]["env"]["EFFECT"] = "none"
    (home / "jobs.json").write_text(json.dumps(declared))
    done = run(home, "nba-phase3-reprocess", GAME_DATE=DAY)
    assert (done.state, done.words) == ("succeeded", "done: wrote 0 rows")
    assert count(held, UNCOVERED) == {"n": 2}


def test_phase2_reprocess_brings_the_absent_game_and_the_teams(home: Path, held: SharedWarehouse) -> None:
    assert count(held, RAW) == {"n": 231, "games": 7, "lost": 28}
    done = run(home, "nba-phase2-reprocess", GAME_DATE=DAY)
    assert (done.state, done.words) == ("succeeded", "wrote 264 rows for 8 games")
    assert count(held, RAW) == {"n": 264, "games": 8, "lost": 0}


def test_prediction_backfill_lights_the_dark_model(home: Path, held: SharedWarehouse) -> None:
    sql = "SELECT COUNT(*) AS n FROM nba_predictions.player_prop_predictions WHERE game_date = @day"
    sql += " AND system_id = 'lightgbm_v2'"
    assert count(held, sql) == {"n": 0}
    done = run(home, "nba-prediction-backfill", GAME_DATE=DAY)
    assert done.state == "succeeded" and done.words == "wrote 130 rows for 1 models"
    assert count(held, sql) == {"n": 130}
    assert run(home, "nba-prediction-backfill", "two", GAME_DATE=DAY).words == "wrote 0 rows for 0 models"


def test_grading_recovery_grades_what_has_no_grade(home: Path, held: SharedWarehouse) -> None:
    sql = "SELECT COUNT(*) AS n FROM nba_predictions.prediction_accuracy WHERE game_date = @day"
    held.writer.delete_where("nba_predictions.prediction_accuracy", game_date=DAY)
    done = run(home, "nba-grading-recovery", GAME_DATE=DAY)
    assert done.state == "succeeded" and done.words.startswith("wrote ")
    wrote = int(done.words.split()[1])
    assert wrote > 200 and count(held, sql) == {"n": wrote}
    assert run(home, "nba-grading-recovery", "two", GAME_DATE=DAY).words == "wrote 0 rows"


def test_consolidate_marks_a_complete_batch_and_no_other(home: Path) -> None:
    key = "batch_2026-11-23_1795459500"
    refused = run(home, "nba-prediction-consolidate", BATCH_ID=key)
    assert refused.state == "failed" and f"batch {key} is not complete" in refused.words
    state = SqliteLiveState(home / "live.sqlite", clock=SystemClock())
    batch = state.get("prediction_batches", key)
    assert batch is not None
    assert isinstance(state.patch("prediction_batches", key, {"is_complete": True}, batch.version), Done)
    done = run(home, "nba-prediction-consolidate", "two", BATCH_ID=key)
    assert (done.state, done.words) == ("succeeded", f"consolidated batch {key}: 125 players")
    batch = state.get("prediction_batches", key)
    assert batch is not None and batch.value["consolidated_at"] and batch.value["expected_players"] == 136
    assert "already" in run(home, "nba-prediction-consolidate", "three", BATCH_ID=key).words
    assert "there is no batch" in run(home, "nba-prediction-consolidate", "four", BATCH_ID="batch_x").words
    state.close()


@pytest.mark.parametrize(("day", "words"), [("", "GAME_DATE is not set"), ("22.11.2026", "write it like 2026-11-22")])
def test_a_job_without_its_day_fails_in_a_sentence(home: Path, day: str, words: str) -> None:
    done = run(home, "nba-phase3-reprocess", GAME_DATE=day)
    assert done.state == "failed" and words in done.words


def test_a_job_opens_the_warehouse_itself_where_nobody_holds_it(home: Path) -> None:
    assert run(home, "nba-phase3-reprocess", GAME_DATE=DAY).words == "wrote 66 rows for 2 games"


def test_beside_a_holder_no_job_loads_an_engine(home: Path, held: SharedWarehouse) -> None:
    script = FOLDER / "nba_phase3_reprocess.py"
    code = (
        f"import runpy, sys\ntry:\n runpy.run_path({str(script)!r}, run_name='__main__')\nexcept SystemExit:\n pass\n"
    )
    code += "print(sorted({'duckdb', 'sqlglot', 'slack_sdk'} & set(sys.modules)))"
    env = {"RESILIENCE_HOME": str(home), "GAME_DATE": DAY, "PATH": os.defpath}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines() == ["wrote 66 rows for 2 games", "[]"], done.stderr


def test_every_declared_job_is_a_script() -> None:
    assert {f"{name.replace('-', '_')}.py" for name in JOBS} == {path.name for path in FOLDER.glob("nba_*.py")}
