"""Healing as values: requests, heals, acts with their kinds, plans, outcomes and the healing event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .ports import Hands


class Risk(StrEnum):
    """auto: by itself within limits; confirm: one person, in a modal; high: a second person."""

    AUTO = "auto"
    CONFIRM = "confirm"
    HIGH = "high"


class ActKind(StrEnum):
    """named: the callee refuses a duplicate, so repeat; probeable: look for it first; neither: a person decides."""

    NAMED = "named"
    PROBEABLE = "probeable"
    NEITHER = "neither"


class HealState(StrEnum):
    """The states of a heal document. Each move is one short durable step that any instance can take over."""

    REQUESTED = "requested"
    APPROVAL = "approval"  # waits for a second person
    CLAIMED = "claimed"  # the guard let it through; the target is looked at once more before the first act
    DISPATCHING = "dispatching"  # the intent of act N is durable; the act may or may not have been sent
    RUNNING = "running"  # the act was sent and confirmed; it is polled by name
    VERIFYING = "verifying"  # all acts done; looking whether it helped
    CLOSED = "closed"


class Outcome(StrEnum):
    HEALED = "healed"
    INEFFECTIVE = "ineffective"  # completed without effect
    UNVERIFIABLE = "unverifiable"
    FAILED = "failed"
    ABANDONED = "abandoned"
    NEEDLESS = "needless"
    REFUSED = "refused"

    @property
    def counts(self) -> bool:
        """Patterns count the first five (reference pipeline, section 6)."""
        return self not in (Outcome.NEEDLESS, Outcome.REFUSED)

    @property
    def failure(self) -> bool:
        return self in (Outcome.INEFFECTIVE, Outcome.FAILED, Outcome.ABANDONED)


@dataclass(frozen=True)
class HealRequest:
    """Somebody's wish that a remedy be applied. ``id`` is deterministic, so that all roads to one heal converge.

    ``source`` is button, word, command or rule. ``channel`` is where the alert's card lives. ``run_id`` is the check's
    run behind it; where it is empty, ``requested_at`` stands for the run (limits per run, patterns "from 2 runs").
    """

    id: str
    alert_id: str
    check: str
    subject: str
    healer: str
    label: str
    target: str
    args: Mapping[str, str]
    actor: str
    source: str
    attempt: int
    reason: str
    requested_at: datetime
    channel: str = ""
    run_id: str = ""


def heal_id(alert: str, episode: int, healer: str, target: str, attempt: int) -> str:
    """``heal_`` + 12 hex, the same for everyone who asks for the same attempt of the same remedy."""
    seed = f"{alert}\n{episode}\n{healer}\n{target}\n{attempt}"
    return "heal_" + hashlib.sha256(seed.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Act:
    """One outside effect. ``name`` is what the callee or the probe knows it by, unique per heal."""

    name: str
    kind: ActKind
    words: str


@dataclass(frozen=True)
class Look:
    """What a healer saw before acting. ``refusal`` or ``needless`` in words end the heal before any act."""

    before: Mapping[str, object]
    words: str
    needless: str = ""
    refusal: str = ""
    risk: Risk = Risk.CONFIRM


@dataclass(frozen=True)
class Plan:
    """What will happen, in words and figures, for the modal and ``--dry-run``.

    ``needless`` or ``refusal`` in words: nothing would be done, and why. ``words`` says what was seen."""

    title: str
    steps: tuple[str, ...]
    verified_by: str
    risk: Risk
    words: str = ""
    needless: str = ""
    refusal: str = ""


class ActState(StrEnum):
    ABSENT = "absent"  # certainly not there
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"  # cannot be told; a person decides


@dataclass(frozen=True)
class ActResult:
    """How an act stands. ``ref`` is the callee's own name for it (an execution)."""

    state: ActState
    ref: str = ""
    words: str = ""


class VerdictState(StrEnum):
    HEALED = "healed"
    NOT_YET = "not_yet"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True)
class Verdict:
    """Whether looking again shows the effect. NOT_YET at the deadline becomes ineffective."""

    state: VerdictState
    after: Mapping[str, object]
    words: str


@dataclass(frozen=True)
class Heal:
    """The heal document. ``step`` counts durable moves, ``act`` is the index of the act under way.

    ``owner`` holds the heal by the age of this document (the store's clock), not by any client's clock.
    ``told`` is the last ``step`` that its alert has been told of.
    """

    id: str
    request: HealRequest
    state: HealState
    step: int = 0
    act: int = 0
    acts: tuple[Act, ...] = ()
    refs: tuple[str, ...] = ()
    owner: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    outcome: Outcome | None = None
    words: str = ""
    risk: Risk = Risk.CONFIRM
    approver: str = ""
    expires_at: datetime | None = None
    claimed_at: datetime | None = None
    dispatched_at: datetime | None = None
    started_at: datetime | None = None
    verify_from: datetime | None = None
    deadline_at: datetime | None = None
    finished_at: datetime | None = None
    next_at: datetime | None = None
    told: int = -1


class Healer(Protocol):
    """One deed. Pure of state: everything it learns is in the arguments, everything it does is an act."""

    name: str
    healing_type: str
    risk: Risk
    settle: timedelta  # wait before the first look after the last act
    deadline: timedelta  # from the last act to giving up: NOT_YET becomes ineffective
    verified_by: str

    def look(self, request: HealRequest, hands: Hands, now: datetime) -> Look:
        """See the target before acting; raises BackendError when it cannot."""

    def acts(self, request: HealRequest, look: Look) -> tuple[Act, ...]:
        """The outside effects, in order."""

    def steps(self, request: HealRequest, look: Look) -> tuple[str, ...]:
        """The plan in words and figures, one line an act."""

    def perform(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:
        """Send the act. Unavailable means: whether it took effect is unknown. Denied: it did not."""

    def probe(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:
        """Look whether the act is there: after a crash, and while it runs."""

    def verify(self, heal: Heal, hands: Hands, now: datetime) -> Verdict:
        """Look again at the world, not at the act's own word."""
