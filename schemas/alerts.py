"""The life of a trouble: alerts, the marks people put on them, silences, and decisions with their reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .heals import HealRequest, HealState, Outcome
from .reports import Finding, Metric, Severity


class AlertState(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why the bot spoke, or why it kept silent. Every decision has one."""

    FIRST = "first"
    WORSE = "worse"
    NEW_MEMBER = "new_member"
    REMINDER = "reminder"
    REOPENED = "reopened"
    SNOOZE_ENDED = "snooze_ended"
    HEAL_FAILED = "heal_failed"
    RESOLVED = "resolved"
    # silence
    KNOWN = "known"
    SNOOZED = "snoozed"
    MUTED = "muted"
    OFF_CALENDAR = "off_calendar"
    YOUNG = "young"
    HEALTHY = "healthy"  # nothing wrong and nothing was: no alert exists
    MARKED = "marked"  # a person or the desk changed the card

    @property
    def speaks(self) -> bool:
        return self in _SPEAKING


_SPEAKING = frozenset(
    {
        Reason.FIRST,
        Reason.WORSE,
        Reason.NEW_MEMBER,
        Reason.REMINDER,
        Reason.REOPENED,
        Reason.SNOOZE_ENDED,
        Reason.HEAL_FAILED,
        Reason.RESOLVED,
    }
)


def alert_id(check: str, subject: str) -> str:
    """The fingerprint of a trouble: (check, subject), never its text. 16 hex digits."""
    return hashlib.sha256(f"{check}\n{subject}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Snooze:
    """A snooze as its alert carries it. ``until`` None: until resolved. Times UTC."""

    silence_id: str
    by: str
    why: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True)
class Acknowledgement:
    by: str
    at: datetime


@dataclass(frozen=True)
class HealNote:
    """What the bot did, as its alert carries it: the last word of one heal."""

    heal_id: str
    remedy: str
    healer: str
    state: HealState
    by: str
    at: datetime
    words: str = ""
    attempt: int = 1
    outcome: Outcome | None = None
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    approver: str = ""


@dataclass(frozen=True)
class Line:
    """One line of an alert's history: who, when, what."""

    at: datetime
    who: str
    words: str


@dataclass(frozen=True)
class Alert:
    """One trouble. The document's key is ``id``; ``episode`` counts its lives, each with its own card.

    ``broken`` means the check could not look (ERROR) and no finding is known. ``seen`` counts reports that found
    it; ``said_*`` is the last time the bot spoke, and why. ``next_at`` is when the answer may change by time alone.
    """

    id: str
    check: str
    subject: str
    channel: str
    state: AlertState
    severity: Severity
    finding: Finding
    opened_at: datetime
    last_seen_at: datetime
    metrics: tuple[Metric, ...] = ()
    broken: bool = False
    errors_in_row: int = 0
    error: str = ""
    seen: int = 1
    episode: int = 1
    said_at: datetime | None = None
    said_reason: Reason | None = None
    said_severity: Severity | None = None
    last_reason: Reason = Reason.FIRST
    last_rule: str = ""
    last_decided_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    snooze: Snooze | None = None
    ack: Acknowledgement | None = None
    heal: HealNote | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)  # remedy healer → heals asked for in this episode
    history: tuple[Line, ...] = ()
    run_id: str = ""
    next_at: datetime | None = None

    @property
    def card(self) -> str:
        """The key of this episode's card."""
        return f"{self.id}-{self.episode}"

    @property
    def firing(self) -> bool:
        return self.state is AlertState.FIRING


@dataclass(frozen=True)
class Silence:
    """A record of one snooze; listed by ``/resilience snoozes``. ``ended_at`` is None while it holds."""

    id: str
    alert_id: str
    check: str
    subject: str
    by: str
    why: str
    created_at: datetime
    until: datetime | None
    ended_at: datetime | None = None
    ended_by: str = ""


class MarkKind(StrEnum):
    SNOOZE = "snooze"
    WAKE = "wake"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    HEAL = "heal"  # the desk tells how far a heal is


@dataclass(frozen=True)
class Mark:
    """What a person did to an alert (or the desk told of it). ``mark_id`` makes a repeated mark the same mark."""

    kind: MarkKind
    alert_id: str
    by: str
    at: datetime
    mark_id: str
    until: datetime | None = None
    why: str = ""
    heal: HealNote | None = None


@dataclass(frozen=True)
class Decision:
    """What `policy.decide` answers: the alert as it shall be, why, what is said, what is asked of the desk.

    ``alert`` None means that there is nothing to keep (healthy before and after). ``rule`` names the rule and its
    key in ``resilience.yaml``. ``line`` goes to the alert's history and thread when not empty.
    """

    reason: Reason
    rule: str
    alert: Alert | None = None
    next_at: datetime | None = None
    line: Line | None = None
    requests: tuple[HealRequest, ...] = ()
    silence: Silence | None = None
    redraw: bool = True
