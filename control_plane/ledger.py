"""Where decisions become durable: the alert, its card's wanted version, silences, heal requests and the decision's
own record are one commit per alert, on the versions that were seen. The loser looks again and decides again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.alerts import Alert, Decision, Silence
from schemas.cards import Card, Say
from schemas.codec import dump, load
from schemas.heals import HealRequest
from schemas.ports import Batch, Count, Create, Doc, Done, Put, Replace, Store, Where, Write
from schemas.records import AlertDecision
from schemas.times import to_text

REDRAWS = 8
TOGETHER = 1000  # decisions of one commit: a press waits for no longer than that
ASKED, CARDS = 30, 10_000  # alerts of one question (Firestore takes 30), cards that they may have over all episodes


@dataclass(frozen=True)
class Held:
    """An alert as it was read: its document's version is the condition of the commit. ``card`` likewise."""

    alert: Alert | None
    doc: Doc | None


@dataclass(frozen=True)
class Entry:
    """One decision on its way into the ledger. ``inlet`` is report, mark or time; ``also`` rides in the commit."""

    held: Held
    decision: Decision
    inlet: str
    also: tuple[Write, ...] = ()


class Ledger:
    """``creation`` turns a heal request into the document that starts the heal (the desk's own affair)."""

    def __init__(self, store: Store, creation: Callable[[HealRequest, datetime], Create]) -> None:
        self._store = store
        self._creation = creation

    def held(self, alert_id: str) -> Held:
        doc = self._store.get("alerts", alert_id)
        return Held(load(Alert, doc.value) if doc else None, doc)

    def held_of_check(self, check: str) -> dict[str, Held]:
        """All alerts of one check by id, in one query: a report of many subjects asks once."""
        docs = self._store.find("alerts", Where("check", "==", check), limit=200_000)
        return {doc.key: Held(load(Alert, doc.value), doc) for doc in docs}

    def firing(self, check: str = "") -> list[Alert]:
        """Open alerts, oldest first."""
        where = [Where("state", "==", "firing")] + ([Where("check", "==", check)] if check else [])
        docs = self._store.find("alerts", *where, order_by="opened_at", limit=20_000)
        return [load(Alert, doc.value) for doc in docs]

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Ids of alerts whose answer may have changed by time alone."""
        docs = self._store.find("alerts", Where("next_at", "<=", to_text(now)), order_by="next_at", limit=limit)
        return [doc.key for doc in docs]

    def card(self, key: str) -> tuple[Card | None, Doc | None]:
        doc = self._store.get("cards", key)
        return (load(Card, doc.value) if doc else None), doc

    def redraw(self, now: datetime) -> int:
        """Wants the cards of open alerts that offer heals anew, since what they show beside the alert has changed (the
        kill switch); how many."""
        return sum(self._wanted_anew(alert.card, now) for alert in self.firing() if alert.finding.remedies)

    def _wanted_anew(self, key: str, now: datetime) -> bool:
        """False when there is no such card yet, or when it changes faster than it can be raised."""
        for _ in range(REDRAWS):
            card, doc = self.card(key)
            if card is None or doc is None:
                return False
            raised = replace(card, wanted=card.wanted + 1, dirty=1, wanted_at=now)
            if isinstance(self._store.commit((Replace("cards", key, dump(raised), doc.version),))[0], Done):
                return True
        return False

    def commit(self, entries: Sequence[Entry], now: datetime) -> list[bool]:
        """Each entry atomic, all durable together. False: somebody else was quicker; look and decide again."""
        answers: list[bool] = []
        for start in range(0, len(entries), TOGETHER):
            answers += self._commit(entries[start : start + TOGETHER], now)
        return answers

    def _commit(self, entries: Sequence[Entry], now: datetime) -> list[bool]:
        cards = self._cards(entries)
        batches = [self._batch(entry, cards, now) for entry in entries]
        answers = iter(self._store.commit(*(batch for batch in batches if batch)))
        return [isinstance(next(answers), Done) if batch else True for batch in batches]

    def _cards(self, entries: Sequence[Entry]) -> Mapping[str, Doc]:
        """The cards that the decisions change, by key; asked for together, as a storm has thousands."""
        ids = sorted({alert.id for one in entries if (alert := one.decision.alert) is not None and one.decision.redraw})
        asked = [ids[start : start + ASKED] for start in range(0, len(ids), ASKED)]
        docs = [doc for part in asked for doc in self._store.find("cards", Where("alert_id", "in", part), limit=CARDS)]
        return {doc.key: doc for doc in docs}

    def _batch(self, entry: Entry, cards: Mapping[str, Doc], now: datetime) -> Batch:
        held, decision, alert = entry.held, entry.decision, entry.decision.alert
        if alert is None:
            return entry.also
        writes: list[Write] = [_write("alerts", alert.id, dump(alert), held.doc)]
        writes += _card(alert, decision, cards.get(alert.card), now)
        writes += _silences(held.alert, decision, now)
        writes += [self._creation(request, now) for request in decision.requests]
        writes.append(_record(entry, alert, now))
        writes.append(Count("decisions", decision.reason.value, now))
        return (*writes, *entry.also)


def _card(alert: Alert, decision: Decision, doc: Doc | None, now: datetime) -> list[Write]:
    """Raises the wanted version; the first card stands from the moment the bot first spoke."""
    if not decision.redraw or alert.said_at is None:
        return []
    if doc is None:
        fresh = Card(alert.id, alert.channel, wanted_at=now)
        return [_write("cards", alert.card, dump(fresh), None)]
    card = load(Card, doc.value)
    says = card.says
    if decision.line is not None:
        number = card.said + len(card.says) + 1
        line = decision.line
        says = (
            *says,
            Say(number, line.who, line.words, decision.reason.speaks and decision.reason.value != "resolved"),
        )
    raised = replace(card, wanted=card.wanted + 1, says=says, dirty=1, wanted_at=now, next_at=None)
    return [_write("cards", alert.card, dump(raised), doc)]


def _write(collection: str, key: str, value: Any, doc: Doc | None) -> Create | Replace:
    return Create(collection, key, value) if doc is None else Replace(collection, key, value, doc.version)


def _silences(before: Alert | None, decision: Decision, now: datetime) -> list[Write]:
    """A new silence is created; the one that this decision ended is closed."""
    writes: list[Write] = []
    old, alert = before.snooze if before else None, decision.alert
    if decision.silence is not None:
        writes.append(Create("silences", decision.silence.id, dump(decision.silence)))
    if old is not None and alert is not None and (alert.snooze is None or alert.snooze.silence_id != old.silence_id):
        ended = Silence(
            old.silence_id, alert.id, alert.check, alert.subject, old.by, old.why, old.at, old.until, now,
            decision.line.who if decision.line else "policy",
        )  # fmt: skip
        writes.append(Put("silences", old.silence_id, dump(ended)))
    return writes


def _record(entry: Entry, alert: Alert, now: datetime) -> Create:
    """The decision's own row, on its way to the warehouse; its key makes a repeated commit lose."""
    decision = entry.decision
    version = entry.held.doc.version if entry.held.doc else 0
    seed = f"{alert.id}\n{version}\n{to_text(now)}\n{decision.reason}"
    key = "decision-" + hashlib.sha256(seed.encode()).hexdigest()[:20]
    row = AlertDecision(
        decision_id=key,
        alert_id=alert.id,
        check=alert.check,
        subject=alert.subject,
        inlet=entry.inlet,
        reason=decision.reason.value,
        spoke=decision.reason.speaks,
        rule=decision.rule,
        severity=alert.severity.value,
        run_id=alert.run_id or None,
        at=now,
        next_at=decision.next_at,
    )
    return Create("outbox", key, {"at": to_text(now), "table": "alert_decisions", "rows": [dump(row)]})
