"""What a check may hand back: whatever it is, the result is an ERROR with its reason, and it can be kept and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from schemas.ports import Where
from schemas.reports import Finding, Metric, MetricState, Severity, State, SubjectResult
from tests.control_plane.conftest import clock, store  # noqa: F401
from tests.control_plane.test_runner import Bench, announcer

NAN, INFINITE = float("nan"), float("inf")


def metric(value: Any) -> tuple[SubjectResult, ...]:
    return (SubjectResult("s", State.PASS, metrics=(Metric("m", "M", value, MetricState.OK),)),)


def found(summary: str) -> tuple[SubjectResult, ...]:
    return (SubjectResult("s", State.FAIL, finding=Finding("t", summary, Severity.WARNING)),)


STRANGE: dict[str, tuple[Any, str]] = {
    "nan": (metric(NAN), "not a number"),
    "infinite": (metric(INFINITE), "not a number"),
    "text_for_a_number": (metric("eight"), "number"),
    "a_million_results": (
        tuple(SubjectResult(f"s{one}", State.PASS) for one in range(1_000_000)),
        "more than 100,000 results",
    ),
    "nothing": (None, "NoneType"),
    "a_word": ("PASS", "str"),
    "rows": ([{"state": "PASS"}], "dict"),
    "one_subject_twice": ((SubjectResult("s", State.PASS), SubjectResult("s", State.FAIL)), "twice"),
    "no_subject": ((SubjectResult("", State.PASS),), "subject"),
    "half_a_character": ((SubjectResult("s\ud83d", State.PASS),), "Unicode"),
}


@pytest.mark.parametrize("name", list(STRANGE))
def test_what_a_check_hands_back_is_judged(store: SqliteStore, clock: FixedClock, name: str) -> None:  # noqa: F811
    given, words = STRANGE[name]
    bench = Bench(store, clock, {name: lambda *_: given, "is_well": lambda *_: metric(1.0)})
    for check, spec in bench.pipeline().checks.items():
        assert spec.time_limit >= timedelta(milliseconds=200), check
    told = announcer(bench)
    reports = {}
    for report in bench.runner().run("tier", clock.now(), cause="tick", run_id="r"):
        told.report(report, clock.now())
        reports[report.check] = report
    assert reports["is_well"].state is State.PASS
    assert reports[name].state is State.ERROR and words in reports[name].results[0].reason, reports[name].results[:2]
    (open_alert,) = store.find("alerts", Where("state", "==", "firing"))
    assert open_alert.value["check"] == name
    latest = store.get("latest", name)
    assert latest is not None and latest.value["state"] == "ERROR"


def test_words_of_any_length_are_kept_and_told(store: SqliteStore, clock: FixedClock) -> None:  # noqa: F811
    bench = Bench(store, clock, {"talks": lambda *_: found("x" * 5_000_000)})
    told = announcer(bench)
    for report in bench.runner().run("tier", clock.now(), cause="tick", run_id="r"):
        told.report(report, clock.now())
    (alert,) = store.find("alerts", Where("state", "==", "firing"))
    assert alert.value["check"] == "talks"
