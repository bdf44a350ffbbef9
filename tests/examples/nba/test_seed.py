"""The script and what it leaves in the data folder, read through the doors that the bot uses."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.jobs import LocalJobs
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.services import LocalServices
from examples.nba.tables import all_tables
from schemas.errors import Denied
from schemas.ports import WarehouseReader, Where
from tests.examples.nba.conftest import NOW, seed, warehouse


def ask(held: WarehouseReader, sql: str, **params: Any) -> list[dict[str, Any]]:
    return held.query(sql, params, now=NOW, timeout=timedelta(seconds=20)).dicts()


def test_it_says_what_it_did(faulty: Path) -> None:
    said = (faulty / "said").read_text().splitlines()
    assert said[0].startswith("seed: 30 game days up to 2026-11-23, ") and said[0].endswith(" rows")
    assert all(line.startswith("seed: ") for line in said)


def test_every_table_has_its_columns_types_and_nullability(faulty: Path) -> None:
    with warehouse(faulty) as held:
        for table in all_tables():
            rows = ask(
                held,
                f"SELECT column_name, data_type, is_nullable FROM {table.dataset}.INFORMATION_SCHEMA.COLUMNS"
                " WHERE table_name = @table ORDER BY ordinal_position",
                table=table.name,
            )
            wanted = [(one["name"], one["type"], "YES" if one["mode"] == "NULLABLE" else "NO") for one in table.columns]
            assert [tuple(row.values()) for row in rows] == wanted, table.path


def test_the_two_tables_that_need_a_day_refuse_queries_without_one(faulty: Path) -> None:
    with warehouse(faulty) as held:
        for table in (one for one in all_tables() if one.filtered):
            with pytest.raises(Denied, match="game_date"):
                ask(held, f"SELECT COUNT(*) AS n FROM {table.path}")


def test_the_planted_faults_are_there_by_plain_queries(faulty: Path) -> None:
    with warehouse(faulty) as held:
        missing = ask(
            held,
            "SELECT game_id FROM nba_reference.nba_schedule WHERE game_date = DATE '2026-11-22' AND game_status = 3"
            " AND game_id NOT IN (SELECT game_id FROM nba_analytics.player_game_summary"
            " WHERE game_date = DATE '2026-11-22') ORDER BY game_id",
        )
        assert [row["game_id"] for row in missing] == ["0022600207", "0022600211"]
        [raw] = ask(
            held,
            "SELECT COUNT(*) AS n, COUNT(DISTINCT game_id) AS games, COUNTIF(team_abbr IS NULL) AS lost"
            " FROM nba_raw.nbac_gamebook_player_stats WHERE game_date = DATE '2026-11-22'",
        )
        assert raw == {"n": 231, "games": 7, "lost": 28}
        dark = ask(
            held,
            "SELECT model_id FROM nba_predictions.model_registry WHERE enabled AND status = 'active'"
            " AND model_id NOT IN (SELECT system_id FROM nba_predictions.player_prop_predictions"
            " WHERE game_date = DATE '2026-11-22')",
        )
        assert [row["model_id"] for row in dark] == ["lightgbm_v2"]


def test_the_stalled_batches_are_in_the_live_state(faulty: Path) -> None:
    state = SqliteLiveState(faulty / "live.sqlite", clock=FixedClock(NOW))
    stalled = state.find("prediction_batches", Where("is_complete", "==", False))
    assert sorted(len(doc.value["completed_players"]) for doc in stalled) == [119, 125]
    assert len(state.find("prediction_batches", Where("is_complete", "==", True))) == 7
    state.close()


def test_services_and_jobs_are_read_by_their_plugs(faulty: Path) -> None:
    services = {one.name: one for one in LocalServices(faulty / "services.json").services()}
    assert len(services) == 21
    assert {one for one in services if services[one].min_instances} == {
        "prediction-coordinator",
        "phase3-to-phase4-orchestrator",
        "phase4-to-phase5-orchestrator",
    }
    assert "nba-phase3-reprocess" in LocalJobs(faulty, FixedClock(NOW)).known()
    for job in json.loads((faulty / "jobs.json").read_text()).values():
        assert Path(job["command"][1]).is_file()


def test_a_second_seed_into_the_folder_changes_nothing_and_says_so(faulty: Path) -> None:
    before = (faulty / "warehouse.duckdb").stat().st_mtime_ns
    done = seed(faulty, "--now", "2026-11-23T21:45:00Z")
    assert done.returncode == 2 and "is there already" in done.stderr
    assert (faulty / "warehouse.duckdb").stat().st_mtime_ns == before


def test_a_seed_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "half").touch()
    for name in ("live.sqlite", "live.sqlite-wal", "warehouse.duckdb.seeding"):
        (tmp_path / name).write_text("torn")
    done = seed(tmp_path, "--now", "2026-11-24T00:05:00-05:00", "--healthy")
    assert done.returncode == 0, done.stderr
    assert "no faults planted" in done.stdout and "2026-11-24" in done.stdout
    with warehouse(tmp_path) as held:
        [row] = ask(held, "SELECT COUNT(*) AS n FROM nba_orchestration.healing_events")
        assert row == {"n": 0}


@pytest.mark.parametrize("now", ["yesterday", "2026-11-23T21:45:00"])
def test_a_moment_without_an_offset_is_refused(tmp_path: Path, now: str) -> None:
    done = seed(tmp_path, "--now", now)
    assert done.returncode == 2 and "--now" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = seed(tmp_path / "file", "--now", "2026-11-23T21:45:00Z")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "file" in done.stderr
