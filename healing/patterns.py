"""Healing that happens too often, judged as a check: a report on the ordinary road (reference pipeline, section 6).

Subject: ``<healing_type>/<level>``. Counts come from the store's exact tallies, from the first five outcomes only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from schemas.durations import say_duration
from schemas.heals import Outcome
from schemas.pipeline import PatternSpec
from schemas.ports import StoreReader, Where
from schemas.reports import Fact, Finding, Metric, MetricState, State, SubjectResult
from schemas.times import to_text

from .audit import EVENTS

CHECK = "healing_patterns"
NOW = timedelta(microseconds=1)  # a window ends after the event that is being judged
CAUSES = 500  # events of a window that are read for their causes


def judge(
    store: StoreReader, specs: Sequence[PatternSpec], healing_types: Iterable[str], now: datetime
) -> tuple[SubjectResult, ...]:
    """One result for every healing type and level; the quiet ones pass, so that their alerts close. BackendError when
    the store cannot be read."""
    tallies = {spec.window: _counted(store, spec.window, now) for spec in specs}
    runs = {spec.window: _runs(store, spec.window, now) for spec in specs if spec.runs}
    seen = {one for counted in tallies.values() for one in counted}
    results: list[SubjectResult] = []
    for one in sorted({*healing_types, *seen}):
        for spec in specs:
            outcomes = tallies[spec.window].get(one, Counter())
            ran = runs[spec.window][one] if spec.runs else 0
            results.append(_judged(store, spec, one, outcomes, ran, now))
    return tuple(results)


def level_of(subject: str) -> str:
    """The level that a subject of this check belongs to; each level has its own channel and cooldown."""
    return subject.rpartition("/")[2]


def _judged(
    store: StoreReader, spec: PatternSpec, healing_type: str, outcomes: Mapping[Outcome, int], runs: int, now: datetime
) -> SubjectResult:
    total, failures = sum(outcomes.values()), sum(n for outcome, n in outcomes.items() if outcome.failure)
    subject, span = f"{healing_type}/{spec.level}", say_duration(spec.window)
    by_rate = spec.failure_rate > 0
    metric = _metric(spec, total, failures)
    if not _holds(spec, total, failures, runs):
        return SubjectResult(subject, State.PASS, f"{total} heals in {span}, {failures} failed", (metric,))
    if by_rate:
        said = f"{failures} of {total} heals in {span} failed ({failures / total:.0%}, at most {spec.failure_rate:.0%})"
        title = f"{healing_type}: heals fail ({spec.level})"
    else:
        from_runs = f" from {runs} runs" if spec.runs else ""
        said = f"{total} heals in {span}{from_runs}; {spec.count} or more are too many"
        title = f"{healing_type}: {total} heals in {span} ({spec.level})"
    facts = [Fact("By outcome", ", ".join(f"{n} {outcome.value}" for outcome, n in sorted(outcomes.items())))]
    causes = _causes(store, healing_type, now - spec.window, now)
    if causes:
        facts.append(Fact("Top causes", "\n".join(f"{n} × {cause}" for cause, n in causes)))
    finding = Finding(title[:79], said, spec.severity, facts=tuple(facts))
    return SubjectResult(subject, State.FAIL, said, (metric,), finding)


def _holds(spec: PatternSpec, total: int, failures: int, runs: int) -> bool:
    if spec.failure_rate > 0:
        return total >= max(spec.events, 1) and failures > spec.failure_rate * total
    return total >= max(spec.count, 1) and runs >= spec.runs


def _metric(spec: PatternSpec, total: int, failures: int) -> Metric:
    if spec.failure_rate > 0:
        rate, limit = (failures / total if total else None), spec.failure_rate
        quiet = MetricState.NOT_APPLICABLE if total < max(spec.events, 1) else MetricState.OK
        state = MetricState.VIOLATED if _holds(spec, total, failures, 0) else quiet
        return Metric("failure_rate", "Failure rate", rate, state, "<=", limit)
    state = MetricState.VIOLATED if total >= max(spec.count, 1) else MetricState.OK
    return Metric("heals", "Heals", float(total), state, "<=", float(max(spec.count, 1) - 1))


def _counted(store: StoreReader, window: timedelta, now: datetime) -> dict[str, Counter[Outcome]]:
    counted: dict[str, Counter[Outcome]] = {}
    for label, n in store.tally("heals", now - window + NOW, now + NOW).items():
        healing_type, _, outcome = label.rpartition("|")
        if Outcome(outcome).counts:
            counted.setdefault(healing_type, Counter())[Outcome(outcome)] += n
    return counted


def _runs(store: StoreReader, window: timedelta, now: datetime) -> Counter[str]:
    return Counter(label.partition("|")[0] for label in store.tally("heal_runs", now - window + NOW, now + NOW))


def _causes(store: StoreReader, healing_type: str, since: datetime, until: datetime) -> list[tuple[str, int]]:
    docs = store.find(
        EVENTS,
        Where("healing_type", "==", healing_type),
        Where("timestamp", ">", to_text(since)),
        Where("timestamp", "<=", to_text(until)),
        order_by="timestamp",
        descending=True,
        limit=CAUSES,
    )
    causes = Counter(doc.value["root_cause"] for doc in docs if Outcome(doc.value["outcome"]).counts)
    return causes.most_common(3)
