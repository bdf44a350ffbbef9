"""A dated canary: one SQL query that gives one row of metrics for a game day, judged against the day's slate.

Rules of "judged from", slate, NULL and error: reference pipeline, section 4. The query gets ``@day`` (DATE, the last
day of the window), ``@from_day`` (its first), ``@as_of`` (TIMESTAMP) and the slate's numbers by name (INT64).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from schemas.errors import BackendError
from schemas.limits import judge_metrics, names_of, overall
from schemas.pipeline import CheckSpec, Day
from schemas.ports import Sight
from schemas.questions import Ask
from schemas.reports import Metric, MetricState, State, SubjectResult

from . import _days
from ._asking import parameters_in
from ._words import finding_of, members_of


def look(spec: CheckSpec, ask: Ask, sight: Sight) -> tuple[SubjectResult, ...]:
    """One result per game date: that of the window, then open dates, newest first. Never raises BackendError.

    A check with a subject of its own has one result. ``only`` may also be the check's own name, the subject of a check
    that could not run at all: it passes by running.
    """
    if ask.only == spec.name:
        seen = look(spec, replace(ask, only=""), sight)
        return (*seen, _itself(spec, seen))
    if ask.only and not spec.subject:
        return tuple(_listed(spec, ask, sight, (ask.only,), opened=False))
    if ask.only not in ("", spec.subject):
        return (SubjectResult(ask.only, State.SKIPPED, f"not judged by dates: {spec.name} is about {spec.subject}"),)
    try:
        last = _days.newest(spec.window, ask)
    except BackendError as error:
        whole = (spec.subject,) if spec.subject else (spec.name, *ask.open_subjects)
        return tuple(SubjectResult(one, State.ERROR, str(error)) for one in whole)
    if spec.subject:
        return (_judge(spec, ask, sight, last, opened=False),)
    others = tuple(one for one in ask.open_subjects if one != last.isoformat())
    newest = _judge(spec, ask, sight, last, opened=last.isoformat() in ask.open_subjects)
    return (newest, *_listed(spec, ask, sight, others, opened=True))


def _itself(spec: CheckSpec, seen: tuple[SubjectResult, ...]) -> SubjectResult:
    broken = all(one.state is State.ERROR for one in seen)
    return SubjectResult(
        spec.name, *((State.ERROR, seen[0].reason) if broken else (State.PASS, "the check runs again"))
    )


def _listed(
    spec: CheckSpec, ask: Ask, sight: Sight, subjects: tuple[str, ...], *, opened: bool
) -> Iterator[SubjectResult]:
    """Results for named dates, newest first, at most five of them looked at; the rest say so."""
    dated, strange = _days.dates_of(subjects)
    for place, (day, subject) in enumerate(dated.items()):
        if place < _days.MOST_OPEN:
            yield _judge(spec, ask, sight, day, opened=opened)
        else:
            words = f"not looked at again: the {_days.MOST_OPEN} newest open dates come first"
            yield SubjectResult(subject, State.SKIPPED, words)
    for subject in strange:
        yield SubjectResult(subject, State.ERROR, f"{subject!r} is not a game date; write it like 2026-11-22")


def _judge(spec: CheckSpec, ask: Ask, sight: Sight, day: date, *, opened: bool) -> SubjectResult:
    """One game date. A date that is open is past its hour already, whatever the clock says now."""
    subject = spec.subject or day.isoformat()
    if not opened and (early := _too_early(spec, ask, day)):
        return SubjectResult(subject, State.SKIPPED, early)
    try:
        known = _days.day_at(day, ask)
        slate = _days.slate_of(spec, known, ask)
        if spec.needs and spec.needs not in slate:
            return SubjectResult(subject, State.ERROR, f"the calendar gives no number {spec.needs!r} for {day}")
        if not opened and not ask.only and known.mode in spec.skip_modes:
            return SubjectResult(subject, State.SKIPPED, f"off calendar on {day}: {known.mode}")
        if nothing := _days.empty_slate(slate, spec.needs, day):
            return SubjectResult(subject, State.SKIPPED, nothing)
        return _measured(spec, ask, sight, known, slate)
    except BackendError as error:
        return SubjectResult(subject, State.ERROR, str(error))


def _too_early(spec: CheckSpec, ask: Ask, day: date) -> str:
    """Why the day is not judged yet, or "". Who names a day that is over has it judged at any hour."""
    if ask.only == day.isoformat() and day < ask.day.date:
        return ""
    if spec.judged_from is not None:
        due = _days.due_at(spec.window, spec.judged_from, day, ask.zone)
        if ask.as_of < due:
            return f"not due before {_days.say_due(due, ask.as_of, ask.zone)}"
    elif day > ask.day.date:
        return f"not due before {day}"
    return ""


def _measured(spec: CheckSpec, ask: Ask, sight: Sight, day: Day, slate: Mapping[str, int]) -> SubjectResult:
    """Looks and judges. Raises BackendError."""
    subject = spec.subject or day.date.isoformat()
    rows = sight.warehouse.query(
        spec.sql, _parameters(spec, ask, day, slate), now=ask.as_of, timeout=ask.timeout, max_rows=2
    ).dicts()
    if len(rows) != 1:
        return SubjectResult(
            subject, State.ERROR, f"the query of {spec.name} must give one row, it gave {len(rows) or 'none'}"
        )
    row = rows[0]
    metrics = judge_metrics(spec.metrics, row, slate)
    state = overall(metrics)
    if state is State.FAIL:
        finding = finding_of(spec, day.date, metrics, row, names_of(row, slate))
        return SubjectResult(subject, state, finding.summary, metrics, finding)
    if state is State.PASS and members_of(spec, row) is None:
        state = State.ERROR
        return SubjectResult(subject, state, f"check broken: {spec.members} is missing from the answer", metrics)
    return _quiet(spec, subject, state, metrics)


def _quiet(spec: CheckSpec, subject: str, state: State, metrics: tuple[Metric, ...]) -> SubjectResult:
    """A result without finding: broken, nothing to judge, or within its limits."""
    if state is State.ERROR:
        broken = [f"{one.label} is {one.note}" for one in metrics if one.state is MetricState.ERROR]
        return SubjectResult(subject, state, f"check broken: {'; '.join(broken) or 'it has no metrics'}", metrics)
    judged = sum(one.state is MetricState.OK for one in metrics)
    if not judged:
        return SubjectResult(
            subject,
            State.ERROR if spec.needs else State.SKIPPED,
            "no metric is applicable: nothing was judged",
            metrics,
        )
    return SubjectResult(subject, state, f"{judged} of {len(metrics)} metrics within their limits", metrics)


def _parameters(spec: CheckSpec, ask: Ask, day: Day, slate: Mapping[str, int]) -> dict[str, Any]:
    """Those of our parameters that the query names."""
    known: dict[str, Any] = {
        **slate,
        "day": day.date,
        "from_day": _days.window_days(spec.window, day.date)[0],
        "as_of": ask.as_of,
    }
    return parameters_in(spec.sql, known)
