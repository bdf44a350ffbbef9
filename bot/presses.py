"""From a noted press to its answer: noted → working (a lease) → done, with its line in the trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.press import Opens, Press, Refused, Reply, Route, Routes
from schemas.codec import dump, load
from schemas.errors import ResilienceError, UsageError
from schemas.ports import Delete, Doc, Done, Replace, Store, Where
from schemas.times import to_text
from schemas.trail import Trail, TrailKind, TrailRecord

COLLECTION = "presses"
LEASE = timedelta(seconds=60)
TRIES = 5
KEEP = timedelta(days=7)
SWEPT = 200  # at a time
STALE = "This is from another version of the bot, which does not know it any more. Nothing was done."
Answer = Callable[[Press, Route | None, Reply], None]


def noted_value(press: Press) -> dict[str, Any]:
    """A press as it is first noted; ``press`` is what `schemas.codec.dump` makes of it, written out for speed."""
    at = to_text(press.at)
    fields = {**vars(press), "at": at, "values": dict(press.values)}
    return {"state": "noted", "at": at, "person": press.person, "tries": 0, "press": fields}


class PressDesk:
    """One step runs one press. ``answer`` sends the reply; an error there cannot undo what was done.

    A press whose worker died is run again once its lease lapsed (routes are idempotent by the press's id), at most
    `TRIES` times.
    """

    def __init__(
        self, store: Store, audit: Trail, routes: Routes, answer: Answer, owner: str, lease: timedelta = LEASE
    ) -> None:
        self._store, self._audit, self._routes, self._answer = store, audit, routes, answer
        self._owner, self._lease = owner, lease

    def step(self, now: datetime) -> bool:
        """Runs the oldest press that waits; False when there is none."""
        doc = self._next()
        if doc is None:
            return False
        press, tries = load(Press, doc.value["press"]), int(doc.value["tries"]) + 1
        value = {**doc.value, "state": "working", "owner": self._owner, "tries": tries}
        claimed = self._store.commit((Replace(COLLECTION, doc.key, value, doc.version),))[0]
        if not isinstance(claimed, Done):
            return True
        route = self._routes.find(press)
        reply = _failed(press) if tries > TRIES else self._run(press, route, now)
        record = TrailRecord(
            kind=TrailKind.PRESS,
            at=now,
            actor=press.person,
            words=_words(press, reply),
            record_id=f"press-{press.id}",
            alert_id=reply.alert_id,
            heal_id=reply.heal_id,
        )
        done = {**value, "state": "done", "outcome": reply.outcome, "press": dump(_plain(press))}
        write = Replace(COLLECTION, doc.key, done, claimed.versions[(COLLECTION, doc.key)])
        if isinstance(self._audit.commit((write,), (record,)), Done):
            self._send(press, route, reply)
        return True

    def sweep(self, now: datetime) -> bool:
        """Forgets presses that were done `KEEP` ago; True when there may be more. What was done stays in the trail, and
        the guard refuses a replay long before."""
        done, old = Where("state", "==", "done"), Where("at", "<", to_text(now - KEEP))
        docs = self._store.find(COLLECTION, done, old, order_by="at", limit=SWEPT)
        self._store.commit(*((Delete(COLLECTION, doc.key, doc.version),) for doc in docs))
        return len(docs) == SWEPT

    def _next(self) -> Doc | None:
        noted = self._store.find(COLLECTION, Where("state", "==", "noted"), order_by="at", limit=1)
        if noted:
            return noted[0]
        working = self._store.find(COLLECTION, Where("state", "==", "working"), order_by="at", limit=50)
        return next((doc for doc in working if doc.age >= self._lease), None)

    def _run(self, press: Press, route: Route | None, now: datetime) -> Reply:
        if route is None:
            return Reply(STALE, outcome="stale")
        work = route.fill if isinstance(route, Opens) else route.run
        try:
            return work(press, now)
        except Refused as error:
            return Reply(str(error), outcome="refused")
        except UsageError as error:
            return Reply(str(error), outcome="usage")
        except ResilienceError as error:
            structlog.get_logger().warning("press.failed", press=press.id, name=press.name, error=str(error))
            return Reply(str(error), outcome="failed")
        except Exception:
            structlog.get_logger().exception("press.broken", press=press.id, name=press.name)
            return _failed(press)

    def _send(self, press: Press, route: Route | None, reply: Reply) -> None:
        try:
            self._answer(press, route, reply)
        except Exception as error:
            structlog.get_logger().warning("press.unanswered", press=press.id, name=press.name, error=repr(error))


def _failed(press: Press) -> Reply:
    return Reply(f"Something failed on our side; quote {press.id}.", outcome="failed")


def _plain(press: Press) -> Press:
    """The press without what would let others act or speak in its name."""
    return replace(press, trigger="", response_url="")


def _words(press: Press, reply: Reply) -> str:
    what = f"/{press.name} {press.text}".rstrip() if press.kind == "word" else f"{press.kind} {press.name}"
    return f"{what[:200]}: {reply.outcome}"
