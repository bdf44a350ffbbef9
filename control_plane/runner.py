"""The runner: checks with a time limit each, isolated from one another, their results and metrics kept.

A check that hangs, raises or exits becomes an ERROR with its reason; the others finish. The caller announces the
reports; the runner itself says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from schemas.alerts import AlertState, alert_id
from schemas.codec import dump
from schemas.errors import BackendError, ResilienceError, UsageError
from schemas.pipeline import CheckSpec, Day, Pipeline
from schemas.ports import Clock, Put, Sight, Store, Where, Write
from schemas.questions import Ask
from schemas.records import CheckMetric, CheckRun
from schemas.reports import Report, State, SubjectResult
from schemas.times import day_of, to_text

from .vetting import vetted

Look = Callable[[CheckSpec, Ask, Sight], tuple[SubjectResult, ...]]
Within = Callable[[Callable[[], tuple[SubjectResult, ...]], timedelta], tuple[SubjectResult, ...]]
"""Runs a look in a lane of its own and gives it up after its time limit, with Denied."""

Abreast = Callable[[Sequence[Callable[[], Report]]], Iterator[Report]]
"""Does independent works, perhaps some at a time, and gives their answers in order."""

ROWS_A_PARCEL = 500
_WORST = (State.ERROR, State.FAIL, State.PASS, State.SKIPPED)


def in_turn(works: Sequence[Callable[[], Report]]) -> Iterator[Report]:
    """One after another, each when it is asked for."""
    return (work() for work in works)


@dataclass(frozen=True)
class Runs:
    """What the runner works with. ``looks`` are the kinds of checks by name."""

    pipeline: Pipeline
    looks: Mapping[str, Look]
    sight: Sight
    day_of: Callable[[date, datetime], Day]
    within: Within
    abreast: Abreast = in_turn


class Runner:
    def __init__(self, runs: Runs, store: Store, clock: Clock) -> None:
        self._runs, self._store, self._clock = runs, store, clock

    def run(
        self, entry: str, now: datetime, *, cause: str, run_id: str, held: Callable[[], bool] = lambda: True
    ) -> Iterator[Report]:
        """The reports of one entry's checks in their order; some may be looked at meanwhile. It ends early, keeping
        nothing more, when ``held`` says that the run is no longer ours."""
        judged = partial(self._judged, now=now, cause=cause, run_id=run_id, only="")
        works = [partial(judged, name) for name in self._runs.pipeline.entries[entry].checks]
        for report in self._runs.abreast(works):
            if not held():
                return
            self._keep(report)
            yield report

    def judge(self, check: str, now: datetime, *, cause: str, run_id: str, only: str = "") -> Report:
        """One check, or one subject of it. Raises UsageError for an unknown name; nothing else."""
        report = self._judged(check, now, cause=cause, run_id=run_id, only=only)
        self._keep(report)
        return report

    def _judged(self, check: str, now: datetime, *, cause: str, run_id: str, only: str) -> Report:
        spec = self._runs.pipeline.checks.get(check)
        if spec is None:
            raise UsageError(f"there is no check {check!r}")
        started = self._clock.now()
        day: Day | None = None
        try:
            day = self._runs.day_of(day_of(now, self._runs.pipeline.zone), now)
            results = self._look(spec, day, now, only)
        except BackendError as error:
            results = self._nothing_seen(spec, only, f"the calendar could not be read: {error}")
        return Report(
            check=check,
            run_id=run_id,
            cause=cause,
            as_of=now,
            started_at=started,
            finished_at=self._clock.now(),
            results=results,
            mode=day.mode if day else "",
            day=day.date if day else None,
        )

    def _look(self, spec: CheckSpec, day: Day, now: datetime, only: str) -> tuple[SubjectResult, ...]:
        if day.mode in spec.skip_modes and not only:
            reason = f"off calendar: {day.mode}" + (f" ({day.reason})" if day.reason else "")
            subjects = self._open(spec) or (spec.subject or day.date.isoformat(),)
            return tuple(SubjectResult(one, State.SKIPPED, reason) for one in subjects)
        ask = Ask(
            as_of=now,
            zone=self._runs.pipeline.zone,
            day=day,
            open_subjects=() if only else self._open(spec),
            only=only,
            day_of=lambda other: self._runs.day_of(other, now),
            timeout=spec.time_limit,
        )
        look = self._runs.looks[spec.kind]
        try:
            results = self._runs.within(lambda: vetted(look(spec, ask, self._runs.sight)), spec.time_limit)
        except (Exception, SystemExit) as error:
            return self._nothing_seen(spec, only, _words(error))
        return self._could_look(spec, only, results) or self._nothing_seen(spec, only, "the check looked at nothing")

    def _could_look(self, spec: CheckSpec, only: str, results: tuple[SubjectResult, ...]) -> tuple[SubjectResult, ...]:
        """A look that came to its end closes the alert that said that the check as a whole could not look."""
        if not results or only or any(one.subject == spec.name for one in results):
            return results
        doc = self._store.get("alerts", alert_id(spec.name, spec.name))
        if doc is None or doc.value["state"] != AlertState.FIRING:
            return results
        return (*results, SubjectResult(spec.name, State.PASS, "the check can look again"))

    def _open(self, spec: CheckSpec) -> tuple[str, ...]:
        """Subjects whose alert is open: they go on being judged until they pass."""
        where = (Where("check", "==", spec.name), Where("state", "==", "firing"))
        docs = self._store.find("alerts", *where, order_by="opened_at", descending=True, limit=200)
        return tuple(doc.value["subject"] for doc in docs if doc.value["subject"] != spec.name)

    def _nothing_seen(self, spec: CheckSpec, only: str, reason: str) -> tuple[SubjectResult, ...]:
        """ERROR for the check as a whole and for each subject that is open: none of them reads as healthy."""
        subjects = (only,) if only else (spec.name, *self._open(spec))
        return tuple(SubjectResult(subject, State.ERROR, reason) for subject in subjects)

    def _keep(self, report: Report) -> None:
        """The last result; each run and metric on its way to the warehouse, enough to replay. A store that is down is
        the caller's trouble."""
        at = to_text(report.finished_at)
        value = {"check": report.check, "at": at, "state": report.state.value, "cause": report.cause}
        worst = sorted(report.results, key=lambda one: _WORST.index(one.state))
        reasons = [f"{one.subject}: {one.reason}" for one in worst if one.reason][:5]
        counts = {state.value: sum(one.state is state for one in report.results) for state in State}
        latest = {
            **value,
            "run_id": report.run_id,
            "reasons": reasons,
            "counts": {k: v for k, v in counts.items() if v},
        }
        writes: list[Write] = [
            Put("latest", report.check, latest),
        ]
        for table, rows in (("check_runs", _runs_of(report)), ("check_metrics", _metrics_of(report))):
            for number, chunk in enumerate(_chunks(rows)):
                key = f"{table}-{_key(report)}-{number}"
                writes.append(Put("outbox", key, {"at": at, "table": table, "rows": chunk}))
        self._store.commit(*((write,) for write in writes))


def _words(error: BaseException) -> str:
    if isinstance(error, ResilienceError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"the check tried to end the process (exit {error.code})"
    return f"the check broke: {type(error).__name__}: {str(error)[:200]}"


def _key(report: Report) -> str:
    return hashlib.sha256(f"{report.run_id}\n{report.check}\n{report.started_at}".encode()).hexdigest()[:20]


def _chunks(rows: Iterable[object]) -> Iterator[list[object]]:
    chunk: list[object] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == ROWS_A_PARCEL:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _runs_of(report: Report) -> Iterator[object]:
    for one in report.results:
        yield dump(
            CheckRun(
                run_id=report.run_id,
                check=report.check,
                subject=one.subject,
                state=one.state.value,
                reason=one.reason,
                severity=one.finding.severity.value if one.finding else None,
                cause=report.cause,
                mode=report.mode,
                result=dump(one),
                started_at=report.started_at,
                finished_at=report.finished_at,
            )
        )


def _metrics_of(report: Report) -> Iterator[object]:
    for one in report.results:
        for metric in one.metrics:
            yield dump(
                CheckMetric(
                    check=report.check,
                    metric=metric.name,
                    subject=one.subject,
                    game_day=_day(one.subject),
                    value=metric.value,
                    limit=metric.limit,
                    mode=report.mode,
                    state=metric.state.value,
                    run_id=report.run_id,
                    at=report.finished_at,
                )
            )


def _day(subject: str) -> date | None:
    try:
        return date.fromisoformat(subject)
    except ValueError:
        return None
