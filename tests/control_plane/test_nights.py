"""Nights and days of the pipeline through the whole runner: real store, real warehouse, the shipped declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.announce import Announcer
from bot.asking import ask
from bot.config import load_pipeline
from bot.house import build, open_backends
from bot.within import within
from checks import look_by_kind
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.calendar import CalendarBook
from control_plane.ledger import Ledger
from control_plane.runner import Runner, Runs
from schemas.heals import Outcome
from schemas.pipeline import Pipeline
from schemas.ports import Where
from schemas.reports import Metric, State, SubjectResult
from tests.checks.conftest import ROOT, et, sight
from tests.checks.night import ACCURACY, HALT, PREDICTIONS, RAW, SIGNALS, SUMMARY, Night, template

D = date(2026, 11, 22)
TODAY = D + timedelta(days=1)
DUE = {
    "phase1_scrapers": "05:00",
    "phase2_raw": "05:00",
    "halt_state": "06:00",
    "phase3_analytics": "08:00",
    "phase3_coverage": "08:00",
    "phase4_features": "09:00",
    "phase5_predictions": "11:00",
    "phase5_prediction_gap": "11:00",
    "phase5_model_coverage": "11:00",
    "grading_freshness": "11:00",
    "phase6_publishing": "13:00",
}
WHOLE = {"phase3_duplicates": "nba_analytics.player_game_summary", "halt_state": "nba_orchestration.halt_state"}
TONIGHT = ("phase5_predictions", "phase5_prediction_gap", "phase6_publishing")
LAST_NIGHT = tuple(check for check in DUE if check not in (*TONIGHT, *WHOLE))
HALTED = (*TONIGHT, "phase5_model_coverage", "grading_freshness")
Seen = dict[str, dict[str, SubjectResult]]


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline(ROOT / "resilience.yaml")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("warehouse") / "empty.duckdb")


@dataclass
class Tower:
    """Everything from the tick to the alert. ``at`` runs both tiers of canaries at a moment."""

    night: Night
    store: SqliteStore
    clock: FixedClock

    def at(self, moment: datetime | str) -> Seen:
        now = et(moment) if isinstance(moment, str) else moment
        self.clock.set(now)
        pipeline, book = self.night.pipeline, CalendarBook(self.night.pipeline.calendar, self.night.warehouse)
        looks = {"canary_query": look_by_kind("canary_query")}
        runs = Runs(pipeline, looks, sight(self.night.warehouse), book.day, within)
        runner, seen = Runner(runs, self.store, self.clock), Seen()
        announcer = Announcer(pipeline, self.store, Ledger(self.store, _no_heal), lambda: None)
        for entry in ("canaries_routine", "canaries_critical"):
            for report in runner.run(entry, now, cause="tick", run_id=f"{entry}@{now}"):
                announcer.report(report, now)
                seen[report.check] = {one.subject: one for one in report.results}
        return seen

    def alerts(self, check: str) -> list[tuple[str, str]]:
        """Subject and state of each alert of a check, oldest first."""
        docs = self.store.find("alerts", Where("check", "==", check), order_by="opened_at")
        return [(doc.value["subject"], doc.value["state"]) for doc in docs]


def _no_heal(*_: object) -> Any:
    raise AssertionError("no canary heals by itself")


@pytest.fixture
def tower(empty: Path, tmp_path: Path, pipeline: Pipeline) -> Iterator[Tower]:
    clock = FixedClock(et("2026-11-23T00:00"))
    night = Night(empty, tmp_path / "w.duckdb", pipeline)
    night.model()
    store = SqliteStore(tmp_path / "store.sqlite", clock=clock)
    yield Tower(night, store, clock)
    store.close()
    night.warehouse.close()


def states(seen: Seen) -> dict[str, State]:
    """The state of each check that judged one subject."""
    assert all(len(results) == 1 for results in seen.values()), seen
    return {check: next(iter(results.values())).state for check, results in seen.items()}


def reasons(seen: Seen, checks: tuple[str, ...]) -> set[str]:
    return {one.reason for check in checks for one in seen[check].values()}


def limits(result: SubjectResult) -> Mapping[str, float | None]:
    return {metric.name: metric.limit for metric in result.metrics if isinstance(metric, Metric)}


def week(night: Night, today: date, games: int = 4, prefix: str = "002") -> None:
    """Two nights that are over and one to come."""
    night.over(today - timedelta(days=2), games, prefix=prefix)
    night.over(today - timedelta(days=1), games, prefix=prefix)
    night.ahead(today, games, prefix=prefix)


# --- the hours of a day ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", ["00:05", "03:55", "05:05", "20:30"])
def test_the_hours_of_an_ordinary_day(tower: Tower, clock: str) -> None:
    """At 20:30 in New York it is tomorrow in UTC; the days are New York's."""
    week(tower.night, TODAY)
    seen = tower.at(f"{TODAY}T{clock}")
    assert set(seen) == {*DUE, *WHOLE}
    for check, hour in DUE.items():
        (result,) = seen[check].values()
        assert result.subject == WHOLE.get(check, str(TODAY if check in TONIGHT else D))
        assert result.state is (State.PASS if clock >= hour else State.SKIPPED), (check, result.reason)
        assert clock >= hour or result.reason == f"not due before {hour} ET"
    assert states(seen)["phase3_duplicates"] is State.PASS
    assert all(tower.alerts(check) == [] for check in seen)


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2027, 3, 14)])
def test_the_hours_of_the_days_when_clocks_change(tower: Tower, day: date) -> None:
    week(tower.night, day)
    for hour in sorted(set(DUE.values())):
        due = et(f"{day}T{hour}")
        before, then = tower.at(due - timedelta(seconds=1)), tower.at(due)
        for check, own in DUE.items():
            (early,), (late,) = before[check].values(), then[check].values()
            assert early.state is (State.PASS if own < hour else State.SKIPPED), (check, hour, early.reason)
            assert late.state is (State.PASS if own <= hour else State.SKIPPED), (check, hour, late.reason)
            assert early.subject == late.subject == WHOLE.get(check, str(day - timedelta(days=check not in TONIGHT)))


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2027, 3, 14)])
def test_the_night_in_which_clocks_change_is_one_day(tower: Tower, day: date) -> None:
    """From 00:00 to 24:00 on the wall, 25 or 23 hours of it, last night is the same night."""
    week(tower.night, day)
    moment, subjects = et(f"{day}T00:00"), set()
    while moment < et(f"{day + timedelta(days=1)}T00:00"):
        subjects |= set(tower.at(moment)["phase2_raw"])
        moment += timedelta(hours=1)
    assert subjects == {str(day - timedelta(days=1))}
    assert (moment - et(f"{day}T00:00")).total_seconds() / 3600 in (23, 25)


# --- slates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("games", [1, 2])
def test_a_small_night_is_judged_by_its_own_limits(tower: Tower, games: int) -> None:
    week(tower.night, TODAY, games)
    seen = tower.at(f"{TODAY}T14:00")
    assert set(states(seen).values()) == {State.PASS}
    assert limits(seen["phase2_raw"][str(D)])["row_count"] == 20 * games
    assert limits(seen["phase4_features"][str(D)])["players"] == 10 * games
    wanted = {"active_rows": 20, "players": 10 * games, "null_points": 0, "with_line": 8 * games}
    assert limits(seen["phase5_predictions"][str(TODAY)]) == {**wanted, "average_confidence": 40}
    tower.night.clear(RAW, player_lookup=f"00226{D:%m%d}00-p0", game_date=D)
    assert states(tower.at(f"{TODAY}T14:30"))["phase2_raw"] is State.FAIL


def test_opening_night(tower: Tower) -> None:
    """Nothing lies before it: last night has nothing to judge, tonight has, and in the morning it is last night."""
    ids = tower.night.ahead(TODAY, 2)
    seen = tower.at(f"{TODAY}T20:30")
    assert reasons(seen, LAST_NIGHT) == {f"no games on {D}"}
    found = states(seen)
    assert [found[check] for check in (*TONIGHT, "halt_state")] == [State.PASS] * 4
    assert found["phase3_duplicates"] is State.SKIPPED
    tower.night.clear("nba_reference.nba_schedule", game_date=TODAY)
    tower.night.games(TODAY, 2)
    tower.night.raw(TODAY, ids)
    tower.night.summary(TODAY, ids)
    tower.night.graded(TODAY, ids)
    morning = tower.at(f"{TODAY + timedelta(days=1)}T11:00")
    assert all(states(morning)[check] is State.PASS for check in LAST_NIGHT)
    assert reasons(morning, TONIGHT[:2]) == {f"no games on {TODAY + timedelta(days=1)}"}


def test_opening_night_that_nobody_predicted(tower: Tower) -> None:
    tower.night.games(TODAY, 2, status=1)
    found = states(tower.at(f"{TODAY}T13:00"))
    assert [found[check] for check in TONIGHT] == [State.FAIL] * 3


def test_the_break_and_the_first_night_after_it(tower: Tower) -> None:
    """An All-Star night in the break counts for nothing; what was open before it goes on being judged."""
    last, allstar = D - timedelta(days=6), D - timedelta(days=1)
    ids = tower.night.over(last, 3)
    tower.night.clear(SUMMARY, game_id=ids[0])
    assert states(tower.at(f"{last + timedelta(days=1)}T09:00"))["phase3_coverage"] is State.FAIL
    tower.night.games(allstar, 1, prefix="003")
    tower.night.predictions(allstar, ["0032699901"])
    tower.night.ahead(TODAY, 2)

    break_day = tower.at(f"{allstar}T14:00")
    assert break_day["phase3_coverage"][str(last)].state is State.FAIL
    assert break_day["grading_freshness"][str(last)].state is State.PASS
    eve = allstar - timedelta(days=1)
    for check in set(LAST_NIGHT) - {"grading_freshness"}:
        assert break_day[check][str(eve)].reason == f"no games on {eve}"
    for check in TONIGHT:
        assert break_day[check][str(allstar)].reason == f"no games on {allstar}"
    assert break_day["phase3_duplicates"][WHOLE["phase3_duplicates"]].state is State.PASS
    assert break_day["halt_state"][WHOLE["halt_state"]].reason.startswith("off calendar: break")

    tower.night.summary(last, ids[:1])
    first_night = tower.at(f"{TODAY}T14:00")
    assert first_night["phase3_coverage"][str(last)].state is State.PASS
    assert tower.alerts("phase3_coverage") == [(str(last), "resolved")]
    for check in LAST_NIGHT:
        assert first_night[check][str(D)].reason == f"no games on {D}"
    assert all(first_night[check][str(TODAY)].state is State.PASS for check in TONIGHT)


def test_a_pause_in_the_season_leaves_the_last_games_to_grading(tower: Tower) -> None:
    """Yesterday was free: the last two nights with games are the ones to be graded, under their own date."""
    for back in (2, 3):
        tower.night.over(TODAY - timedelta(days=back), 2)
    tower.night.ahead(TODAY, 2)
    day = str(TODAY - timedelta(days=2))
    assert tower.at(f"{TODAY}T11:00")["grading_freshness"][day].state is State.PASS
    tower.night.clear(ACCURACY, game_date=day)
    assert tower.at(f"{TODAY}T11:15")["grading_freshness"][day].state is State.FAIL
    assert tower.alerts("grading_freshness") == [(day, "firing")]


def test_playoffs_are_judged_like_the_season(tower: Tower) -> None:
    tower.night.over(TODAY - timedelta(days=4), 5)
    week(tower.night, TODAY, 1, prefix="004")
    seen = tower.at(f"{TODAY}T14:00")
    assert set(states(seen).values()) == {State.PASS}
    latest = tower.store.find("outbox", order_by="at")
    modes = {row["mode"] for doc in latest if doc.value["table"] == "check_runs" for row in doc.value["rows"]}
    assert modes == {"playoffs"}
    tower.night.clear(PREDICTIONS, game_date=TODAY)
    assert states(tower.at(f"{TODAY}T14:15"))["phase5_prediction_gap"] is State.FAIL


def test_out_of_season_no_canary_is_judged(tower: Tower) -> None:
    tower.night.over(TODAY - timedelta(days=30), 2)
    seen = tower.at(f"{TODAY}T14:00")
    assert reasons(seen, tuple(seen)) == {"off calendar: off_season (no game within 21 days)"}


# --- halt -----------------------------------------------------------------------------------------------------


def test_a_halt_skips_what_it_halts_and_nothing_else(tower: Tower) -> None:
    week(tower.night, TODAY)
    tower.night.clear(HALT, effective_date=TODAY)
    tower.night.halt(TODAY, active=True)
    tower.night.clear(PREDICTIONS, game_date=TODAY)
    tower.night.clear(SIGNALS, game_date=TODAY)
    tower.night.clear(RAW, game_date=D)
    seen = tower.at(f"{TODAY}T14:00")
    assert reasons(seen, HALTED) == {"off calendar: halt (edge too low)"}
    assert {check for check, state in states(seen).items() if state is State.SKIPPED} == set(HALTED)
    assert states(seen)["phase2_raw"] is State.FAIL
    assert [tower.alerts(check) for check in HALTED] == [[]] * 5


def test_the_day_after_a_halt_asks_nothing_of_the_halted_day(tower: Tower) -> None:
    week(tower.night, TODAY)
    tower.night.halt(D, active=True, clock="05:45")
    for table in (PREDICTIONS, ACCURACY):
        tower.night.clear(table, game_date=D)
    seen = tower.at(f"{TODAY}T14:00")
    assert reasons(seen, ("phase5_model_coverage", "grading_freshness")) == {f"off calendar on {D}: halt"}
    assert {states(seen)[check] for check in (*TONIGHT, "phase2_raw", "phase4_features")} == {State.PASS}
    tower.night.clear("nba_reference.nba_schedule", game_date=TODAY)
    tower.night.graded(TODAY, tower.night.games(TODAY, 4)[:1])
    later = tower.at(f"{TODAY + timedelta(days=1)}T11:00")
    assert later["grading_freshness"][str(TODAY)].state is State.PASS


def test_a_missing_halt_row_suppresses_nothing_and_is_one_alert_until_it_is_there(tower: Tower) -> None:
    week(tower.night, TODAY)
    tower.night.clear(HALT, effective_date=TODAY)
    subject = WHOLE["halt_state"]
    before = tower.at(f"{TODAY}T05:59")
    assert before["halt_state"][subject].reason == "not due before 06:00 ET"
    then = tower.at(f"{TODAY}T06:00")
    finding = then["halt_state"][subject].finding
    assert finding is not None and finding.title == "Halt state stale"
    assert f"no row for {TODAY}" in finding.summary
    day = tower.at(f"{TODAY}T14:00")
    assert {check for check, state in states(day).items() if state is not State.PASS} == {"halt_state"}

    tower.night.ahead(TODAY + timedelta(days=1), 2)
    tower.night.clear(HALT, effective_date=TODAY + timedelta(days=1))
    assert tower.at(f"{TODAY + timedelta(days=1)}T05:59")["halt_state"][subject].state is State.SKIPPED
    assert tower.at(f"{TODAY + timedelta(days=1)}T06:00")["halt_state"][subject].state is State.FAIL
    assert tower.alerts("halt_state") == [(subject, "firing")]
    tower.night.halt(TODAY + timedelta(days=1), clock="06:10")
    assert tower.at(f"{TODAY + timedelta(days=1)}T06:30")["halt_state"][subject].state is State.PASS
    assert tower.alerts("halt_state") == [(subject, "resolved")]


# --- one trouble, one alert -----------------------------------------------------------------------------------


def test_open_dates_go_on_being_judged_until_they_pass(tower: Tower) -> None:
    """Three nights fail, one a day; each keeps its date, and each passes when its own rows are there."""
    lost = {}
    for back in (3, 2, 1):
        day = TODAY - timedelta(days=back)
        lost[day] = tower.night.over(day, 2)
        tower.night.clear(SUMMARY, game_id=lost[day][1])
        tower.at(f"{day + timedelta(days=1)}T08:00")
    assert tower.alerts("phase3_coverage") == [(str(day), "firing") for day in lost]
    tower.night.ahead(TODAY, 2)
    first = next(iter(lost))
    tower.night.summary(first, lost[first][1:])
    again = tower.at(f"{TODAY}T08:15")["phase3_coverage"]
    assert [again[str(day)].state for day in lost] == [State.PASS, State.FAIL, State.FAIL]
    tomorrow = tower.at(f"{TODAY + timedelta(days=1)}T00:05")["phase3_coverage"]
    assert [tomorrow[str(day)].state for day in lost if day != first] == [State.FAIL, State.FAIL]
    assert tomorrow[str(TODAY)].state is State.SKIPPED and str(first) not in tomorrow


def test_duplicates_are_one_alert_however_many_days_they_last(tower: Tower) -> None:
    ids = tower.night.over(TODAY - timedelta(days=3), 2)
    tower.night.summary(TODAY - timedelta(days=3), ids[:1], 2)
    tower.night.ahead(TODAY, 2)
    subject = WHOLE["phase3_duplicates"]
    for back in (2, 1, 0):
        seen = tower.at(f"{TODAY - timedelta(days=back)}T14:00")
        assert seen["phase3_duplicates"][subject].state is State.FAIL
    assert tower.alerts("phase3_duplicates") == [(subject, "firing")]
    tower.night.clear(SUMMARY, game_id=ids[0])
    tower.night.summary(TODAY - timedelta(days=3), ids[:1])
    tower.at(f"{TODAY}T14:30")
    assert tower.alerts("phase3_duplicates") == [(subject, "resolved")]


def test_no_heal_starts_while_its_check_is_halted(empty: Path, tmp_path: Path, pipeline: Pipeline) -> None:
    """The alert was there before the halt; the wish comes after it."""
    night = Night(empty, tmp_path / "warehouse.duckdb", pipeline)
    week(night, TODAY)
    night.model("lightgbm_v2")
    night.halt(TODAY, active=True, clock="13:00")
    night.warehouse.close()
    clock = FixedClock(et(f"{TODAY}T12:00"))
    house = build(pipeline, tmp_path, open_backends(pipeline, tmp_path, clock), "one")
    try:
        house.check_again("phase5_model_coverage", str(D), clock.now(), cause="manual")
        (alert,) = house.ledger.firing("phase5_model_coverage")
        clock.set(et(f"{TODAY}T14:00"))
        asked = ask(house, alert, alert.finding.remedies[0], "U0ONCALL", "button", clock.now())
        house.desk.step(asked.heal.id, clock.now())
        heal = house.desk.get(asked.heal.id)
    finally:
        house.close()
    assert heal is not None and heal.outcome is Outcome.REFUSED
    assert heal.words == "the calendar says halt: no heal of phase5_model_coverage starts"
