"""Dated canaries: when, which dates, which slate, and what is said. Prepared answers; the SQL has its own tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from checks.canary_query import look
from schemas.errors import Denied, Missing, Unavailable
from schemas.pipeline import CheckSpec, Day, Grade, MetricSpec, Window
from schemas.reports import Fact, MetricState, Severity, State, SubjectResult

from .conftest import SLATE, Answers, asking, et, sight

NOON = et("2026-11-23T12:00")
GOOD: Mapping[str, dict[str, Any]] = {
    "phase2_raw": {
        "games_with_rows": 8,
        "row_count": 160,
        "null_player_name": 0,
        "null_team_abbr": 0,
        "missing_games": [],
    },
    "phase3_analytics": {
        "row_count": 160,
        "played": 120,
        "null_minutes": 0,
        "null_points": 0,
        "average_minutes": 15,
        "average_points": 6,
    },
    "phase3_coverage": {"final_games": 8, "games_processed": 8, "games_missing": 0, "missing_games": None},
}


def one(spec: CheckSpec, as_of: datetime, row: dict[str, Any] | None = None, **how: Any) -> SubjectResult:
    found = look(spec, asking(as_of, **how), sight(Answers([GOOD[spec.name] if row is None else row])))
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("name", list(GOOD))
def test_at_its_limits_it_passes(specs: Mapping[str, CheckSpec], name: str) -> None:
    result = one(specs[name], NOON)
    assert (result.subject, result.state, result.finding) == ("2026-11-22", State.PASS, None)
    assert {metric.state for metric in result.metrics} == {MetricState.OK}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("phase2_raw", {"games_with_rows": 7}),
        ("phase2_raw", {"games_with_rows": 9}),
        ("phase2_raw", {"row_count": 159}),
        ("phase2_raw", {"null_player_name": 1}),
        ("phase2_raw", {"null_team_abbr": 1}),
        ("phase3_analytics", {"row_count": 159}),
        ("phase3_analytics", {"null_minutes": 1}),
        ("phase3_analytics", {"null_points": 1}),
        ("phase3_analytics", {"average_minutes": 14.99}),
        ("phase3_analytics", {"average_points": 5.99}),
        ("phase3_coverage", {"games_processed": 7, "games_missing": 1}),
    ],
)
def test_past_a_limit_it_fails(specs: Mapping[str, CheckSpec], name: str, change: dict[str, Any]) -> None:
    result = one(specs[name], NOON, {**GOOD[name], **change})
    assert result.state is State.FAIL
    assert result.finding is not None and result.finding.severity is Severity.WARNING
    assert result.reason == result.finding.summary
    assert len(result.finding.title) < 80 and "2026-11-22" in result.finding.title


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("phase2_raw", {"games_with_rows": 0, "row_count": 0, "null_player_name": 0, "null_team_abbr": 0}),
        ("phase3_analytics", dict.fromkeys(GOOD["phase3_analytics"], None) | {"row_count": 0, "played": 0}),
        ("phase3_coverage", {"final_games": 8, "games_processed": 0, "games_missing": 8}),
    ],
)
def test_a_phase_that_wrote_nothing_fails_and_is_not_broken(
    specs: Mapping[str, CheckSpec], name: str, row: dict[str, Any]
) -> None:
    result = one(specs[name], NOON, row)
    assert result.state is State.FAIL
    assert all(metric.state is not MetricState.ERROR for metric in result.metrics)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("phase2_raw", {"null_player_name": None}, "rows without player name is NULL over 160 row_count"),
        ("phase3_analytics", {"average_minutes": None}, "average minutes is NULL over 120 played"),
        ("phase3_analytics", {"average_minutes": math.nan}, "average minutes is not a finite number"),
        ("phase3_coverage", {"games_missing": None}, "final games not processed is NULL"),
    ],
)
def test_what_cannot_be_had_is_check_broken(
    specs: Mapping[str, CheckSpec], name: str, change: dict[str, Any], words: str
) -> None:
    result = one(specs[name], NOON, {**GOOD[name], **change})
    assert result.state is State.ERROR and result.finding is None
    assert result.reason.startswith("check broken") and words in result.reason


@pytest.mark.parametrize("name", list(GOOD))
def test_each_missing_column_is_an_error(specs: Mapping[str, CheckSpec], name: str) -> None:
    needed = {*specs[name].metrics, *(metric.of for metric in specs[name].metrics.values()), specs[name].members} - {""}
    for column in needed:
        row = {key: value for key, value in GOOD[name].items() if key != column}
        result = one(specs[name], NOON, row)
        assert result.state is State.ERROR, column
        assert "missing from the answer" in result.reason


def test_a_violation_fails_and_lists_what_could_not_be_had(specs: Mapping[str, CheckSpec]) -> None:
    row = {**GOOD["phase3_analytics"], "row_count": 100, "average_points": None, "null_minutes": 3}
    result = one(specs["phase3_analytics"], NOON, row)
    assert result.state is State.FAIL and result.finding is not None
    assert result.finding.facts == (
        Fact("Rows", "100, at least 160 expected"),
        Fact("Players without minutes", "3, expected 0"),
        Fact("Could not be had", "average points (NULL over 120 played)"),
    )
    assert result.finding.summary == (
        "player_game_summary has 100 rows for 8 final games on 2026-11-22, at least 160 expected (60 short); "
        "also players without minutes 3"
    )


def test_coverage_names_games_and_offers_the_rerun(specs: Mapping[str, CheckSpec]) -> None:
    games = ["CHI @ ATL (0022600228)", "BOS @ NYK (0022600227)"]
    row = {"final_games": 8, "games_processed": 6, "games_missing": 2, "missing_games": games}
    finding = one(specs["phase3_coverage"], NOON, row).finding
    assert finding is not None
    assert finding.summary == ("player_game_summary has rows for 6 of 8 final games on 2026-11-22; 2 missing")
    assert (finding.severity, finding.title) == (Severity.WARNING, "Final games missing from analytics on 2026-11-22")
    assert (finding.members, finding.members_label) == (tuple(sorted(games)), "Missing games")
    (remedy,) = finding.remedies
    assert (remedy.healer, remedy.label, remedy.target, remedy.automatic) == (
        "rerun_job",
        "Heal now",
        "nba-phase3-reprocess/2026-11-22",
        False,
    )
    assert remedy.args == {"job": "nba-phase3-reprocess", "GAME_DATE": "2026-11-22"}


def test_all_games_missing_is_an_analytics_gap(specs: Mapping[str, CheckSpec]) -> None:
    row = {"final_games": 8, "games_processed": 0, "games_missing": 8, "missing_games": []}
    finding = one(specs["phase3_coverage"], NOON, row).finding
    assert finding is not None
    assert (finding.severity, finding.title) == (Severity.CRITICAL, "Analytics gap on 2026-11-22")


# --- when -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "subject", "judged"),
    [
        ("2026-11-23T00:05", "2026-11-22", False),
        ("2026-11-23T03:55", "2026-11-22", False),
        ("2026-11-23T04:59:59", "2026-11-22", False),
        ("2026-11-23T05:00", "2026-11-22", True),
        ("2026-11-23T20:30", "2026-11-22", True),  # already the 24th in UTC
        ("2026-11-01T04:59:59", "2026-10-31", False),  # clocks go back at 02:00
        ("2026-11-01T05:00", "2026-10-31", True),
        ("2027-03-14T04:59:59", "2027-03-13", False),  # clocks go forward at 02:00
        ("2027-03-14T05:00", "2027-03-13", True),
    ],
)
def test_judged_from_is_a_wall_clock(specs: Mapping[str, CheckSpec], as_of: str, subject: str, judged: bool) -> None:
    result = one(specs["phase2_raw"], et(as_of))
    assert result.subject == subject
    assert result.state is (State.PASS if judged else State.SKIPPED)
    if not judged:
        assert result.reason == "not due before 05:00 ET"


def test_a_window_that_ends_today_is_due_the_same_day(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], window=Window(ends="today"), judged_from=datetime(2026, 1, 1, 11).time())
    early, due = one(spec, et("2026-11-23T10:59:59")), one(spec, et("2026-11-23T11:00"))
    assert (early.subject, early.state, early.reason) == ("2026-11-23", State.SKIPPED, "not due before 11:00 ET")
    assert (due.subject, due.state) == ("2026-11-23", State.PASS)


def test_without_an_hour_only_the_future_is_early(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], judged_from=None)
    assert one(spec, et("2026-11-23T00:05")).state is State.PASS
    assert one(spec, NOON, only="2026-11-24").state is State.SKIPPED


@pytest.mark.parametrize(
    ("slate", "reason"),
    [
        ({"games": 0, "finals": 0}, "no games on 2026-11-22"),
        ({"games": 8, "finals": 0}, "no finals on 2026-11-22"),
    ],
)
def test_a_slate_of_zero_is_skipped_with_its_reason(
    specs: Mapping[str, CheckSpec], slate: dict[str, int], reason: str
) -> None:
    warehouse = Answers([GOOD["phase2_raw"]])
    (result,) = look(specs["phase2_raw"], asking(NOON, slate=slate), sight(warehouse))
    assert (result.state, result.reason) == (State.SKIPPED, reason)
    assert warehouse.asked == []


def test_a_slate_without_the_needed_number_is_an_error(specs: Mapping[str, CheckSpec]) -> None:
    result = one(specs["phase2_raw"], NOON, slate={"games": 8})
    assert result.state is State.ERROR and "'finals'" in result.reason


def test_a_day_of_a_mode_that_is_left_out_is_skipped(specs: Mapping[str, CheckSpec]) -> None:
    result = one(specs["phase2_raw"], NOON, mode="off_season")
    assert (result.state, result.reason) == (State.SKIPPED, "off calendar on 2026-11-22: off_season")
    assert one(specs["phase2_raw"], NOON, mode="off_season", only="2026-11-22").state is State.PASS


# --- which dates ----------------------------------------------------------------------------------------------


def test_open_dates_go_on_being_judged_newest_first(specs: Mapping[str, CheckSpec]) -> None:
    opened = tuple(f"2026-11-{day:02}" for day in (14, 22, 20, 15, 16, 18, 17))
    warehouse = Answers([GOOD["phase2_raw"]])
    found = look(specs["phase2_raw"], asking(NOON, open_subjects=opened), sight(warehouse))
    assert [(one.subject, one.state) for one in found] == [
        ("2026-11-22", State.PASS),
        *((f"2026-11-{day}", State.PASS) for day in (20, 18, 17, 16, 15)),
        ("2026-11-14", State.SKIPPED),
    ]
    assert "newest" in found[-1].reason
    assert [asked["day"] for asked in warehouse.asked] == [date(2026, 11, day) for day in (22, 20, 18, 17, 16, 15)]


def test_an_open_date_is_judged_whatever_the_clock_says(specs: Mapping[str, CheckSpec]) -> None:
    opened = ("2026-11-22", "2026-11-21")
    found = look(
        specs["phase2_raw"],
        asking(et("2026-11-23T03:00"), open_subjects=opened),
        sight(Answers([GOOD["phase2_raw"]])),
    )
    assert [(one.subject, one.state) for one in found] == [("2026-11-22", State.PASS), ("2026-11-21", State.PASS)]


def test_only_judges_that_date_alone(specs: Mapping[str, CheckSpec]) -> None:
    spec, early = specs["phase2_raw"], et("2026-11-23T03:00")
    found = look(
        spec,
        asking(early, only="2026-11-10", open_subjects=("2026-11-21",)),
        sight(Answers([GOOD["phase2_raw"]])),
    )
    assert [(one.subject, one.state) for one in found] == [("2026-11-10", State.PASS)]
    not_due = one(spec, early, only="2026-11-23")
    assert (not_due.state, not_due.reason) == (State.SKIPPED, "not due before 2026-11-24 05:00 ET")


@pytest.mark.parametrize("subject", ["yesterday", "2026-02-30", ""])
def test_what_is_not_a_date_is_an_error(specs: Mapping[str, CheckSpec], subject: str) -> None:
    found = look(specs["phase2_raw"], asking(NOON, open_subjects=(subject,)), sight(Answers([GOOD["phase2_raw"]])))
    assert [one.state for one in found] == [State.PASS, State.ERROR]


def test_each_date_is_judged_against_its_own_slate(specs: Mapping[str, CheckSpec]) -> None:
    days = {date(2026, 11, 21): {"games": 1, "finals": 1}, date(2026, 11, 20): {"games": 0, "finals": 0}}
    found = look(
        specs["phase2_raw"],
        asking(NOON, days=days, open_subjects=("2026-11-21", "2026-11-20")),
        sight(Answers([{**GOOD["phase2_raw"], "games_with_rows": 1, "row_count": 20}])),
    )
    assert [one.state for one in found] == [State.FAIL, State.PASS, State.SKIPPED]


def test_a_window_of_days_has_its_own_slate_and_first_day(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(
        specs["phase2_raw"],
        sql="SELECT @from_day, @day, @as_of, @window_finals",
        window=Window(days=3),
        needs="window_finals",
        members="",
        metrics={"seen": MetricSpec(min="min(2, window_finals)")},
    )
    days = {date(2026, 11, day): {"games": 0, "finals": 0} for day in (20, 22)} | {
        date(2026, 11, 21): {"games": 1, "finals": 1}
    }
    warehouse = Answers([{"seen": 1}])
    (result,) = look(spec, asking(NOON, days=days), sight(warehouse))
    assert result.state is State.PASS
    assert warehouse.asked == [
        {"from_day": date(2026, 11, 20), "day": date(2026, 11, 22), "as_of": NOON, "window_finals": 1}
    ]
    empty = {key: {"games": 0, "finals": 0} for key in days}
    (nothing,) = look(spec, asking(NOON, days=empty), sight(warehouse))
    assert (nothing.state, nothing.reason) == (State.SKIPPED, "no games on 2026-11-22")


def test_only_the_parameters_that_the_query_names_are_sent(specs: Mapping[str, CheckSpec]) -> None:
    warehouse = Answers([GOOD["phase3_coverage"]])
    look(specs["phase3_coverage"], asking(NOON), sight(warehouse))
    assert warehouse.asked == [{"day": date(2026, 11, 22)}]


# --- when it cannot look --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        Missing("there is no table nba_raw.x", part="warehouse"),
        Unavailable("no answer in 5 s", part="warehouse"),
        Denied("column nobody is not known", part="warehouse"),
    ],
)
def test_a_backend_error_is_an_error_with_its_sentence(
    specs: Mapping[str, CheckSpec], error: Missing | Unavailable | Denied
) -> None:
    (result,) = look(specs["phase2_raw"], asking(NOON), sight(Answers(error=error)))
    assert (result.state, result.reason) == (State.ERROR, str(error))


def test_a_calendar_that_cannot_be_read_is_an_error(specs: Mapping[str, CheckSpec]) -> None:
    def broken(day: date) -> Day:
        raise Unavailable(f"the calendar of {day} cannot be read", part="calendar")

    (result,) = look(specs["phase2_raw"], asking(NOON, day_of_other=broken), sight(Answers([GOOD["phase2_raw"]])))
    assert (result.state, "calendar of 2026-11-22" in result.reason) == (State.ERROR, True)


@pytest.mark.parametrize("count", [0, 2])
def test_anything_but_one_row_is_an_error(specs: Mapping[str, CheckSpec], count: int) -> None:
    (result,) = look(specs["phase2_raw"], asking(NOON), sight(Answers([GOOD["phase2_raw"]] * count)))
    assert result.state is State.ERROR and "must give one row" in result.reason


def test_nothing_applicable_is_not_a_pass(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], metrics={"nulls": MetricSpec(equals="0", of="rows")}, members="")
    row = {"nulls": 0, "rows": 0}
    assert one(spec, NOON, row).state is State.ERROR
    assert one(replace(spec, needs=""), NOON, row).state is State.SKIPPED


# --- words ----------------------------------------------------------------------------------------------------


def test_grades_use_slate_and_metrics_and_one_that_cannot_be_judged_is_listed(
    specs: Mapping[str, CheckSpec],
) -> None:
    spec = replace(
        specs["phase2_raw"],
        grades=(
            Grade("nobody > 1", Severity.CRITICAL),
            Grade("games_with_rows < finals - 3", Severity.INFO, "x" * 90),
        ),
    )
    finding = one(spec, NOON, {**GOOD["phase2_raw"], "games_with_rows": 4}).finding
    assert finding is not None and finding.severity is Severity.INFO
    assert len(finding.title) == 79
    assert "nobody" in finding.facts[-1].value
    other = one(spec, NOON, {**GOOD["phase2_raw"], "games_with_rows": 5}).finding
    assert other is not None and other.severity is Severity.WARNING


def test_a_value_that_rounds_to_its_limit_is_told_apart(specs: Mapping[str, CheckSpec]) -> None:
    finding = one(specs["phase3_analytics"], NOON, {**GOOD["phase3_analytics"], "average_minutes": 14.9996}).finding
    assert finding is not None
    assert finding.facts[0] == Fact("Average minutes", "14.9996, at least 15 expected")


def test_dates_of_the_whole_season_have_one_hour(specs: Mapping[str, CheckSpec]) -> None:
    """On every day of two years the hour is 05:00 on the wall, to the second."""
    for back in range(0, 730, 7):
        five = et(f"{date(2027, 6, 1) - timedelta(days=back)}T05:00")
        assert one(specs["phase2_raw"], five - timedelta(seconds=1), slate=SLATE).state is State.SKIPPED
        assert one(specs["phase2_raw"], five, slate=SLATE).state is State.PASS


def test_the_sentence_names_what_else_is_wrong(specs: Mapping[str, CheckSpec]) -> None:
    row = {**GOOD["phase3_analytics"], "row_count": 159, "null_minutes": 2, "null_points": 3, "average_points": 2}
    result = one(specs["phase3_analytics"], NOON, row)
    assert result.reason == (
        "player_game_summary has 159 rows for 8 final games on 2026-11-22, at least 160 expected (1 short); "
        "also players without minutes 2, players without points 3 and 1 more"
    )
    plain = one(specs["phase3_analytics"], NOON, {**GOOD["phase3_analytics"], "average_points": 2.5})
    assert plain.reason == "average points on 2026-11-22: 2.5, at least 6 expected (3.5 short)"


def test_the_check_itself_passes_by_running(specs: Mapping[str, CheckSpec]) -> None:
    found = look(specs["phase2_raw"], asking(NOON, only="phase2_raw"), sight(Answers([GOOD["phase2_raw"]])))
    assert [(one.subject, one.state) for one in found] == [("2026-11-22", State.PASS), ("phase2_raw", State.PASS)]
    broken = Answers(error=Unavailable("no answer", part="warehouse"))
    found = look(specs["phase2_raw"], asking(NOON, only="phase2_raw"), sight(broken))
    assert [(one.subject, one.state) for one in found] == [("2026-11-22", State.ERROR), ("phase2_raw", State.ERROR)]


# --- one thing, not its dates ---------------------------------------------------------------------------------

TABLE = "nba_raw.table"


def test_a_check_about_one_thing_has_that_as_its_only_subject(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], subject=TABLE)
    warehouse = Answers([{**GOOD["phase2_raw"], "games_with_rows": 7}])
    (result,) = look(spec, asking(NOON, open_subjects=(TABLE, "2026-11-10")), sight(warehouse))
    assert (result.subject, result.state) == (TABLE, State.FAIL)
    assert result.finding is not None
    assert result.finding.title == "Raw player rows out of limits"
    assert "on 2026-11-22" in result.finding.summary
    assert result.finding.remedies[0].args["GAME_DATE"] == TABLE
    assert len(warehouse.asked) == 1


def test_it_waits_for_its_hour_each_day_even_while_its_alert_is_open(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], subject=TABLE)
    hows: list[dict[str, Any]] = [{}, {"open_subjects": (TABLE,)}, {"only": TABLE}]
    for how in hows:
        result = one(spec, et("2026-11-23T04:59"), **how)
        assert (result.subject, result.state) == (TABLE, State.SKIPPED)
        assert one(spec, et("2026-11-23T05:00"), **how).state is State.PASS


def test_it_is_not_asked_for_dates(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], subject=TABLE)
    result = one(spec, NOON, only="2026-11-20")
    assert (result.subject, result.state) == ("2026-11-20", State.SKIPPED)
    assert result.reason == f"not judged by dates: phase2_raw is about {TABLE}"


# --- the newest day that has any ------------------------------------------------------------------------------

LATEST = Window(days=5, newest="finals")
NONE = {"games": 0, "finals": 0}


@pytest.mark.parametrize(("back", "subject"), [(0, 22), (1, 21), (4, 18), (5, 22)])
def test_a_window_may_end_with_the_newest_day_that_has_any(
    specs: Mapping[str, CheckSpec], back: int, subject: int
) -> None:
    spec = replace(specs["phase2_raw"], window=LATEST)
    days = {date(2026, 11, 22 - one): NONE if one < back else SLATE for one in range(7)}
    result = one(spec, NOON, days=days)
    assert result.subject == f"2026-11-{subject}"
    assert result.state is (State.PASS if back < 5 else State.SKIPPED)


def test_it_is_due_on_the_day_after_it(specs: Mapping[str, CheckSpec]) -> None:
    spec = replace(specs["phase2_raw"], window=LATEST)
    early = et("2026-11-23T04:59")
    assert one(spec, early).state is State.SKIPPED
    older = one(spec, early, days={date(2026, 11, 22): NONE})
    assert (older.subject, older.state) == ("2026-11-21", State.PASS)


@pytest.mark.parametrize(
    ("subject", "opened", "wrong"), [("", (), {"phase2_raw"}), (TABLE, (), {TABLE}), ("", ("2026-11-20",), None)]
)
def test_without_the_calendar_nothing_reads_as_healthy(
    specs: Mapping[str, CheckSpec], subject: str, opened: tuple[str, ...], wrong: set[str] | None
) -> None:
    def broken(day: date) -> Day:
        raise Unavailable(f"the calendar of {day} cannot be read", part="calendar")

    spec = replace(specs["phase2_raw"], window=LATEST, subject=subject)
    found = look(spec, asking(NOON, day_of_other=broken, open_subjects=opened), sight(Answers([])))
    assert {one.subject for one in found} == (wrong or {"phase2_raw", *opened})
    assert {one.state for one in found} == {State.ERROR}


def test_sums_over_the_window_are_asked_for_only_where_they_are_named(specs: Mapping[str, CheckSpec]) -> None:
    asked: list[date] = []

    def counted(day: date) -> Day:
        asked.append(day)
        return Day(day, "season", "", SLATE)

    spec = replace(specs["phase2_raw"], window=Window(days=14))
    look(spec, asking(NOON, day_of_other=counted), sight(Answers([GOOD["phase2_raw"]])))
    assert asked == [date(2026, 11, 22)]
    look(replace(spec, needs="window_finals"), asking(NOON, day_of_other=counted), sight(Answers([])))
    assert len(asked) == 1 + 14


def test_who_names_a_day_that_is_over_has_it_judged_at_any_hour(specs: Mapping[str, CheckSpec]) -> None:
    early = et("2026-11-23T03:00")
    assert one(specs["phase2_raw"], early).state is State.SKIPPED
    assert one(specs["phase2_raw"], early, only="2026-11-22").state is State.PASS
    tonight = replace(specs["phase2_raw"], window=Window(ends="today"))
    assert one(tonight, early, only="2026-11-23").state is State.SKIPPED
