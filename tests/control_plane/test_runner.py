"""The runner: each check alone, whatever it does; what cannot be looked at is an ERROR with its reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.announce import Announcer
from bot.within import within
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.ledger import Ledger
from control_plane.runner import Runner, Runs
from schemas.alerts import alert_id
from schemas.errors import Unavailable, UsageError
from schemas.pipeline import Calendar, CheckSpec, Day, EntrySpec, Pipeline
from schemas.ports import Sight, Where
from schemas.questions import Ask
from schemas.reports import Metric, MetricState, Report, State, SubjectResult

Look = Callable[[CheckSpec, Ask, Sight], tuple[SubjectResult, ...]]


@dataclass
class Bench:
    store: SqliteStore
    clock: FixedClock
    looks: dict[str, Look]

    def runner(self, mode: str = "season", calendar: Exception | None = None) -> Runner:
        def day(one: date, as_of: datetime) -> Day:
            if calendar is not None:
                raise calendar
            return Day(one, mode, "", {})

        sight: Any = None
        return Runner(Runs(self.pipeline(), self.looks, sight, day, within), self.store, self.clock)

    def pipeline(self) -> Pipeline:
        specs = {
            kind: CheckSpec(
                kind,
                kind,
                kind,
                "#c",
                2,
                skip_modes=("halt",),
                time_limit=timedelta(milliseconds=200),
                errors_escalate=3,
            )
            for kind in self.looks
        }
        entries = {"tier": EntrySpec("tier", "* * * * *", tuple(self.looks))}
        return Pipeline("p", "America/New_York", Calendar(""), specs, entries, {}, (), {}, "#errors", ("#c", "#errors"))

    def judge(self, check: str, **how: Any) -> Report:
        return self.runner(**how).judge(check, self.clock.now(), cause="tick", run_id="r")


@pytest.fixture
def bench(store: SqliteStore, clock: FixedClock) -> Bench:
    over = threading.Event()

    def recurse(spec: CheckSpec, ask: Ask, sight: Sight) -> tuple[SubjectResult, ...]:
        return recurse(spec, ask, sight)

    def hang(*_: object) -> tuple[SubjectResult, ...]:
        over.wait(5)
        return ()

    def leave(*_: object) -> tuple[SubjectResult, ...]:
        raise SystemExit(3)

    def fall(*_: object) -> tuple[SubjectResult, ...]:
        raise ZeroDivisionError("by nothing")

    looks: dict[str, Look] = {
        "recurses": recurse,
        "hangs": hang,
        "exits": leave,
        "raises": fall,
        "is_empty": lambda *_: (),
        "is_well": lambda *_: (SubjectResult("s", State.PASS, metrics=(Metric("m", "M", 1.0, MetricState.OK),)),),
    }
    return Bench(store, clock, looks)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("recurses", "RecursionError"),
        ("hangs", "time limit"),
        ("exits", "exit 3"),
        ("raises", "ZeroDivisionError: by nothing"),
        ("is_empty", "looked at nothing"),
    ],
)
def test_a_check_that_misbehaves_is_an_error_and_the_others_finish(bench: Bench, check: str, words: str) -> None:
    reports = {one.check: one for one in bench.runner().run("tier", bench.clock.now(), cause="tick", run_id="r")}
    assert words in reports[check].results[0].reason and reports[check].state is State.ERROR
    assert reports["is_well"].state is State.PASS
    assert len(reports) == len(bench.looks)


def test_a_calendar_that_cannot_be_read_is_an_error_for_all(bench: Bench) -> None:
    report = bench.judge("is_well", calendar=Unavailable("gone", part="calendar"))
    assert report.state is State.ERROR and "calendar could not be read" in report.results[0].reason


def test_off_calendar_is_skipped_with_its_reason(bench: Bench) -> None:
    report = bench.judge("is_well", mode="halt")
    assert [(one.state, one.reason) for one in report.results] == [(State.SKIPPED, "off calendar: halt")]


def test_an_unknown_check_is_a_usage_error(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no check 'nothing'"):
        bench.judge("nothing")


def test_a_run_is_kept_with_its_results_and_metrics(bench: Bench) -> None:
    bench.judge("is_well")
    rows: Mapping[str, Any] = {
        doc.value["table"]: doc.value["rows"][0] for doc in bench.store.find("outbox", order_by="at")
    }
    assert rows["check_metrics"]["value"] == 1.0 and rows["check_metrics"]["run_id"] == "r"
    assert rows["check_runs"]["state"] == "PASS" and rows["check_runs"]["result"]["subject"] == "s"
    latest = bench.store.get("latest", "is_well")
    assert latest is not None and latest.value["counts"] == {"PASS": 1}


def announcer(bench: Bench) -> Announcer:
    def creation(*_: object) -> Any:
        raise AssertionError("no heal here")

    return Announcer(bench.pipeline(), bench.store, Ledger(bench.store, creation), lambda: None)


def test_three_errors_in_a_row_are_told_where_the_bots_own_faults_are_told_and_close_again(bench: Bench) -> None:
    told = announcer(bench)

    def open_on(channel: str) -> list[str]:
        where = (Where("channel", "==", channel), Where("state", "==", "firing"))
        return [doc.value["check"] for doc in bench.store.find("alerts", *where)]

    for times in (1, 2, 3):
        told.report(bench.judge("raises"), bench.clock.now())
        assert open_on("#c") == ["raises"]
        assert open_on("#errors") == (["check_broken"] if times == 3 else [])
    bench.looks["raises"] = bench.looks["is_well"]
    told.report(bench.judge("raises"), bench.clock.now())
    assert open_on("#c") == open_on("#errors") == []
    alert = bench.store.get("alerts", alert_id("raises", "raises"))
    assert alert is not None and alert.value["state"] == "resolved"
