"""The generated pipeline, judged in memory by the limits of the reference pipeline, section 4."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from statistics import mean
from typing import Any

import pytest

from examples.nba import live
from examples.nba.books import COMPLETIONS, FAILED, HALT
from examples.nba.days import CACHES, CONTEXT, DEFENSE, FEATURES, RAW, SCHEDULE, SUMMARY
from examples.nba.moments import AsOf, moment
from examples.nba.predictions import ACCURACY, DARK_MODEL, PREDICTIONS, REGISTRY, SIGNALS
from examples.nba.tables import FILTERED, Table, all_tables
from examples.nba.world import World, build
from schemas.records import TABLES
from schemas.times import from_text

NOWS = {
    "afternoon": datetime(2026, 11, 23, 21, 45, tzinfo=UTC),
    "20:30 in New York, the next day in UTC": datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
    "00:05 in New York": datetime(2026, 11, 24, 5, 5, tzinfo=UTC),
    "the day the clocks go back": datetime(2026, 11, 1, 17, 0, tzinfo=UTC),
    "the day after they go forward": datetime(2026, 3, 9, 16, 0, tzinfo=UTC),
    "before breakfast in midsummer": datetime(2026, 7, 4, 9, 0, tzinfo=UTC),
}
DAYS = {"20:30 in New York, the next day in UTC": date(2026, 11, 23), "00:05 in New York": date(2026, 11, 24)}
KINDS: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "INT64": (int,),
    "FLOAT64": (float, int),
    "NUMERIC": (float, int),
    "BOOL": (bool,),
    "DATE": (str,),
    "TIMESTAMP": (str,),
}

every_now = pytest.mark.parametrize("now", NOWS.values(), ids=NOWS.keys())


@lru_cache(maxsize=32)
def world(now: datetime, faults: bool, seed: int = 7) -> World:
    return build(AsOf(now), seed, faults=faults)


def on(rows: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    return [row for row in rows if row["game_date"] == day.isoformat()]


def finals(one: World, day: date) -> set[str]:
    rows = on(one.tables[SCHEDULE], day)
    return {row["game_id"] for row in rows if row["game_status"] == 3 and row["game_id"].startswith("002")}


def games(rows: list[dict[str, Any]]) -> set[str]:
    return {row["game_id"] for row in rows}


@pytest.mark.parametrize(("name", "day"), DAYS.items())
def test_a_game_day_is_a_day_in_new_york(name: str, day: date) -> None:
    assert AsOf(NOWS[name]).today == day
    statuses = {row["game_status"] for row in on(world(NOWS[name], True).tables[SCHEDULE], day)}
    assert 3 not in statuses and 1 in statuses


def test_the_same_seed_and_moment_give_the_same_world_and_another_seed_another() -> None:
    now = NOWS["afternoon"]
    again = build(AsOf(now), 7, faults=True)
    assert again == world(now, True)
    assert build(AsOf(now), 8, faults=True).tables[RAW] != again.tables[RAW]


def test_a_day_of_the_past_looks_the_same_from_any_later_moment() -> None:
    early, late = (build(AsOf(NOWS["afternoon"] + timedelta(days=days)), 7, faults=False) for days in (0, 3))
    day = AsOf(NOWS["afternoon"]).yesterday
    for table in (RAW, SUMMARY, FEATURES, PREDICTIONS):
        assert on(early.tables[table], day) == on(late.tables[table], day)


@pytest.mark.parametrize("faults", [True, False])
@pytest.mark.parametrize("now", [NOWS["afternoon"], NOWS["00:05 in New York"]])
def test_every_row_has_exactly_the_columns_of_its_table(now: datetime, faults: bool) -> None:
    one = world(now, faults)
    declared = {table.path: table for table in all_tables() if table.name not in TABLES}
    assert set(one.tables) == set(declared)
    for path, rows in one.tables.items():
        assert rows, f"{path} is empty"
        for row in rows:
            fits(declared[path], row)


def fits(table: Table, row: dict[str, Any]) -> None:
    assert list(row) == [column["name"] for column in table.columns]
    for column in table.columns:
        value = row[column["name"]]
        if value is None:
            assert column["mode"] == "NULLABLE", f"{table.path}.{column['name']} is null"
        else:
            assert type(value) in KINDS[column["type"]], f"{table.path}.{column['name']} is {value!r}"


@every_now
@pytest.mark.parametrize("faults", [True, False])
def test_nothing_was_written_after_now(now: datetime, faults: bool) -> None:
    one = world(now, faults)
    for table in (table for table in all_tables() if table.name not in TABLES):
        for column in (column["name"] for column in table.columns if column["type"] == "TIMESTAMP"):
            written = {row[column] for row in one.tables[table.path]} - {None}
            assert all(from_text(value) <= now for value in written), (table.path, column)
    for batch in one.batches.values():
        for field in ("created_at", "updated_at", "completion_time", "consolidated_at"):
            assert field not in batch or from_text(batch[field]) <= now


@every_now
def test_thirty_game_days_of_eight_to_eleven_games(now: datetime) -> None:
    one, at = world(now, False), AsOf(now)
    assert len(at.days()) == 30 and at.days()[-1] == at.today
    for day in at.days()[:-1]:
        assert 8 <= len(finals(one, day)) <= 11
        assert games(on(one.tables[RAW], day)) == finals(one, day)
    per_game = Counter(row["game_id"] for row in one.tables[RAW])
    assert set(per_game.values()) == {33}
    assert {row["player_status"] for row in one.tables[RAW]} == {"active", "inactive", "dnp"}
    assert not on(one.tables[RAW], at.today)


@every_now
def test_the_calendar_s_mode_is_season_in_any_month(now: datetime) -> None:
    one, at = world(now, True), AsOf(now)
    real = [row for row in one.tables[SCHEDULE] if row["game_id"][:3] in ("002", "004", "005", "006")]
    assert not [row for row in real if row["game_id"].startswith("004")]
    assert len([row for row in on(real, at.today) if row["game_status"] != 4]) >= 8
    assert not [row for row in one.tables[HALT] if row["halt_active"]]
    today = [row for row in one.tables[HALT] if row["effective_date"] == at.today.isoformat()]
    assert len(today) == (now >= moment(at.today, "05:30"))
    others = {row["game_id"][:3] for row in one.tables[SCHEDULE]} | {row["game_status"] for row in one.tables[SCHEDULE]}
    assert {"001", 4} <= others, "exhibitions and postponed games are there to be left out"


@every_now
def test_the_analytics_of_a_healthy_yesterday_pass(now: datetime) -> None:
    one, day = world(now, False), AsOf(now).yesterday
    raw, summary = on(one.tables[RAW], day), on(one.tables[SUMMARY], day)
    assert games(raw) == games(summary) == finals(one, day)
    assert len(raw) >= 20 * len(finals(one, day))
    assert not [row for row in raw if row["player_name"] is None or row["team_abbr"] is None]
    played = [row for row in summary if not row["is_dnp"]]
    assert not [row for row in played if row["minutes_played"] is None or row["points"] is None]
    assert mean(row["minutes_played"] for row in played) >= 15
    assert mean(row["points"] for row in played) >= 6
    pairs = Counter((row["player_lookup"], row["game_id"]) for row in one.tables[SUMMARY])
    assert set(pairs.values()) == {1}


@every_now
def test_the_features_of_a_healthy_yesterday_pass(now: datetime) -> None:
    one, day = world(now, False), AsOf(now).yesterday
    rows = on(one.tables[FEATURES], day)
    assert len(rows) >= 10 * len(finals(one, day))
    assert mean(row["feature_quality_score"] for row in rows) >= 70
    assert sum(row["feature_quality_score"] < 70 for row in rows) <= 100
    assert mean(row["is_quality_ready"] for row in rows) >= 0.6
    assert sum(row["quality_alert_level"] == "red" for row in rows) <= 30
    assert mean(row["matchup_quality_pct"] for row in rows) >= 40
    assert mean(row["cache_miss_fallback_used"] for row in rows) <= 0.05
    for table in (*CACHES, CONTEXT, DEFENSE):
        assert on(one.tables[table], day) and on(one.tables[table], AsOf(now).today)


@every_now
def test_the_predictions_of_a_healthy_today_pass_once_they_are_due(now: datetime) -> None:
    one, at = world(now, False), AsOf(now)
    rows = on(one.tables[PREDICTIONS], at.today)
    if not at.reached(at.today, "10:30"):
        assert not rows
        return
    slate = len({row["game_id"] for row in on(one.tables[SCHEDULE], at.today) if row["game_status"] != 4})
    assert len(rows) >= 50 and all(row["is_active"] for row in rows)
    assert len({row["player_lookup"] for row in rows}) >= min(75, 10 * slate)
    assert not [row for row in rows if row["predicted_points"] is None]
    assert sum(row["current_points_line"] is not None for row in rows) >= min(20, 8 * slate)
    assert mean(row["confidence_score"] for row in rows) >= 40
    signals = on(one.tables[SIGNALS], at.today)
    assert bool(signals) == at.reached(at.today, "12:00")
    assert not [row for row in signals if row["daily_signal"] is None or row["pct_over"] is None]


@every_now
def test_every_enabled_model_of_a_healthy_pipeline_predicts_and_is_graded(now: datetime) -> None:
    one, at = world(now, False), AsOf(now)
    enabled = {row["model_id"] for row in one.tables[REGISTRY] if row["enabled"] and row["status"] == "active"}
    assert DARK_MODEL in enabled and len(enabled) < len(one.tables[REGISTRY])
    assert {row["system_id"] for row in on(one.tables[PREDICTIONS], at.yesterday)} == enabled
    assert max(row["game_date"] for row in one.tables[ACCURACY]) == at.yesterday.isoformat()


@every_now
def test_a_healthy_pipeline_has_no_fault_planted(now: datetime) -> None:
    one = world(now, False)
    assert one.planted is None
    assert all(batch["is_complete"] and batch["consolidated_at"] for batch in one.batches.values())
    assert {row["status"] for row in one.tables[FAILED]} == {"succeeded"}
    assert {row["status"] for row in one.tables[COMPLETIONS]} == {"success"}


@every_now
def test_two_final_games_of_yesterday_are_missing_from_analytics(now: datetime) -> None:
    one, day = world(now, True), AsOf(now).yesterday
    assert one.planted is not None and one.planted.day == day
    missing = finals(one, day) - games(on(one.tables[SUMMARY], day))
    assert missing == {game.game_id for game in one.planted.uncovered} and len(missing) == 2
    assert missing <= games(on(one.tables[RAW], day)), "the gamebook has them, so they can be computed again"


@every_now
def test_a_third_game_of_yesterday_is_absent_from_raw(now: datetime) -> None:
    one, day = world(now, True), AsOf(now).yesterday
    assert one.planted is not None
    raw = on(one.tables[RAW], day)
    assert finals(one, day) - games(raw) == {one.planted.absent.game_id}
    assert one.planted.absent.game_id in games(on(one.tables[SUMMARY], day))
    assert len(raw) >= 20 * len(finals(one, day)), "no other limit of the check is broken by it"


@every_now
def test_twelve_percent_of_yesterday_s_gamebook_rows_have_no_team(now: datetime) -> None:
    one, day = world(now, True), AsOf(now).yesterday
    raw = on(one.tables[RAW], day)
    lost = sum(row["team_abbr"] is None for row in raw)
    assert one.planted is not None and lost == one.planted.null_teams == round(0.12 * len(raw))
    assert not [row for row in one.tables[RAW] if row["team_abbr"] is None and row["game_date"] != day.isoformat()]


@every_now
def test_one_enabled_model_is_dark_since_yesterday(now: datetime) -> None:
    one, at = world(now, True), AsOf(now)
    [model] = [row for row in one.tables[REGISTRY] if row["model_id"] == DARK_MODEL]
    assert model["enabled"] and model["status"] == "active"
    assert from_text(model["created_at"]) < moment(at.yesterday, "08:00")
    seen = {row["game_date"] for row in one.tables[PREDICTIONS] if row["system_id"] == DARK_MODEL}
    assert max(seen) == (at.yesterday - timedelta(days=1)).isoformat()


@every_now
def test_two_batches_are_stalled_among_the_quality_ready_players(now: datetime) -> None:
    one, at = world(now, True), AsOf(now)
    ready = {row["player_lookup"] for row in on(one.tables[FEATURES], at.today) if row["is_quality_ready"]}
    assert len(ready) == 136
    stalled = [batch for batch in one.batches.values() if not batch["is_complete"]]
    assert len(stalled) == 2 and len({batch["batch_id"] for batch in stalled}) == 2
    for batch, (done, failed, _, idle) in zip(
        sorted(stalled, key=lambda one: one["updated_at"]), live.STALLED[::-1], strict=True
    ):
        assert batch["game_date"] == at.today.isoformat() and batch["expected_players"] == 136
        completed, lost = set(batch["completed_players"]), set(batch["failed_players"])
        assert (len(completed), len(lost)) == (done, failed)
        assert completed | lost <= ready and not completed & lost
        assert now - from_text(batch["updated_at"]) == idle
        assert timedelta(hours=2) < now - from_text(batch["created_at"]) < timedelta(hours=24)
    for key, batch in one.batches.items():
        epoch = int(from_text(batch["created_at"]).timestamp())
        assert key == batch["batch_id"] == f"batch_{batch['game_date']}_{epoch}"


def test_the_tables_are_those_of_section_three_and_our_own_four() -> None:
    tables = {table.path: table for table in all_tables()}
    assert len(tables) == 24
    assert {table.name for table in tables.values() if table.filtered} == {path.split(".")[1] for path in FILTERED}
    assert tables["nba_orchestration.healing_events"].partition == "timestamp"
    for table in tables.values():
        dated = any(column["name"] == "game_date" for column in table.columns)
        assert (table.partition == "game_date") == dated
        assert all(column["description"] for column in table.columns)
