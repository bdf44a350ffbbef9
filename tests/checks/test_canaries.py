"""Every shipped canary on the real embedded warehouse: it passes at its limits, fails one past each, errs and skips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.pipeline import Pipeline
from schemas.reports import MetricState, Severity, State, SubjectResult

from .conftest import et
from .night import ACCURACY, FEATURES, HALT, PREDICTIONS, RAW, REGISTRY, SCHEDULE, SIGNALS, SUMMARY, Night, template

D = date(2026, 11, 22)
TODAY = D + timedelta(days=1)
NOON = et("2026-11-23T14:00")  # past every hour from which anything is judged
DATED = {
    "phase1_scrapers": D,
    "phase2_raw": D,
    "phase3_analytics": D,
    "phase3_coverage": D,
    "phase4_features": D,
    "phase5_predictions": TODAY,
    "phase5_prediction_gap": TODAY,
    "phase5_model_coverage": D,
    "phase6_publishing": TODAY,
    "grading_freshness": D,
}
WHOLE = {"phase3_duplicates": "nba_analytics.player_game_summary", "halt_state": "nba_orchestration.halt_state"}
CRITICAL = ("phase5_predictions", "phase5_prediction_gap", "phase5_model_coverage", "phase6_publishing")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("warehouse") / "empty.duckdb")


@pytest.fixture
def night(empty: Path, tmp_path: Path, shipped: Pipeline) -> Iterator[Night]:
    made = Night(empty, tmp_path / "w.duckdb", shipped)
    yield made
    made.warehouse.close()


def healthy(night: Night, games: int = 8, tonight: int | None = None) -> tuple[list[str], list[str]]:
    """Yesterday is over and today is to come, both exactly at their limits."""
    night.model()
    before = night.games(D - timedelta(days=1), games)
    night.raw(D - timedelta(days=1), before[:1])
    night.graded(D - timedelta(days=1), before[:1])
    return night.over(D, games), night.ahead(TODAY, games if tonight is None else tonight)


def one(night: Night, check: str, **how: object) -> SubjectResult:
    (result,) = night.look(check, NOON, **how)
    return result


# --- pass, and a phase that wrote nothing ---------------------------------------------------------------------


@pytest.mark.parametrize("games", [1, 2, 3, 15])
def test_at_its_limits_every_canary_passes(night: Night, games: int) -> None:
    healthy(night, games)
    for check in (*DATED, *WHOLE):
        result = one(night, check)
        subject = DATED[check].isoformat() if check in DATED else WHOLE[check]
        assert (result.subject, result.state, result.finding) == (subject, State.PASS, None), (check, result.reason)
        assert {metric.state for metric in result.metrics} == {MetricState.OK}, check


@pytest.mark.parametrize("check", [*DATED, "halt_state"])
def test_a_phase_that_wrote_nothing_fails_with_its_tier_s_severity(night: Night, check: str) -> None:
    night.model()
    for back in range(5):
        night.games(D - timedelta(days=back), 8)
    night.games(TODAY, 8, status=1)
    result = one(night, check)
    assert result.state is State.FAIL and result.finding is not None, result.reason
    assert MetricState.ERROR not in {metric.state for metric in result.metrics}
    critical = check in (*CRITICAL, "phase3_coverage", "grading_freshness")
    assert result.finding.severity is (Severity.CRITICAL if critical else Severity.WARNING)


# --- one past each limit --------------------------------------------------------------------------------------

Break = Callable[[Night, list[str], list[str]], object]
"""Breaks a healthy night of eight games: gets the ids of yesterday's games and of tonight's."""


def features(count: int, **change: object) -> Break:
    """Yesterday's 80 feature rows, ``count`` of them changed."""

    def broken(night: Night, ids: list[str], _: list[str]) -> None:
        night.clear(FEATURES, game_date=D)
        night.features(D, ids[:1], count, **change)
        night.features(D, ids[1:2], 80 - count)

    return broken


def low(count: int) -> Break:
    """So many more rows below 70, and as many that hold the average up."""

    def broken(night: Night, ids: list[str], _: list[str]) -> None:
        night.features(D, ids[:1], count, feature_quality_score="69.9")
        night.features(D, ids[:1], count, feature_quality_score="70.1")

    return broken


def predictions(count: int, rest: int = 0, **change: Any) -> Break:
    """Tonight's predictions written anew: ``count`` of them changed, then ``rest`` as they should be."""

    def broken(night: Night, _: list[str], tonight: list[str]) -> None:
        night.clear(PREDICTIONS, game_date=TODAY)
        night.predictions(TODAY, tonight[:1], count, **change)
        night.predictions(TODAY, tonight[-1:], rest, model="xgboost_v4")

    return broken


def model(night: Night, *_: object) -> None:
    night.model("lightgbm_v2", "2026-11-22T12:59:59Z")  # 07:59:59 in New York


def signals(**change: object) -> Break:
    return lambda night, *_: (night.clear(SIGNALS, game_date=TODAY), night.signals(TODAY, **change))


def only_a_disabled_model(night: Night, *_: object) -> None:
    night.model("similarity_v3", enabled=False)
    night.clear(SIGNALS, game_date=TODAY)
    night.signals(TODAY, model="similarity_v3")


def raw_games(count: int) -> Break:
    """The gamebook of the last three days holds ``count`` games."""

    def broken(night: Night, ids: list[str], _: list[str]) -> None:
        for back in (0, 1):
            night.clear(RAW, game_date=D - timedelta(days=back))
        night.raw(D, ids[:count])
        night.raw(D, ["0012600001"])
        night.raw(D - timedelta(days=3), ["0022600001", "0022600002"])

    return broken


def twice(back: int, game: str = "0022600999") -> Break:
    """A player of a game stands twice in the summary, ``back`` days before the newest day of the window."""
    return lambda night, *_: [night.summary(D - timedelta(days=back), [game], 1) for _ in range(2)]


def without(table: str, **equal: object) -> Break:
    return lambda night, *_: night.clear(table, **equal)


def ungraded(night: Night, ids: list[str], _: list[str]) -> None:
    night.clear(ACCURACY, game_date=D)
    night.graded(D, ids, at=None)  # rows are there, nobody has graded them


PAST_A_LIMIT: list[tuple[str, str, Break]] = [
    ("phase1_scrapers", "games_seen", raw_games(1)),
    ("phase3_duplicates", "repeated", twice(0)),
    ("phase3_duplicates", "repeated", twice(13)),
    ("phase4_features", "players", without(FEATURES, player_lookup="00226112200-p0")),
    ("phase4_features", "average_quality", features(1, feature_quality_score="69.9")),
    ("phase4_features", "low_quality", low(101)),
    ("phase4_features", "ready_share", features(33, is_quality_ready=False)),
    ("phase4_features", "red", features(31, quality_alert_level="red")),
    ("phase4_features", "average_matchup", features(1, matchup_quality_pct=39.9)),
    ("phase4_features", "cache_misses", features(5, cache_miss_fallback_used=True)),
    ("phase5_predictions", "players", predictions(74)),
    ("phase5_predictions", "players", predictions(100, 74, is_active=False)),
    ("phase5_predictions", "null_points", predictions(1, 80, predicted_points=None)),
    ("phase5_predictions", "with_line", predictions(61, 19, current_points_line=None)),
    ("phase5_predictions", "average_confidence", predictions(1, 80, confidence_score="39.9")),
    ("phase5_prediction_gap", "active_predictions", predictions(80, is_active=False)),
    ("phase5_model_coverage", "dark_models", model),
    ("phase6_publishing", "enabled_rows", signals(system_id="similarity_v3")),
    ("phase6_publishing", "enabled_rows", only_a_disabled_model),
    ("phase6_publishing", "null_signal", signals(daily_signal=None)),
    ("phase6_publishing", "null_pct_over", signals(pct_over=None)),
    ("grading_freshness", "ungraded_days", ungraded),
    ("halt_state", "halt_rows", without(HALT, effective_date=TODAY)),
]
AT_A_LIMIT: list[tuple[str, Break]] = [
    ("phase1_scrapers", raw_games(2)),
    ("phase3_duplicates", twice(14)),
    ("phase3_duplicates", twice(-1)),
    ("phase3_duplicates", twice(0, "0032600999")),
    ("phase4_features", low(100)),
    ("phase4_features", features(32, is_quality_ready=False)),
    ("phase4_features", features(30, quality_alert_level="red")),
    ("phase4_features", features(4, cache_miss_fallback_used=True)),
    ("phase5_predictions", predictions(75)),
    ("phase5_predictions", predictions(60, 20, current_points_line=None)),
    ("phase5_prediction_gap", predictions(1)),
    ("phase5_model_coverage", lambda night, *_: night.model("new_v1", "2026-11-22T13:00:00Z")),
    ("phase5_model_coverage", lambda night, *_: night.model("off_v1", enabled=False)),
    ("phase5_model_coverage", lambda night, *_: night.model("shadow_v1", status="shadow")),
    ("phase6_publishing", lambda night, *_: night.signals(TODAY, system_id="similarity_v3")),
]


@pytest.mark.parametrize(("check", "metric", "breaks"), PAST_A_LIMIT)
def test_one_past_a_limit_it_fails_for_that_alone(night: Night, check: str, metric: str, breaks: Break) -> None:
    breaks(night, *healthy(night))
    result = one(night, check)
    assert result.state is State.FAIL and result.finding is not None, result.reason
    assert [one.name for one in result.metrics if one.state is MetricState.VIOLATED] == [metric]
    assert {one.state for one in result.metrics if one.name != metric} <= {MetricState.OK}
    stale = check == "grading_freshness"
    assert result.finding.severity is (Severity.CRITICAL if check in CRITICAL and not stale else Severity.WARNING)
    assert "unknown" not in result.finding.summary and len(result.finding.title) < 80


@pytest.mark.parametrize(("check", "breaks"), AT_A_LIMIT)
def test_at_a_limit_it_passes(night: Night, check: str, breaks: Break) -> None:
    breaks(night, *healthy(night))
    result = one(night, check)
    assert result.state is State.PASS, result.reason


@pytest.mark.parametrize(
    ("games", "each", "also", "violated"),
    [
        (1, 10, 10, []),
        (1, 10, 9, ["active_rows"]),
        (1, 9, 9, ["active_rows", "players"]),
        (2, 20, 0, []),
        (2, 20, 20, []),
        (2, 19, 1, ["players"]),
        (3, 30, 20, []),
        (3, 30, 19, ["active_rows"]),
        (3, 29, 29, ["players"]),
        (7, 70, 0, []),
        (7, 69, 0, ["players"]),
        (15, 75, 0, []),
        (15, 74, 0, ["players"]),
    ],
)
def test_predictions_scale_with_the_slate(night: Night, games: int, each: int, also: int, violated: list[str]) -> None:
    """``each`` players by one model, ``also`` so many of the same by another."""
    _, tonight = healthy(night, tonight=games)
    night.clear(PREDICTIONS, game_date=TODAY)
    night.predictions(TODAY, tonight[:1], each)
    night.predictions(TODAY, tonight[:1], also, model="xgboost_v4")
    result = one(night, "phase5_predictions")
    assert [one.name for one in result.metrics if one.state is MetricState.VIOLATED] == violated


@pytest.mark.parametrize(("games", "lines", "state"), [(1, 8, State.PASS), (1, 7, State.FAIL), (2, 16, State.PASS)])
def test_lines_scale_with_the_slate(night: Night, games: int, lines: int, state: State) -> None:
    _, tonight = healthy(night, tonight=games)
    predictions(40, lines, current_points_line=None)(night, [], tonight)
    assert one(night, "phase5_predictions").state is state


@pytest.mark.parametrize(("finals", "seen", "state"), [(1, 1, State.PASS), (1, 0, State.FAIL), (2, 1, State.FAIL)])
def test_scrapers_scale_with_the_finals_of_three_days(night: Night, finals: int, seen: int, state: State) -> None:
    day = D - timedelta(days=2)
    night.raw(day, night.games(day, finals)[:seen])
    night.games(D - timedelta(days=3), 5)
    result = one(night, "phase1_scrapers")
    assert (result.subject, result.state) == ("2026-11-22", state)
    assert [metric.limit for metric in result.metrics] == [min(2, finals), 1]


def test_predictions_of_a_postponed_game_or_an_exhibition_fill_no_gap(night: Night) -> None:
    night.model()
    postponed = night.games(TODAY, 1, status=4, first=50)
    exhibition = night.games(TODAY, 1, status=1, prefix="003")
    night.games(TODAY, 2, status=1)
    night.predictions(TODAY, [*postponed, *exhibition])
    assert one(night, "phase5_prediction_gap").state is State.FAIL


@pytest.mark.parametrize(
    "check",
    ["phase1_scrapers", "phase4_features", "phase5_predictions", "phase5_model_coverage", "grading_freshness"],
)
def test_rows_of_exhibitions_never_count(night: Night, check: str) -> None:
    night.model()
    night.games(D, 2)
    night.games(TODAY, 2, status=1)
    for day in (D, TODAY):
        exhibition = night.games(day, 2, prefix="003")
        night.raw(day, exhibition)
        night.predicted(day, exhibition)
        night.graded(day, exhibition)
    assert one(night, check).state is State.FAIL


def test_a_summary_of_nobody_with_final_games_in_the_window_fails(night: Night) -> None:
    night.over(D - timedelta(days=13), 1)
    night.clear(SUMMARY, game_date=D - timedelta(days=13))
    result = one(night, "phase3_duplicates")
    assert result.state is State.FAIL and "no rows from 2026-11-09 to 2026-11-22" in result.reason


def test_duplicates_name_their_games_and_their_trouble_has_no_date(night: Night) -> None:
    healthy(night)
    twice(3, "0022600777")(night, [], [])
    result = one(night, "phase3_duplicates")
    assert result.finding is not None
    assert result.finding.members == ("0022600777",)
    assert result.finding.title == "Player summary holds duplicates"
    assert result.reason == (
        "player_game_summary holds 1 of 161 players of a game more than once, from 2026-11-09 to 2026-11-22"
    )


def test_model_coverage_names_the_dark_models_and_offers_the_backfill(night: Night) -> None:
    healthy(night)
    model(night)
    finding = one(night, "phase5_model_coverage").finding
    assert finding is not None
    assert (finding.members, finding.title) == (("lightgbm_v2",), "Models without predictions on 2026-11-22")
    assert finding.summary == "1 of 2 enabled models have no prediction for 2026-11-22"
    assert finding.remedies[0].args == {"job": "nba-prediction-backfill", "GAME_DATE": "2026-11-22"}


@pytest.mark.parametrize(
    ("day", "before", "eight"),
    [
        (date(2026, 11, 1), "2026-11-01T12:59:59Z", "2026-11-01T13:00:00Z"),  # clocks went back in the night
        (date(2027, 3, 14), "2027-03-14T11:59:59Z", "2027-03-14T12:00:00Z"),  # clocks went forward in the night
    ],
)
def test_eight_o_clock_is_on_the_wall(night: Night, day: date, before: str, eight: str) -> None:
    night.model()
    night.over(day, 1)
    noon = et(f"{day + timedelta(days=1)}T12:00")
    night.model("new_v1", eight)
    assert night.look("phase5_model_coverage", noon)[0].state is State.PASS
    night.model("old_v1", before)
    (result,) = night.look("phase5_model_coverage", noon)
    assert result.finding is not None and result.finding.members == ("old_v1",)


# --- grading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finals", "graded", "subject", "severity"),
    [
        ((0, 1, 2), (0, 1), 0, None),
        ((0, 1, 2), (1, 2), 0, Severity.WARNING),
        ((0, 1, 2), (0, 2), 0, Severity.WARNING),
        ((0, 1, 2), (2,), 0, Severity.CRITICAL),
        ((0,), (0,), 0, None),
        ((0,), (), 0, Severity.WARNING),
        ((0, 4), (0,), 0, Severity.WARNING),
        ((0, 4), (), 0, Severity.CRITICAL),
        ((0, 5), (0,), 0, None),
        ((2, 3), (2, 3), 2, None),
        ((2, 3), (), 2, Severity.CRITICAL),
        ((4,), (4,), 4, None),
    ],
)
def test_the_last_two_days_with_finals(
    night: Night, finals: tuple[int, ...], graded: tuple[int, ...], subject: int, severity: Severity | None
) -> None:
    """Days before yesterday on which games were final, and on which they were graded."""
    for back in finals:
        ids = night.games(D - timedelta(days=back), 2)
        if back in graded:
            night.graded(D - timedelta(days=back), ids[:1])
    night.games(D, 1, status=2, first=70)
    result = one(night, "grading_freshness")
    assert result.subject == (D - timedelta(days=subject)).isoformat()
    assert result.state is (State.FAIL if severity else State.PASS)
    if severity:
        assert result.finding is not None and result.finding.severity is severity
        words = "Grading stale" if severity is Severity.WARNING else "Grading outage"
        assert result.finding.title == f"{words} on {result.subject}"
        missing = sorted((D - timedelta(days=back)).isoformat() for back in finals[:2] if back not in graded)
        assert list(result.finding.members) == missing
        assert result.finding.remedies[0].args["job"] == "nba-grading-recovery"


def test_finals_of_six_days_ago_are_too_old_for_grading(night: Night) -> None:
    night.games(D - timedelta(days=5), 2)
    night.games(TODAY, 2, status=1)
    result = one(night, "grading_freshness")
    assert (result.subject, result.state, result.reason) == ("2026-11-22", State.SKIPPED, "no games on 2026-11-22")


def test_a_halted_day_has_nothing_to_grade(night: Night) -> None:
    for back in (0, 1, 2):
        ids = night.games(D - timedelta(days=back), 2)
        if back != 1:
            night.graded(D - timedelta(days=back), ids[:1])
    night.games(TODAY, 2, status=1)
    halted = D - timedelta(days=1)
    assert one(night, "grading_freshness").state is State.FAIL
    night.halt(halted, active=True, clock="09:00")
    assert one(night, "grading_freshness").state is State.PASS
    night.halt(halted, active=False, clock="10:00")
    assert one(night, "grading_freshness").state is State.FAIL


def test_a_halt_of_another_sport_or_one_that_is_written_later_is_none(night: Night) -> None:
    night.games(TODAY, 2, status=1)
    night.halt(TODAY, sport="wnba")
    night.halt(TODAY, clock="14:00:01")
    assert one(night, "halt_state").state is State.FAIL
    night.halt(TODAY, clock="14:00")
    assert one(night, "halt_state").state is State.PASS


# --- err and skip ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [*DATED, *WHOLE])
def test_a_table_that_is_gone_is_an_error(night: Night, check: str) -> None:
    healthy(night)
    spec = night.pipeline.checks[check]
    (result,) = night.look(replace(spec, sql=spec.sql.replace("FROM nba_", "FROM nowhere_")), NOON)
    assert result.state is State.ERROR and "nowhere_" in result.reason


@pytest.mark.parametrize("check", [*DATED, *WHOLE])
def test_each_column_that_is_missing_or_null_is_an_error(night: Night, check: str) -> None:
    healthy(night)
    spec = night.pipeline.checks[check]
    needed = {*spec.metrics, *(metric.of for metric in spec.metrics.values() if metric.of)}
    for column in needed:
        kept = ", ".join(one for one in sorted(needed) if one != column)
        for also in (("CAST(NULL AS FLOAT64) AS " + column), "1 AS other"):
            sql = f"SELECT {', '.join(one for one in (kept, also) if one)} FROM ({spec.sql})"
            (result,) = night.look(replace(spec, sql=sql, members=""), NOON)
            assert result.state is State.ERROR, (column, result.reason)
            assert result.reason.startswith("check broken") and ("NULL" in result.reason or "missing" in result.reason)


@pytest.mark.parametrize("check", [*DATED])
def test_a_day_of_exhibitions_and_postponed_games_is_skipped(night: Night, check: str) -> None:
    night.model()
    for day in (D, TODAY):
        night.games(day, 2, prefix="003")
        night.games(day, 2, status=4)
    night.games(TODAY + timedelta(days=1), 2, status=1)
    result = one(night, check)
    assert (result.state, result.reason) == (State.SKIPPED, f"no games on {DATED[check]}")


def test_duplicates_of_nothing_are_not_judged(night: Night) -> None:
    night.games(TODAY, 2, status=1)
    result = one(night, "phase3_duplicates")
    assert result.state is State.SKIPPED and "nothing was judged" in result.reason


def test_no_model_at_all_on_a_day_with_games_is_an_error(night: Night) -> None:
    healthy(night)
    night.clear(REGISTRY, model_id="catboost_v9")
    assert one(night, "phase5_model_coverage").state is State.ERROR


def test_a_slate_without_finals_yet_is_skipped(night: Night) -> None:
    healthy(night)
    night.clear(SCHEDULE, game_date=D)
    night.clear(SCHEDULE, game_date=D - timedelta(days=1))
    night.games(D, 8, status=2)
    for check in ("phase1_scrapers", "phase2_raw", "phase3_analytics", "phase3_coverage", "grading_freshness"):
        assert (one(night, check).state, one(night, check).reason) == (State.SKIPPED, "no finals on 2026-11-22")
