"""The transition table of a heal, and the commits that make its moves.

Every move replaces the heal document on the version seen, so that of two who move only one does. A move raises
``step``; a write that does not (telling the card) is no move, and a mover who meets it looks and repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from schemas.codec import dump, load
from schemas.errors import Unavailable
from schemas.heals import Heal, HealState, Outcome, Risk
from schemas.pipeline import HealerSpec
from schemas.ports import Create, Doc, Done, Lost, Replace, Store, Write
from schemas.trail import Trail, TrailRecord

from . import guard
from .events import closing_record

R, A, C = HealState.REQUESTED, HealState.APPROVAL, HealState.CLAIMED
D, N, V, X = HealState.DISPATCHING, HealState.RUNNING, HealState.VERIFYING, HealState.CLOSED


@dataclass(frozen=True)
class Move:
    """A named way from one state to another."""

    name: str
    sources: tuple[HealState, ...]
    target: HealState


MOVES: tuple[Move, ...] = (
    Move("wait", (R,), R),  # no place free, or the target cannot be looked at now
    Move("await_approval", (R,), A),  # risk high: a second person is asked
    Move("ask_again", (A,), A),  # what was to be approved has changed
    Move("approve", (A,), R),
    Move("decline", (A,), X),
    Move("expire", (A,), X),
    Move("claim", (R,), C),  # with the guard's documents in the same commit
    Move("look_later", (C,), C),  # the target cannot be looked at now
    Move("refuse", (R, C), X),
    Move("needless", (R, C), X),
    Move("intend", (C,), D),  # the act's name is durable; the act follows in the same step
    Move("sent", (D,), N),  # the callee has it under its name
    Move("next_act", (D, N), D),
    Move("acted", (D, N), V),  # all acts are done
    Move("doubt", (D,), D),  # no answer: whether the act took effect is unknown
    Move("take_over", (D,), D),  # who sent it has gone silent
    Move("poll", (N,), N),
    Move("look_again", (V,), V),
    Move("fail", (R, C, D, N, V), X),
    Move("abandon", (C, D, N, V), X),  # whether the act took effect cannot be told: a person decides
    Move("healed", (V,), X),
    Move("ineffective", (V,), X),
    Move("unverifiable", (V,), X),
)
_BY_NAME = {move.name: move for move in MOVES}
TRIES = 64
Book = TypeVar("Book", guard.HealerBook, guard.FleetBook)


@dataclass(frozen=True)
class Seen:
    """A heal as it was read: what it says, its version, and its age by the store's clock."""

    heal: Heal
    version: int
    age: timedelta


def value_of(heal: Heal, move: str) -> dict[str, Any]:
    """The heal document: the heal, the fields that are searched, and the move that made it."""
    return {
        **dump(heal),
        "move": move,
        "alert_id": heal.request.alert_id,
        "healer": heal.request.healer,
        "open": int(heal.state is not X),
        "untold": int(heal.step > heal.told),
        "requested_at": dump(heal.request.requested_at),
    }


def seen_of(doc: Doc) -> Seen:
    return Seen(load(Heal, doc.value), doc.version, doc.age)


class Mover:
    """Makes moves durable. ``identity`` is this process's own name, new at each start."""

    def __init__(self, store: Store, trail: Trail, identity: str) -> None:
        self._store = store
        self._trail = trail
        self._identity = identity

    def read(self, heal_id: str) -> Seen | None:
        doc = self._store.get("heals", heal_id)
        return None if doc is None else seen_of(doc)

    def fleet(self) -> guard.FleetBook:
        return self._book(guard.FLEET, guard.FleetBook)[0]

    def book(self, healer: str) -> guard.HealerBook:
        return self._book(healer, guard.HealerBook)[0]

    def move(
        self, name: str, seen: Seen, *, records: Sequence[TrailRecord] = (), quiet: bool = False, **changes: Any
    ) -> Seen | None:
        """Makes one move; None when another mover was first. ``quiet``: nothing that the card need be told of."""
        for _ in range(TRIES):
            heal = self._moved(name, seen, quiet, changes)
            write = Replace("heals", heal.id, value_of(heal, name), seen.version)
            answer = self._trail.commit([write], records)
            if isinstance(answer, Done):
                return Seen(heal, answer.versions.get(("heals", heal.id), 0), timedelta(0))
            fresh = self._unmoved(seen)
            if fresh is None:
                return None
            seen = fresh
        raise _contended(seen)

    def claim(
        self, seen: Seen, spec: HealerSpec, caps: guard.Caps, now: datetime, **changes: Any
    ) -> Seen | guard.Refused | None:
        """Asks the guard and claims in one commit; None when another mover was first."""
        for _ in range(TRIES):
            book, book_version = self._book(spec.name, guard.HealerBook)
            fleet, fleet_version = self._book(guard.FLEET, guard.FleetBook)
            verdict = guard.admit(spec, book, fleet, seen.heal.request, caps, now)
            if isinstance(verdict, guard.Refused):
                return verdict
            heal = self._moved("claim", seen, False, {"state": C, "claimed_at": now, "next_at": now, **changes})
            answer = self._store.commit(
                (
                    Replace("heals", heal.id, value_of(heal, "claim"), seen.version),
                    _write(spec.name, verdict.book, book_version),
                    _write(guard.FLEET, verdict.fleet, fleet_version),
                )
            )[0]
            if isinstance(answer, Done):
                return Seen(heal, answer.versions[("heals", heal.id)], timedelta(0))
            fresh = self._refreshed(seen, answer)
            if fresh is None:
                return None
            seen = fresh
        raise _contended(seen)

    def close(
        self, name: str, seen: Seen, spec: HealerSpec, healing_type: str, outcome: Outcome, words: str, now: datetime,
        **changes: Any,
    ) -> bool:  # fmt: skip
        """The last move: state, event, counts, link and the guard's release in one commit."""
        fixed = {"state": X, "outcome": outcome, "words": words, "finished_at": now, "next_at": None}
        for _ in range(TRIES):
            heal = self._moved(name, seen, False, {**fixed, **changes})
            writes: list[Write] = [Replace("heals", heal.id, value_of(heal, name), seen.version)]
            if heal.claimed_at is not None:
                writes += self._released(spec, heal, outcome, now)
            answer = self._trail.commit(writes, [closing_record(heal, healing_type, now)])
            if isinstance(answer, Done):
                return True
            fresh = self._refreshed(seen, answer)
            if fresh is None:
                return False
            seen = fresh
        raise _contended(seen)

    def switch(self, fleet_changes: dict[str, Any], writes: Sequence[Write], record: TrailRecord) -> None:
        """Changes the kill switch inside the fleet's document, so that a claim under way is lost to it."""
        for _ in range(TRIES):
            fleet, version = self._book(guard.FLEET, guard.FleetBook)
            change = _write(guard.FLEET, replace(fleet, **fleet_changes), version)
            if isinstance(self._trail.commit([change, *writes], [record]), Done):
                return
        raise Unavailable("the fleet's document is contended; the switch was not changed", part="store")

    def told(self, heal_id: str, step: int) -> bool:
        """Notes that the heal's alert has been told of ``step``; False when there is nothing to note."""
        for _ in range(TRIES):
            doc = self._store.get("heals", heal_id)
            if doc is None or doc.value["told"] >= step:
                return False
            value = {**doc.value, "told": step, "untold": int(doc.value["step"] > step)}
            if isinstance(self._store.commit((Replace("heals", heal_id, value, doc.version),))[0], Done):
                return True
        raise Unavailable(f"{heal_id} is contended", part="store")

    def _moved(self, name: str, seen: Seen, quiet: bool, changes: dict[str, Any]) -> Heal:
        before = seen.heal
        told = before.told + 1 if quiet and before.told == before.step else before.told
        heal = replace(before, **{"step": before.step + 1, "owner": self._identity, "told": told, **changes})
        move = _BY_NAME[name]
        if before.state not in move.sources or heal.state is not move.target:
            raise AssertionError(f"{name} is no move from {before.state} to {heal.state}")
        return heal

    def _unmoved(self, seen: Seen) -> Seen | None:
        """The heal read again, when nobody has moved it since (its card may have been told of it)."""
        fresh = self.read(seen.heal.id)
        return fresh if fresh is not None and fresh.heal.step == seen.heal.step else None

    def _refreshed(self, seen: Seen, lost: Lost) -> Seen | None:
        return self._unmoved(seen) if lost.write.collection == "heals" else seen

    def _book(self, key: str, kind: type[Book]) -> tuple[Book, int]:
        doc = self._store.get("guards", key)
        return (kind(), 0) if doc is None else (load(kind, doc.value), doc.version)

    def _released(self, spec: HealerSpec, heal: Heal, outcome: Outcome, now: datetime) -> list[Write]:
        book, book_version = self._book(spec.name, guard.HealerBook)
        fleet, fleet_version = self._book(guard.FLEET, guard.FleetBook)
        book, fleet = guard.release(spec, book, fleet, heal.id, outcome, now)
        return [_write(spec.name, book, book_version), _write(guard.FLEET, fleet, fleet_version)]


def _write(key: str, book: guard.HealerBook | guard.FleetBook, version: int) -> Create | Replace:
    value = dump(book)
    return Replace("guards", key, value, version) if version else Create("guards", key, value)


def _contended(seen: Seen) -> Unavailable:
    return Unavailable(f"{seen.heal.id} is contended; nothing was changed", part="store")


def highest(*risks: Risk | None) -> Risk:
    """The highest of these risks: a configuration may raise a healer's risk, never lower it."""
    order = list(Risk)
    return max((risk for risk in risks if risk is not None), key=order.index)
