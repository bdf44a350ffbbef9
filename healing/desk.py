"""The one door of every heal: ask, plan, and one short durable step at a time that any instance can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.errors import Denied, Missing, ResilienceError, Unavailable, UsageError
from schemas.heals import Heal, Healer, HealRequest, HealState, Plan
from schemas.nearest import suggest
from schemas.ports import Create, Doc, Done, Hands, Put, Store, Where
from schemas.times import to_text
from schemas.trail import TrailKind, TrailRecord

from . import guard
from .audit import Audit
from .bench import Bench, Limits, Pace, T, Trouble
from .moves import Mover, highest, seen_of, value_of
from .steps import STEPS


@dataclass(frozen=True)
class Asked:
    """The answer to a wish: the heal that stands for it, and whether this wish made it."""

    heal: Heal
    created: bool

    @property
    def words(self) -> str:
        """What the one who asked is told."""
        heal, request = self.heal, self.heal.request
        if self.created:
            return f"{request.label or request.healer} is on its way"
        if heal.outcome is not None and heal.finished_at is not None:
            return f"done by {request.actor} at {heal.finished_at:%H:%M} UTC: {heal.outcome}, {heal.words}"
        return f"already running, started by {request.actor} at {request.requested_at:%H:%M} UTC: {heal.words}"


@dataclass(frozen=True)
class Pending:
    """What is under way, for ``status``. ``paused`` says why nothing heals; ``resting`` names healers whose breaker is
    open, with the reason."""

    running: tuple[Heal, ...]
    waiting: tuple[Heal, ...]
    approvals: tuple[Heal, ...]
    paused: str
    resting: Mapping[str, str]


class Desk:
    """``identity`` is this process's own name, new at each start. All times are handed down as ``now``."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        hands: Hands,
        healers: Mapping[str, Healer],
        limits: Limits,
        identity: str,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._audit = audit
        self.bench = Bench(Mover(store, audit, identity), healers, hands, limits, pace or Pace(), ask)

    # --- asking ---------------------------------------------------------------------------------------------------

    def creation(self, request: HealRequest, now: datetime) -> Create:
        """The write that asks, for a commit of the caller's own. Lost: somebody asked before. UsageError: no such
        healer, with the nearest name."""
        healer = self._healer(request.healer)
        risk = highest(self.bench.spec(request.healer).risk, healer.risk)
        heal = Heal(
            id=request.id,
            request=request,
            state=HealState.REQUESTED,
            risk=risk,
            words="asked for",
            next_at=now,
        )
        return Create("heals", request.id, value_of(heal, "ask"))

    def ask(self, request: HealRequest, now: datetime) -> Asked:
        """Asks for a heal. All who ask for the same attempt of the same remedy get the same heal; one made it."""
        creation = self.creation(request, now)
        try:
            created = isinstance(self._store.commit((creation,))[0], Done)
        except Unavailable:
            heal = self.get(request.id)
            if heal is None:
                raise
            return Asked(heal, heal.request == request)
        heal = self.get(request.id)
        if heal is None:
            raise Unavailable(f"{request.id} was not found after it was asked for", part="store")
        return Asked(heal, created)

    def plan(self, request: HealRequest, now: datetime) -> Plan:
        """What the heal would do now, and whether it would be let through. Changes nothing. BackendError when the
        target or the guard's store cannot be looked at."""
        healer, spec = self._healer(request.healer), self.bench.spec(request.healer)
        look = ask(lambda: healer.look(request, self.bench.hands, now))
        if isinstance(look, Trouble):
            raise ResilienceError(f"{request.healer} could not look at {request.target}: {look.words}")
        plan = Plan(
            title=f"{request.label or request.healer}: {request.target}",
            steps=(),
            verified_by=healer.verified_by,
            risk=highest(spec.risk, healer.risk, look.risk),
            words=look.words,
            needless=look.needless,
            refusal=look.refusal or self._refusal(request, now),
        )
        if look.refusal or look.needless:
            return plan
        steps = ask(lambda: healer.steps(request, look))
        if isinstance(steps, Trouble):
            raise ResilienceError(f"{request.healer} has no plan for {request.target}: {steps.words}")
        return replace(plan, steps=steps)

    def _refusal(self, request: HealRequest, now: datetime) -> str:
        stopped = self.bench.limits.off_calendar(request, now)
        if stopped:
            return stopped
        mover, spec = self.bench.mover, self.bench.spec(request.healer)
        verdict = guard.admit(spec, mover.book(spec.name), mover.fleet(), request, self.bench.limits.caps, now)
        waits = isinstance(verdict, guard.Refused) and verdict.wait_until is None
        return verdict.words if isinstance(verdict, guard.Refused) and waits else ""

    # --- going on -------------------------------------------------------------------------------------------------

    def due(self, now: datetime, limit: int = 50) -> list[str]:
        """Ids of the heals whose next step is due, the longest waiting first."""
        docs = self._store.find("heals", Where("next_at", "<=", to_text(now)), order_by="next_at", limit=limit)
        return [doc.key for doc in docs]

    def step(self, heal_id: str, now: datetime) -> bool:
        """Takes one short durable step; whether it moved. BackendError of our own store leaves the heal as it is."""
        seen = self.bench.mover.read(heal_id)
        if seen is None or seen.heal.state is HealState.CLOSED:
            return False
        heal = seen.heal
        if heal.next_at is not None and now < heal.next_at:
            return False
        healer = self.bench.healers.get(heal.request.healer)
        if healer is None:
            return self.bench.fail(
                seen, f"there is no healer {heal.request.healer!r} any more", now, acting=heal.started_at is not None
            )
        return STEPS[heal.state](self.bench, seen, healer, now)

    # --- the kill switch ------------------------------------------------------------------------------------------

    def pause(self, by: str, why: str, now: datetime) -> None:
        """Nothing starts from now on; a heal that has begun to act is brought to its end."""
        state = {"paused": True, "by": by, "why": why, "at": to_text(now)}
        words = f"paused healing: {why}" if why else "paused healing"
        self._switch({"paused_by": by, "paused_why": why, "paused_at": now}, state, by, words, now)

    def resume(self, by: str, now: datetime) -> None:
        state = {"paused": False, "by": by, "why": "", "at": to_text(now)}
        self._switch({"paused_by": "", "paused_why": "", "paused_at": None}, state, by, "resumed healing", now)

    def _switch(self, fleet: dict[str, Any], state: dict[str, Any], by: str, words: str, now: datetime) -> None:
        record = TrailRecord(TrailKind.SWITCH, now, by, words, record_id=f"switch:healing:{to_text(now)}:{by}")
        self.bench.mover.switch(fleet, [Put("switches", "healing", state)], record)

    # --- looking --------------------------------------------------------------------------------------------------

    def get(self, heal_id: str) -> Heal | None:
        seen = self.bench.mover.read(heal_id)
        return None if seen is None else seen.heal

    def untold(self, limit: int = 50) -> list[Heal]:
        """Heals that have moved since their alert was last told."""
        return _heals(self._store.find("heals", Where("untold", "==", 1), limit=limit))

    def told(self, heal_id: str, step: int) -> bool:
        """Notes that the alert has been told of this ``step``."""
        return self.bench.mover.told(heal_id, step)

    def pending(self, now: datetime) -> Pending:
        """What is under way now. At most 1,000 heals."""
        heals = _heals(self._store.find("heals", Where("open", "==", 1)))
        idle = (HealState.REQUESTED, HealState.APPROVAL)
        books = {name: self.bench.mover.book(name) for name in self.bench.limits.healers}
        resting = {name: guard.resting(self.bench.spec(name), book, now) for name, book in books.items()}
        return Pending(
            running=tuple(heal for heal in heals if heal.state not in idle),
            waiting=tuple(heal for heal in heals if heal.state is HealState.REQUESTED),
            approvals=tuple(heal for heal in heals if heal.state is HealState.APPROVAL),
            paused=guard.paused(self.bench.mover.fleet()),
            resting={name: words for name, words in resting.items() if words},
        )

    def _healer(self, name: str) -> Healer:
        healer = self.bench.healers.get(name)
        if healer is None:
            raise UsageError(f"there is no healer {name!r} ({suggest(name, self.bench.healers)})")
        return healer


def _heals(docs: Sequence[Doc]) -> list[Heal]:
    return [seen_of(doc).heal for doc in docs]


def ask(call: Callable[[], T]) -> T | Trouble:
    """Asks a healer. A fault of its own never leaves a heal stuck: it is told by its class."""
    try:
        return call()
    except (Denied, Missing) as no:
        return Trouble("denied", str(no))
    except ResilienceError as silence:
        return Trouble("unknown", str(silence))
    except Exception as bug:
        return Trouble("bug", f"the healer broke ({type(bug).__name__})")
