"""The guard: budgets, cooldowns, attempts, the breaker, the kill switch and the fleet's cap, as a pure decision.

Its two documents (`guards/<healer>` and `guards/fleet`) are replaced on the versions seen in the commit of the claim,
so that two claims can never both take the last place. Rules: reference pipeline, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from schemas.durations import say_duration
from schemas.heals import HealRequest, Outcome
from schemas.pipeline import HealerSpec
from schemas.times import to_text

FLEET = "fleet"
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
RUN = timedelta(minutes=15)  # how long the targets of one run count against its limit
WAIT = timedelta(seconds=5)


@dataclass(frozen=True)
class Claim:
    """One heal that was let through. Kept for a day, or for the cooldown where that is longer."""

    at: datetime
    heal: str
    target: str
    alert: str


@dataclass(frozen=True)
class HealerBook:
    """What the guard remembers of one healer. ``failures`` in a row since the last healed; ``opened_at`` is set while
    the breaker is open or half open; ``probing`` is the heal that tries whether it may close."""

    claims: tuple[Claim, ...] = ()
    failures: int = 0
    opened_at: datetime | None = None
    probing: str = ""


@dataclass(frozen=True)
class FleetBook:
    """What the guard remembers of all healers: the heals under way, the claims of recent runs, the kill switch."""

    running: tuple[str, ...] = ()
    runs: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    paused_by: str = ""
    paused_why: str = ""
    paused_at: datetime | None = None


@dataclass(frozen=True)
class Caps:
    """Limits over all healers."""

    fleet: int = 5
    targets_per_run: int = 10


@dataclass(frozen=True)
class Admitted:
    """Let through: the documents as they shall be."""

    book: HealerBook
    fleet: FleetBook


@dataclass(frozen=True)
class Refused:
    """Not let through, in words. ``wait_until`` set: only for now, the heal stays in the queue."""

    words: str
    wait_until: datetime | None = None


def run_of(request: HealRequest) -> str:
    """What "one run" means for a request: the check's run, or the moment it was asked for."""
    return request.run_id or to_text(request.requested_at)


def admit(
    spec: HealerSpec, book: HealerBook, fleet: FleetBook, request: HealRequest, caps: Caps, now: datetime
) -> Admitted | Refused:
    """Whether this heal may start now."""
    book, fleet = _pruned(spec, book, now), _fresh(fleet, now)
    refusal = (
        _switch(fleet) or _target(spec, book, request, now) or _breaker(spec, book, now) or _budget(spec, book, now)
    )
    if refusal is not None:
        return refusal
    run = run_of(request)
    claimed = fleet.runs.get(run, ())
    if len(claimed) >= caps.targets_per_run:
        words = f"waiting: {len(claimed)} targets of one run were taken on, the limit is {caps.targets_per_run}"
        return Refused(words, min(claimed) + RUN)
    if len(fleet.running) >= caps.fleet:
        return Refused(f"waiting: {len(fleet.running)} heals are running, the limit is {caps.fleet}", now + WAIT)
    claim = Claim(now, request.id, request.target, request.alert_id)
    probing = request.id if book.opened_at is not None else ""
    return Admitted(
        replace(book, claims=(*book.claims, claim), probing=probing),
        replace(fleet, running=(*fleet.running, request.id), runs={**fleet.runs, run: (*claimed, now)}),
    )


def release(
    spec: HealerSpec, book: HealerBook, fleet: FleetBook, heal: str, outcome: Outcome, now: datetime
) -> tuple[HealerBook, FleetBook]:
    """The documents after a claimed heal was closed. Nothing was done in a needless or refused one: it costs nothing.

    The breaker counts every failure, *ineffective* too, and only *healed* closes it.
    """
    book, fleet = _pruned(spec, book, now), _fresh(fleet, now)
    if outcome in (Outcome.NEEDLESS, Outcome.REFUSED):
        book = replace(book, claims=tuple(claim for claim in book.claims if claim.heal != heal))
    probed = book.probing == heal
    if probed:
        book = replace(book, probing="")
    if outcome is Outcome.HEALED:
        book = replace(book, failures=0, opened_at=None, probing="")
    elif outcome.failure:
        failures = book.failures + 1
        opens = probed or (book.opened_at is None and failures >= spec.breaker_failures)
        book = replace(book, failures=failures, opened_at=now if opens else book.opened_at)
    return book, replace(fleet, running=tuple(one for one in fleet.running if one != heal))


def paused(fleet: FleetBook) -> str:
    """Why nothing heals at all, in words; empty while the kill switch is off."""
    if fleet.paused_at is None:
        return ""
    why = f": {fleet.paused_why}" if fleet.paused_why else ""
    return f"healing was paused by {fleet.paused_by} at {fleet.paused_at:%Y-%m-%d %H:%M} UTC{why}"


def resting(spec: HealerSpec, book: HealerBook, now: datetime) -> str:
    """Why the healer's breaker lets nothing through, in words; empty while it does."""
    refusal = _breaker(spec, book, now)
    return refusal.words if refusal else ""


def _pruned(spec: HealerSpec, book: HealerBook, now: datetime) -> HealerBook:
    since = now - max(DAY, spec.cooldown)
    return replace(book, claims=tuple(claim for claim in book.claims if claim.at > since))


def _fresh(fleet: FleetBook, now: datetime) -> FleetBook:
    recent = {run: tuple(at for at in taken if at > now - RUN) for run, taken in fleet.runs.items()}
    return replace(fleet, runs={run: taken for run, taken in recent.items() if taken})


def _switch(fleet: FleetBook) -> Refused | None:
    words = paused(fleet)
    return Refused(words) if words else None


def _target(spec: HealerSpec, book: HealerBook, request: HealRequest, now: datetime) -> Refused | None:
    mine = [claim for claim in book.claims if claim.target == request.target]
    tried = sum(claim.alert == request.alert_id for claim in mine if claim.at > now - DAY)
    if request.attempt > spec.attempts or (request.alert_id and tried >= spec.attempts):
        return Refused(f"{spec.name} was tried {spec.attempts} times for this alert already; a person must look")
    last = max((claim.at for claim in mine), default=None)
    if last is not None and now - last < spec.cooldown:
        again = last + spec.cooldown
        words = f"{spec.name} ran for {request.target} {say_duration(now - last)} ago; again from {again:%H:%M} UTC"
        return Refused(words)
    return None


def _breaker(spec: HealerSpec, book: HealerBook, now: datetime) -> Refused | None:
    if book.opened_at is None:
        return None
    again = book.opened_at + spec.breaker_rest
    if now < again:
        return Refused(f"{spec.name} rests until {again:%H:%M} UTC: {book.failures} heals in a row did not help")
    if book.probing:
        return Refused(f"{spec.name} is being tried once by {book.probing} after {book.failures} failures in a row")
    return None


def _budget(spec: HealerSpec, book: HealerBook, now: datetime) -> Refused | None:
    for span, most, name in ((HOUR, spec.hourly, "hour"), (DAY, spec.daily, "day")):
        used = sum(claim.at > now - span for claim in book.claims)
        if used >= most:
            return Refused(f"{spec.name} used its budget of {most} heals in one {name}")
    return None
