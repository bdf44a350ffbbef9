"""The shipped queries on the real embedded warehouse, through the real checks and the real calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checks import look_by_kind
from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.duck_write import PipelineWriter
from control_plane.calendar import CalendarBook
from examples.nba.tables import all_tables
from schemas.pipeline import Day, Pipeline
from schemas.questions import Ask
from schemas.reports import MetricState, Severity, State, SubjectResult
from schemas.times import day_of

from .conftest import ROOT, ZONE, et, sight

SCHEDULE = "nba_reference.nba_schedule"
RAW = "nba_raw.nbac_gamebook_player_stats"
SUMMARY = "nba_analytics.player_game_summary"
FEATURES = "nba_predictions.ml_feature_store_v2"
HALT = "nba_orchestration.halt_state"
USED = (SCHEDULE, RAW, SUMMARY, FEATURES, HALT)
D = date(2026, 11, 22)
NOON = et("2026-11-23T12:00")


class House:
    """A warehouse with the tables that the shipped queries read, and ways to fill them."""

    def __init__(self, path: Path, shipped: Pipeline) -> None:
        self.shipped = shipped
        self.warehouse = DuckWarehouse(path, project="nba-props-platform")
        self.writer = PipelineWriter(self.warehouse.file)
        for table in all_tables():
            if table.path in USED:
                self.writer.create_table(
                    table.dataset,
                    table.name,
                    list(table.columns),
                    partition_column=table.partition,
                    require_partition_filter=table.filtered,
                )
        self.book = CalendarBook(shipped.calendar, self.warehouse)

    def games(self, day: date, count: int, *, status: int = 3, prefix: str = "002", first: int = 0) -> list[str]:
        ids = [f"{prefix}26{day:%m%d}{number:02}" for number in range(first, first + count)]
        rows = [
            {
                "game_id": one,
                "game_date": day.isoformat(),
                "game_status": status,
                "home_team_tricode": "NYK",
                "away_team_tricode": "BOS",
            }
            for one in ids
        ]
        self.writer.load(SCHEDULE, rows)
        return ids

    def raw(self, day: date, games: list[str], each: int = 20, **changes: Any) -> None:
        self._players(RAW, day, games, each, {
            "player_name": "A B", "team_abbr": "BOS", "player_status": "active", "minutes_decimal": 20.0, "points": 9,
        } | changes)  # fmt: skip

    def summary(self, day: date, games: list[str], each: int = 20, **changes: Any) -> None:
        self._players(SUMMARY, day, games, each, {
            "team_abbr": "BOS", "points": 9, "minutes_played": "20", "is_dnp": False, "player_status": "active",
            "processed_at": f"{day}T12:00:00Z",
        } | changes)  # fmt: skip

    def _players(self, table: str, day: date, games: list[str], each: int, rest: Mapping[str, Any]) -> None:
        rows = [
            {"game_id": game, "game_date": day.isoformat(), "player_lookup": f"p{number}", **rest}
            for game in games
            for number in range(each)
        ]
        self.writer.load(table, rows)

    def halt(self, day: date, *, active: bool = False, written: str = "T10:00:00Z", sport: str = "nba") -> None:
        row = {"effective_date": day.isoformat(), "sport": sport, "halt_active": active, "halt_reason": "edge too low"}
        self.writer.load(HALT, [{**row, "written_at": f"{day}{written}"}])

    def day(self, day: date, as_of: datetime = NOON) -> Day:
        return self.book.day(day, as_of)

    def look(self, check: str, as_of: datetime = NOON, *, sql: str = "", **how: Any) -> tuple[SubjectResult, ...]:
        spec = self.shipped.checks[check]
        spec = replace(spec, sql=sql or spec.sql)
        ask = Ask(as_of, ZONE, self.day(day_of(as_of, ZONE), as_of), partial(self._day, as_of=as_of), **how)
        return look_by_kind(spec.kind)(spec, ask, sight(self.warehouse))

    def _day(self, day: date, as_of: datetime) -> Day:
        return self.book.day(day, as_of)


@pytest.fixture
def house(tmp_path: Path, shipped: Pipeline) -> Iterator[House]:
    made = House(tmp_path / "w.duckdb", shipped)
    yield made
    made.warehouse.close()


def whole(house: House, games: int = 8, day: date = D) -> list[str]:
    """A healthy game day, exactly at its limits."""
    ids = house.games(day, games)
    house.raw(day, ids)
    house.summary(day, ids)
    return ids


CANARIES = ("phase2_raw", "phase3_analytics", "phase3_coverage")


@pytest.mark.parametrize("check", CANARIES)
@pytest.mark.parametrize("games", [1, 2, 15])
def test_a_healthy_night_passes(house: House, check: str, games: int) -> None:
    whole(house, games)
    (result,) = house.look(check)
    assert (result.subject, result.state, result.finding) == ("2026-11-22", State.PASS, None)
    assert {metric.state for metric in result.metrics} == {MetricState.OK}


@pytest.mark.parametrize("check", CANARIES)
def test_a_phase_that_wrote_nothing_fails(house: House, check: str) -> None:
    house.games(D, 8)
    (result,) = house.look(check)
    assert result.state is State.FAIL
    assert MetricState.ERROR not in {metric.state for metric in result.metrics}


@pytest.mark.parametrize("check", CANARIES)
def test_a_night_without_real_games_is_skipped(house: House, check: str) -> None:
    house.games(D, 2, prefix="003")
    house.games(D, 2, status=4)
    house.games(D + timedelta(days=1), 2, status=1)
    (result,) = house.look(check)
    assert (result.state, result.reason) == (State.SKIPPED, "no games on 2026-11-22")


@pytest.mark.parametrize("check", CANARIES)
def test_a_column_or_table_that_is_gone_is_an_error(house: House, check: str) -> None:
    whole(house)
    sql = house.shipped.checks[check].sql
    for broken in (sql.replace("game_id", "game_idd"), re.sub(r"nba_(raw|analytics)\.", "nba_nowhere.", sql)):
        (result,) = house.look(check, sql=broken)
        assert result.state is State.ERROR and result.reason


def test_exhibitions_and_postponed_games_never_count(house: House) -> None:
    ids = whole(house)
    house.games(D, 1, status=4, first=90)
    house.raw(D, house.games(D, 2, prefix="001"), team_abbr=None)
    house.raw(D, ["0032600001"])
    assert [house.look(check)[0].state for check in CANARIES] == [State.PASS] * 3
    assert house.day(D).slate == {"games": len(ids), "finals": len(ids)}


def test_raw_names_the_absent_game_and_counts_what_is_null(house: House) -> None:
    ids = house.games(D, 8)
    house.raw(D, ids[:6], 24)
    house.raw(D, ids[6:7], 20, team_abbr=None)
    house.raw(D - timedelta(days=1), ids[7:])
    (result,) = house.look("phase2_raw")
    assert result.finding is not None
    assert result.reason == ("the gamebook has rows for 7 of 8 final games on 2026-11-22; also rows without team 20")
    assert result.finding.members == (f"BOS @ NYK ({ids[7]})",)
    values = {metric.name: (metric.value, metric.state) for metric in result.metrics}
    assert values == {
        "games_with_rows": (7, MetricState.VIOLATED),
        "row_count": (164, MetricState.OK),
        "null_player_name": (0, MetricState.OK),
        "null_team_abbr": (20, MetricState.VIOLATED),
    }


def test_rows_one_short_of_the_limit_fail(house: House) -> None:
    ids = house.games(D, 2)
    for loaded in (partial(house.raw, D), partial(house.summary, D)):
        loaded(ids[:1], 20)
        loaded(ids[1:], 19)
    for check in ("phase2_raw", "phase3_analytics"):
        (result,) = house.look(check)
        assert result.state is State.FAIL and "39 rows" in result.reason


def test_analytics_asks_only_those_who_played(house: House) -> None:
    ids = whole(house, 1)
    house.summary(D, ids, 5, points=None, minutes_played=None, is_dnp=True)
    assert house.look("phase3_analytics")[0].state is State.PASS
    house.summary(D, ids, 2, points=None, is_dnp=None)
    (result,) = house.look("phase3_analytics")
    assert result.state is State.FAIL
    assert result.reason == "2 of 22 players who played on 2026-11-22 have no points"


@pytest.mark.parametrize(
    ("points", "minutes", "state"), [(6, "15", State.PASS), (5, "15", State.FAIL), (6, "14.999999999", State.FAIL)]
)
def test_averages_at_their_limits(house: House, points: int, minutes: str, state: State) -> None:
    house.summary(D, house.games(D, 1), points=points, minutes_played=minutes)
    assert house.look("phase3_analytics")[0].state is state


def test_averages_of_nobody_are_not_applicable_and_of_nulls_an_error(house: House) -> None:
    house.summary(D, house.games(D, 1), points=None, minutes_played=None, is_dnp=True)
    (nobody,) = house.look("phase3_analytics")
    assert nobody.state is State.PASS
    assert [one.state for one in nobody.metrics] == [MetricState.OK] + [MetricState.NOT_APPLICABLE] * 4
    sql = house.shipped.checks["phase3_analytics"].sql
    broken = sql.replace("COUNTIF(is_dnp IS NOT TRUE) AS", "COUNT(*) AS")
    (nulls,) = house.look("phase3_analytics", sql=broken)
    assert nulls.state is State.ERROR and "average minutes is NULL over 20 played" in nulls.reason


def test_coverage_grades_some_and_all(house: House) -> None:
    ids = house.games(D, 8)
    house.summary(D, ids[:6])
    (some,) = house.look("phase3_coverage")
    assert some.finding is not None and some.finding.severity is Severity.WARNING
    assert some.finding.members == tuple(f"BOS @ NYK ({one})" for one in ids[6:])
    assert some.reason == "player_game_summary has rows for 6 of 8 final games on 2026-11-22; 2 missing"
    house.writer.delete_where(SUMMARY, game_date=D)
    (everything,) = house.look("phase3_coverage")
    assert everything.finding is not None and everything.finding.severity is Severity.CRITICAL
    assert everything.finding.title == "Analytics gap on 2026-11-22"
    house.summary(D, ids)
    assert house.look("phase3_coverage", only="2026-11-22")[0].state is State.PASS


def test_the_evening_of_a_day_is_still_that_day(house: House) -> None:
    """At 20:30 in New York it is already tomorrow in UTC."""
    whole(house, day=D - timedelta(days=1))
    (result,) = house.look("phase2_raw", et("2026-11-22T20:30"))
    assert (result.subject, result.state) == ("2026-11-21", State.PASS)


def test_every_query_is_free_of_the_clock() -> None:
    for path in (ROOT / "checks" / "sql").glob("*.sql"):
        assert not re.search(r"\bCURRENT_(DATE|TIME|DATETIME|TIMESTAMP)\b", path.read_text("utf-8").upper()), path.name


def test_missing_players_are_the_quality_ready_ones(house: House) -> None:
    rows = [
        {
            "player_lookup": f"p{number // 2}",
            "game_id": f"g{number}",
            "game_date": day.isoformat(),
            "feature_quality_score": "80",
            "early_season_flag": False,
            "is_quality_ready": number < 6,
            "quality_alert_level": "green",
            "matchup_quality_pct": 90.0,
            "cache_miss_fallback_used": False,
            "created_at": f"{day}T12:00:00Z",
        }
        for number in range(10)
        for day in (D, D - timedelta(days=1))
    ]
    house.writer.load(FEATURES, rows)
    sql = house.shipped.checks["stalled_batches"].sql
    answer = house.warehouse.query(sql, {"day": D}, now=NOON, timeout=timedelta(seconds=5))
    assert answer.rows == (("p0",), ("p1",), ("p2",))


# --- the calendar ---------------------------------------------------------------------------------------------

Plan = Callable[[House], object]


def at(back: int, prefix: str = "002", status: int = 3) -> Plan:
    """One game ``back`` days before D (negative: after it)."""
    return lambda house: house.games(D - timedelta(days=back), 1, prefix=prefix, status=status)


@pytest.mark.parametrize(
    ("plans", "mode"),
    [
        ([], "off_season"),
        ([at(22)], "off_season"),
        ([at(21)], "break"),
        ([at(-22)], "off_season"),
        ([at(-21)], "break"),
        ([at(0, "003"), at(0, status=4), at(1, "001")], "off_season"),
        ([at(0)], "season"),
        ([at(3)], "season"),
        ([at(4)], "break"),
        ([at(4), at(0, "003")], "break"),  # an All-Star night
        ([at(4), at(0, status=4)], "break"),
        ([at(0, "006")], "season"),
        ([at(0, "005")], "season"),
        ([at(0, "004")], "playoffs"),
        ([at(0, "004"), at(3)], "playoffs"),
        ([at(0, "004"), at(2)], "season"),
        ([at(0, "004"), at(-5)], "season"),
        ([at(14, "004")], "playoffs"),
        ([at(-14, "004"), at(4)], "playoffs"),
        ([at(15, "004")], "break"),
        ([at(14, "004", 4), at(4)], "break"),
    ],
)
def test_modes(house: House, plans: list[Plan], mode: str) -> None:
    for plan in plans:
        plan(house)
    assert house.day(D).mode == mode


def test_a_halt_needs_the_latest_row_of_the_day_and_sport(house: House) -> None:
    house.games(D, 2)
    house.halt(D - timedelta(days=1), active=True)
    house.halt(D, active=True, sport="wnba")
    assert house.day(D, et("2026-11-22T05:00")).mode == "season"
    house.halt(D, active=True, written="T11:00:00Z")
    assert house.day(D, et("2026-11-22T05:59")).mode == "season"  # not written yet
    halted = house.day(D, et("2026-11-22T07:00"))
    assert (halted.mode, halted.reason, halted.slate["games"]) == ("halt", "edge too low", 2)
    house.halt(D, active=False, written="T13:00:00Z")
    assert house.day(D, et("2026-11-22T07:30")).mode == "halt"
    assert house.day(D, et("2026-11-22T08:00")).mode == "season"


def test_out_of_season_comes_before_a_halt(house: House) -> None:
    house.halt(D, active=True)
    assert house.day(D).mode == "off_season"


@pytest.mark.parametrize(
    ("as_of", "warning"),
    [
        ("2026-11-22T05:59:59", ""),
        ("2026-11-22T06:00", "halt state stale"),
        ("2026-11-22T23:59", "halt state stale"),
        ("2026-11-23T00:30", "halt state stale"),
        ("2026-11-21T23:00", ""),
    ],
)
def test_a_missing_halt_row_suppresses_nothing_and_is_said_from_six(house: House, as_of: str, warning: str) -> None:
    house.games(D, 2)
    day = house.day(D, et(as_of))
    assert (day.mode, day.warning) == ("season", warning)
    house.halt(D, written="T00:30:00Z")
    house.book = CalendarBook(house.shipped.calendar, house.warehouse)
    assert house.day(D, et("2026-11-22T12:00")).warning == ""


@pytest.mark.parametrize("day", ["2026-11-01", "2027-03-14"])
def test_six_o_clock_on_the_days_when_clocks_change(house: House, day: str) -> None:
    house.games(date.fromisoformat(day), 2)
    before, after = (house.day(date.fromisoformat(day), et(f"{day}T{clock}")) for clock in ("05:59", "06:00"))
    assert (before.warning, after.warning) == ("", "halt state stale")


def test_the_slate_counts_games_and_finals(house: House) -> None:
    house.games(D, 3)
    house.games(D, 2, status=2, first=10)
    house.games(D, 4, status=1, first=20)
    house.games(D, 5, status=4, first=30)
    house.games(D - timedelta(days=1), 7)
    assert list(house.day(D).slate.items()) == [("games", 9), ("finals", 3)]
