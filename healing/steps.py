"""One short durable step of a heal, by its state. Each ends in a move of the table (`healing.moves`), or in nothing.

An act is sent only by who won the move to *dispatching*, in the same step; whoever meets a heal there later comes
after a silence, and goes by the act's kind: *named* is sent again, *probeable* is looked for, *neither* is
for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.codec import dump
from schemas.heals import (
    ActKind,
    ActResult,
    ActState,
    Healer,
    HealState,
    Look,
    Outcome,
    Risk,
)

from . import guard
from .bench import Bench, Trouble
from .moves import Seen, highest
from .proof import verifying

Step = Callable[[Bench, Seen, Healer, datetime], bool]


def requested(bench: Bench, seen: Seen, healer: Healer, now: datetime) -> bool:
    """Look, then approval if the risk is high, then the guard."""
    heal, request = seen.heal, seen.heal.request
    calendar = bench.ask(lambda: bench.limits.off_calendar(request, now))
    if isinstance(calendar, Trouble):
        return _unseen(bench, seen, calendar, now, since=request.requested_at, later="wait")
    stopped = calendar or guard.paused(bench.mover.fleet())
    if stopped:
        return bench.close("refuse", seen, Outcome.REFUSED, stopped, now)
    look = bench.ask(lambda: healer.look(request, bench.hands, now))
    if isinstance(look, Trouble):
        return _unseen(bench, seen, look, now, since=request.requested_at, later="wait")
    if look.refusal or look.needless:
        return _ended(bench, seen, look, now)
    risk = highest(bench.spec(request.healer).risk, healer.risk, look.risk)
    if risk is not Risk.AUTO and request.source == "rule":
        words = f"{request.healer} has the risk {risk.value}: a person must ask for it"
        return bench.close("refuse", seen, Outcome.REFUSED, words, now, before=look.before)
    if risk is Risk.HIGH and (not heal.approver or dump(heal.before) != dump(look.before)):
        return _await_approval(bench, seen, look, risk, now)
    words = "started"
    claimed = bench.mover.claim(
        seen, bench.spec(request.healer), bench.limits.caps, now, before=look.before, risk=risk, words=words
    )
    if isinstance(claimed, guard.Refused):
        return _not_admitted(bench, seen, claimed, now)
    return claimed is not None


def _ended(bench: Bench, seen: Seen, look: Look, now: datetime) -> bool:
    """The look before acting ends the heal."""
    if look.refusal:
        return bench.close("refuse", seen, Outcome.REFUSED, look.refusal, now, before=look.before)
    return bench.close("needless", seen, Outcome.NEEDLESS, look.needless, now, before=look.before, after=look.before)


def _await_approval(bench: Bench, seen: Seen, look: Look, risk: Risk, now: datetime) -> bool:
    expires = now + bench.pace.approval
    words = f"waits for a second person's approval until {expires:%H:%M} UTC"
    moved = bench.mover.move(
        "await_approval",
        seen,
        state=HealState.APPROVAL,
        before=look.before,
        risk=risk,
        approver="",
        expires_at=expires,
        next_at=expires,
        words=words,
    )
    return moved is not None


def _not_admitted(bench: Bench, seen: Seen, refused: guard.Refused, now: datetime) -> bool:
    if refused.wait_until is None:
        return bench.close("refuse", seen, Outcome.REFUSED, refused.words, now)
    quiet = seen.heal.words == refused.words
    return bench.mover.move("wait", seen, quiet=quiet, words=refused.words, next_at=refused.wait_until) is not None


def _unseen(bench: Bench, seen: Seen, trouble: Trouble, now: datetime, *, since: datetime, later: str) -> bool:
    """The target could not be looked at: later again if that may help, for as long as is sensible."""
    if trouble.kind != "unknown" or now - since >= bench.pace.patience:
        return bench.fail(seen, trouble.words, now, acting=False)
    words = f"waiting: could not look: {trouble.words}"
    quiet = seen.heal.words == words
    return bench.mover.move(later, seen, quiet=quiet, words=words, next_at=now + bench.pace.retry) is not None


def approval(bench: Bench, seen: Seen, _healer: Healer, now: datetime) -> bool:
    """Passing time in *approval*: it expires."""
    if seen.heal.expires_at is not None and now < seen.heal.expires_at:
        return False
    return bench.close("expire", seen, Outcome.REFUSED, "the approval expired: no second person answered", now)


def claimed(bench: Bench, seen: Seen, healer: Healer, now: datetime) -> bool:
    """Look once more, make the intent durable, send the first act."""
    heal, request = seen.heal, seen.heal.request
    stopped = guard.paused(bench.mover.fleet())
    if stopped:
        return bench.close("refuse", seen, Outcome.REFUSED, stopped, now)
    look = bench.ask(lambda: healer.look(request, bench.hands, now))
    if isinstance(look, Trouble):
        return _unseen(bench, seen, look, now, since=heal.claimed_at or now, later="look_later")
    if look.refusal or look.needless:
        return _ended(bench, seen, look, now)
    if heal.approver and dump(look.before) != dump(heal.before):
        words = "what was approved has changed since; ask for it again"
        return bench.close("refuse", seen, Outcome.REFUSED, words, now, before=look.before)
    acts = bench.ask(lambda: healer.acts(request, look))
    if isinstance(acts, Trouble):
        return bench.fail(seen, acts.words, now, acting=False)
    if not acts:
        return _ended(bench, seen, replace(look, needless="there is nothing to do"), now)
    intended = bench.mover.move(
        "intend",
        seen,
        state=HealState.DISPATCHING,
        before=look.before,
        acts=acts,
        act=0,
        refs=(),
        dispatched_at=now,
        started_at=now,
        next_at=now + bench.pace.silence(acts[0].kind),
        words=acts[0].words,
    )
    return intended is not None and _send(bench, intended, healer, now)


def _send(bench: Bench, seen: Seen, healer: Healer, now: datetime) -> bool:
    """Sends the act under way. Only for who has just won the move to *dispatching*."""
    heal = seen.heal
    result = bench.ask(lambda: healer.perform(heal.acts[heal.act], heal, bench.hands, now))
    if isinstance(result, Trouble):
        return _not_sent(bench, seen, result, now)
    return _recorded(bench, seen, healer, result, now)


def _not_sent(bench: Bench, seen: Seen, trouble: Trouble, now: datetime) -> bool:
    heal = seen.heal
    if trouble.kind != "unknown":
        return bench.fail(seen, trouble.words, now, acting=heal.act > 0 or trouble.kind == "bug")
    return _in_doubt(bench, seen, trouble.words, now)


def _in_doubt(bench: Bench, seen: Seen, words: str, now: datetime) -> bool:
    heal = seen.heal
    act = heal.acts[heal.act]
    since = heal.dispatched_at or now
    if act.kind is ActKind.NEITHER or now - since >= bench.pace.patience:
        return bench.abandon(seen, f"whether it took effect is unknown ({act.words}): {words}", now)
    after = now + bench.pace.silence(act.kind)
    said = f"no answer, whether it took effect is unknown: {words}; again at {after:%H:%M:%S} UTC"
    return bench.mover.move("doubt", seen, words=said, next_at=after) is not None


def _recorded(bench: Bench, seen: Seen, healer: Healer, result: ActResult, now: datetime) -> bool:
    """What became of the act under way, as it was sent or found."""
    heal = seen.heal
    refs = (*heal.refs[: heal.act], result.ref)
    words = result.words or heal.words
    if result.state is ActState.FAILED:
        return bench.fail(seen, words, now, acting=True)
    if result.state is ActState.RUNNING:
        changes: dict[str, Any] = {"refs": refs, "words": words, "next_at": now + bench.pace.poll}
        if heal.state is HealState.RUNNING:
            return bench.mover.move("poll", seen, quiet=words == heal.words, **changes) is not None
        return bench.mover.move("sent", seen, state=HealState.RUNNING, **changes) is not None
    if result.state is not ActState.DONE:
        return bench.abandon(seen, f"it cannot be told what became of it: {words}", now)
    if heal.act + 1 < len(heal.acts):
        return _next_act(bench, seen, healer, refs, now)
    moved = bench.mover.move(
        "acted",
        seen,
        state=HealState.VERIFYING,
        refs=refs,
        verify_from=now + healer.settle,
        deadline_at=now + healer.deadline,
        next_at=now + healer.settle,
        words=f"looking whether it helped: {healer.verified_by}",
    )
    return moved is not None


def _next_act(bench: Bench, seen: Seen, healer: Healer, refs: tuple[str, ...], now: datetime) -> bool:
    heal = seen.heal
    act = heal.acts[heal.act + 1]
    intended = bench.mover.move(
        "next_act",
        seen,
        state=HealState.DISPATCHING,
        act=heal.act + 1,
        refs=refs,
        dispatched_at=now,
        next_at=now + bench.pace.silence(act.kind),
        words=act.words,
    )
    return intended is not None and _send(bench, intended, healer, now)


def dispatching(bench: Bench, seen: Seen, healer: Healer, now: datetime) -> bool:
    """Who sent the act has gone silent, or had no answer. By the document's age, never by a client's clock."""
    heal = seen.heal
    act = heal.acts[heal.act]
    silence = bench.pace.silence(act.kind)
    if seen.age < silence:
        return False
    if act.kind is ActKind.NEITHER:
        return bench.abandon(seen, f"whether it took effect is unknown ({act.words}): its sender went silent", now)
    taken = bench.mover.move("take_over", seen, words=f"taken over: {act.words}", next_at=now + silence)
    if taken is None:
        return False
    if act.kind is ActKind.NAMED:
        return _send(bench, taken, healer, now)
    found = bench.ask(lambda: healer.probe(act, taken.heal, bench.hands, now))
    if isinstance(found, Trouble):
        return _in_doubt(bench, taken, found.words, now)
    if found.state is ActState.ABSENT:
        return _send(bench, taken, healer, now)
    return _recorded(bench, taken, healer, found, now)


def running(bench: Bench, seen: Seen, healer: Healer, now: datetime) -> bool:
    """Polls the act by its name; anyone may."""
    heal = seen.heal
    act = heal.acts[heal.act]
    found = bench.ask(lambda: healer.probe(act, heal, bench.hands, now))
    if isinstance(found, Trouble) and found.kind == "bug":
        return bench.fail(seen, found.words, now, acting=True)
    if isinstance(found, Trouble):
        found = ActResult(ActState.RUNNING, heal.refs[heal.act], f"could not look: {found.words}")
    since = heal.dispatched_at or now
    if found.state is ActState.RUNNING and now - since >= bench.pace.longest_act:
        return bench.abandon(seen, f"it still runs after {bench.pace.longest_act} ({act.words})", now)
    return _recorded(bench, seen, healer, replace(found, ref=found.ref or heal.refs[heal.act]), now)


STEPS: Mapping[HealState, Step] = {
    HealState.REQUESTED: requested,
    HealState.APPROVAL: approval,
    HealState.CLAIMED: claimed,
    HealState.DISPATCHING: dispatching,
    HealState.RUNNING: running,
    HealState.VERIFYING: verifying,
}
