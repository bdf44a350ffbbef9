"""Healing over a stretch of time, in figures and words: what ``/resilience patterns`` answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from schemas.heals import Outcome
from schemas.ports import StoreReader, Where
from schemas.times import from_text, to_text

from .audit import EVENTS

READ = 10_000  # events that are read for times and causes; counts are exact whatever their number
TOP = 5
WELL = 0.7  # healed by itself, of what may be: reference pipeline, section 9


@dataclass(frozen=True)
class TypeSummary:
    """One healing type. ``count`` has the five outcomes that count; ``median_seconds`` is from the wish's first act to
    the proof, None when nothing was healed."""

    healing_type: str
    count: int
    healed: int
    ineffective: int
    failed: int
    unverifiable: int
    median_seconds: float | None


@dataclass(frozen=True)
class CauseSummary:
    """A root cause with its share of all events that count, and how many of them failed."""

    root_cause: str
    count: int
    share: float
    failures: int
    healing_type: str


@dataclass(frozen=True)
class Summary:
    """``success_rate`` is healed of all that count, None when nothing did. ``needless`` and ``refused`` stand apart.
    ``partial``: more events than were read for times and causes."""

    since: datetime
    until: datetime
    total: int
    healed: int
    success_rate: float | None
    needless: int
    refused: int
    types: tuple[TypeSummary, ...]
    causes: tuple[CauseSummary, ...]
    recommendations: tuple[str, ...]
    partial: bool = False


def summary(store: StoreReader, since: datetime, until: datetime, healing_type: str = "") -> Summary:
    """Heals closed at since ≤ at < until, of one type or of all. BackendError when the store cannot be read."""
    counts = _counts(store, since, until, healing_type)
    events = _events(store, since, until, healing_type)
    types = tuple(_type(one, counts[one], events) for one in sorted(counts) if _sum(counts[one]))
    total, healed = sum(one.count for one in types), sum(one.healed for one in types)
    causes = _causes(events)
    return Summary(
        since=since,
        until=until,
        total=total,
        healed=healed,
        success_rate=healed / total if total else None,
        needless=sum(one[Outcome.NEEDLESS] for one in counts.values()),
        refused=sum(one[Outcome.REFUSED] for one in counts.values()),
        types=types,
        causes=causes,
        recommendations=_recommendations(types, causes),
        partial=len(events) >= READ,
    )


def _counts(store: StoreReader, since: datetime, until: datetime, healing_type: str) -> dict[str, Counter[Outcome]]:
    counts: dict[str, Counter[Outcome]] = {}
    for label, n in store.tally("heals", since, until).items():
        kind, _, outcome = label.rpartition("|")
        if healing_type in ("", kind):
            counts.setdefault(kind, Counter())[Outcome(outcome)] += n
    return counts


def _events(store: StoreReader, since: datetime, until: datetime, healing_type: str) -> list[Mapping[str, Any]]:
    """The newest events that count."""
    wheres = [Where("timestamp", ">=", to_text(since)), Where("timestamp", "<", to_text(until))]
    if healing_type:
        wheres.append(Where("healing_type", "==", healing_type))
    docs = store.find(EVENTS, *wheres, order_by="timestamp", descending=True, limit=READ)
    return [doc.value for doc in docs if Outcome(doc.value["outcome"]).counts]


def _sum(outcomes: Counter[Outcome]) -> int:
    return sum(n for outcome, n in outcomes.items() if outcome.counts)


def _type(name: str, outcomes: Counter[Outcome], events: Sequence[Mapping[str, Any]]) -> TypeSummary:
    took = [
        (from_text(event["finished_at"]) - from_text(event["started_at"])) / timedelta(seconds=1)
        for event in events
        if event["healing_type"] == name and event["success"] and event["started_at"]
    ]
    return TypeSummary(
        healing_type=name,
        count=_sum(outcomes),
        healed=outcomes[Outcome.HEALED],
        ineffective=outcomes[Outcome.INEFFECTIVE],
        failed=outcomes[Outcome.FAILED] + outcomes[Outcome.ABANDONED],
        unverifiable=outcomes[Outcome.UNVERIFIABLE],
        median_seconds=median(took) if took else None,
    )


def _causes(events: Sequence[Mapping[str, Any]]) -> tuple[CauseSummary, ...]:
    counted = Counter((event["healing_type"], event["root_cause"]) for event in events)
    failed = Counter(
        (event["healing_type"], event["root_cause"]) for event in events if Outcome(event["outcome"]).failure
    )
    return tuple(
        CauseSummary(cause, n, n / len(events), failed[kind, cause], kind)
        for (kind, cause), n in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    )


def _recommendations(types: Sequence[TypeSummary], causes: Sequence[CauseSummary]) -> tuple[str, ...]:
    """What to consider, each with its evidence."""
    words: list[str] = []
    for cause in causes:
        if cause.count >= 3 and cause.share >= 0.3:
            words.append(
                f"{cause.share:.0%} of the heals ({cause.count}) have one cause: {cause.root_cause}. "
                "Remove it at its source; healing it again hides it."
            )
        if cause.failures >= 2:
            words.append(
                f"{cause.healing_type} failed {cause.failures} of {cause.count} times for {cause.root_cause}. "
                "The remedy does not fit this cause; look for another."
            )
    for one in types:
        if one.count >= 5 and one.healed < WELL * one.count:
            words.append(f"{one.healing_type} healed {one.healed} of {one.count}: review the healer and its proof.")
        if one.unverifiable >= 2:
            words.append(f"{one.unverifiable} heals of {one.healing_type} could not be verified: mend the look back.")
    return tuple(words) or (("Nothing stands out.",) if types else ("Nothing was healed.",))
