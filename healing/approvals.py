"""A second person for healers of risk *high*. What was approved is looked at again: what changed is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.codec import dump
from schemas.errors import Unavailable
from schemas.heals import Heal, HealState, Look, Outcome
from schemas.trail import TrailKind, TrailRecord

from .bench import Trouble
from .desk import Desk
from .moves import Seen


@dataclass(frozen=True)
class Answer:
    """What came of an approval or a refusal, in words for the person."""

    done: bool
    words: str
    heal: Heal | None = None


class Approvals:
    """Whether the person belongs to the audience is for the caller to see, at the time of the press."""

    def __init__(self, desk: Desk) -> None:
        self._bench = desk.bench

    def approve(self, heal_id: str, by: str, now: datetime) -> Answer:
        """Lets the heal go on, unless its target changed since it was asked for: then it must be approved anew."""
        seen, refusal = self._waiting(heal_id, by, now)
        if seen is None:
            return refusal
        request = seen.heal.request
        if by == request.actor:
            return Answer(False, "You asked for this heal, so you cannot approve it; another person must.", seen.heal)
        healer = self._bench.healers.get(request.healer)
        if healer is None:
            return Answer(False, f"there is no healer {request.healer!r} any more", seen.heal)
        look = self._bench.ask(lambda: healer.look(request, self._bench.hands, now))
        if isinstance(look, Trouble):
            return Answer(False, f"not approved: could not look at {request.target}: {look.words}", seen.heal)
        if dump(look.before) != dump(seen.heal.before):
            return self._ask_again(seen, look, by, now)
        words = "approved"
        moved = self._bench.mover.move(
            "approve",
            seen,
            records=[_mark(seen.heal, "approve", by, words, now)],
            state=HealState.REQUESTED,
            approver=by,
            next_at=now,
            words=words,
        )
        return self._answer(seen, moved, words)

    def decline(self, heal_id: str, by: str, now: datetime) -> Answer:
        """Ends the heal as refused. The one who asked may take it back too."""
        seen, refusal = self._waiting(heal_id, by, now)
        if seen is None:
            return refusal
        words = "declined"
        done = self._bench.close("decline", seen, Outcome.REFUSED, words, now, approver=by)
        fresh = self._bench.mover.read(heal_id)
        return Answer(done, words if done else "Somebody else was first", fresh.heal if fresh else None)

    def _waiting(self, heal_id: str, by: str, now: datetime) -> tuple[Seen | None, Answer]:
        """The heal while it waits for approval, else why there is nothing to approve."""
        seen = self._bench.mover.read(heal_id)
        if seen is None:
            return None, Answer(False, f"there is no heal {heal_id}")
        heal = seen.heal
        if heal.state is not HealState.APPROVAL:
            if heal.approver == by:
                return None, Answer(True, f"You have answered already: {heal.words}", heal)
            return None, Answer(False, f"Nothing to approve: {heal.state.value}, {heal.words}", heal)
        if heal.expires_at is not None and now >= heal.expires_at:
            return None, Answer(False, f"The approval expired at {heal.expires_at:%H:%M} UTC", heal)
        return seen, Answer(True, "")

    def _ask_again(self, seen: Seen, look: Look, by: str, now: datetime) -> Answer:
        expires = now + self._bench.pace.approval
        words = f"changed since it was asked for, now {look.words}; waits for approval until {expires:%H:%M} UTC"
        moved = self._bench.mover.move(
            "ask_again",
            seen,
            records=[_mark(seen.heal, "ask_again", by, words, now)],
            before=look.before,
            expires_at=expires,
            next_at=expires,
            words=words,
        )
        answer = self._answer(seen, moved, f"not approved: {words}")
        return Answer(False, answer.words, answer.heal)

    def _answer(self, seen: Seen, moved: Seen | None, words: str) -> Answer:
        if moved is not None:
            return Answer(True, words, moved.heal)
        fresh = self._bench.mover.read(seen.heal.id)
        if fresh is None:
            raise Unavailable(f"{seen.heal.id} was not found", part="store")
        return Answer(False, f"Somebody else was first: {fresh.heal.words}", fresh.heal)


def _mark(heal: Heal, kind: str, by: str, words: str, now: datetime) -> TrailRecord:
    return TrailRecord(
        kind=TrailKind.MARK,
        at=now,
        actor=by,
        words=f"{heal.request.label or heal.request.healer} for {heal.request.target}: {words}",
        record_id=f"{heal.id}:{kind}:{heal.step}",
        alert_id=heal.request.alert_id,
        heal_id=heal.id,
    )
