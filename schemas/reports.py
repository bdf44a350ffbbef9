"""What a check saw. A Report has one result per subject; a finding is the only currency of bad news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    """The state of one subject. STALE and NEVER_RAN are how a missing result is seen from outside."""

    PASS = "PASS"
    FAIL = "FAIL"
    ERROR = "ERROR"  # could not look; never shown as healthy
    SKIPPED = "SKIPPED"  # not looked at on purpose; the reason says why
    STALE = "STALE"
    NEVER_RAN = "NEVER_RAN"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return ("info", "warning", "critical").index(self.value)


class MetricState(StrEnum):
    OK = "ok"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not_applicable"  # its own denominator is 0
    ERROR = "error"  # NULL over a positive denominator, missing, or not finite


@dataclass(frozen=True)
class Metric:
    """One measured value beside its limit. ``op`` is how it must stand: ``>=``, ``<=`` or ``==``."""

    name: str
    label: str
    value: float | None
    state: MetricState
    op: str = ""
    limit: float | None = None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Fact:
    """A labelled fact for the card: ("Expected", "136 players")."""

    label: str
    value: str


@dataclass(frozen=True)
class Remedy:
    """A heal on offer. ``target`` is the logical target (cooldowns are keyed on it); ``automatic`` asks nobody."""

    healer: str
    label: str
    target: str
    args: Mapping[str, str] = field(default_factory=dict)
    automatic: bool = False


@dataclass(frozen=True)
class Finding:
    """What is wrong with one subject. ``summary`` is one sentence with the number that matters.

    ``members`` are the things in trouble inside the subject (games, players, models); a new one is a reason to
    speak again. ``title`` is what and where, under 80 characters, without emoji.
    """

    title: str
    summary: str
    severity: Severity
    facts: tuple[Fact, ...] = ()
    members: tuple[str, ...] = ()
    members_label: str = ""
    remedies: tuple[Remedy, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True)
class SubjectResult:
    """The state of one subject with its reason in words; ``finding`` stands with FAIL, and only there."""

    subject: str
    state: State
    reason: str = ""
    metrics: tuple[Metric, ...] = ()
    finding: Finding | None = None
    took_ms: float = 0.0


@dataclass(frozen=True)
class Report:
    """One run of one check. ``cause`` is tick, manual, rerun or verify. Resolves only subjects it passed."""

    check: str
    run_id: str
    cause: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    results: tuple[SubjectResult, ...]
    mode: str = ""
    day: date | None = None

    @property
    def state(self) -> State:
        """The worst state of the subjects; no result at all is ERROR: nothing was looked at."""
        order = (State.ERROR, State.FAIL, State.PASS, State.SKIPPED)
        seen = {result.state for result in self.results}
        return next((state for state in order if state in seen), State.ERROR)
