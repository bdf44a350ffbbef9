"""A decision is one commit: alert, card, silence, heal request and the decision's own row stand or fall together."""

from __future__ import annotations

from datetime import datetime, timedelta

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.ledger import Entry, Ledger
from control_plane.policy import decide
from control_plane.scene import Scene, Seen
from schemas.alerts import Mark, MarkKind, alert_id
from schemas.heals import HealRequest
from schemas.pipeline import CheckSpec, HealerSpec
from schemas.ports import Create, Replace
from schemas.reports import Finding, Remedy, Severity, State, SubjectResult

SPEC = CheckSpec("stalled_batches", "stalled_batches", "Batch stalled", "#nba-alerts", 4)
REMEDY = Remedy("complete_stalled_batch", "Complete", "b1", automatic=True)
HEALERS = {"complete_stalled_batch": HealerSpec("complete_stalled_batch", "oncall")}
KEY = alert_id("stalled_batches", "b1")


def creation(request: HealRequest, now: datetime) -> Create:
    return Create("heals", request.id, {"state": "requested", "attempt": request.attempt})


def seen(state: State, now: datetime, *remedies: Remedy) -> Seen:
    finding = Finding("Batch", "91 %", Severity.WARNING, remedies=remedies) if state is State.FAIL else None
    return Seen(SubjectResult("b1", state, "", finding=finding), "run", now)


def report(ledger: Ledger, state: State, now: datetime, *remedies: Remedy) -> bool:
    held = ledger.held(KEY)
    decision = decide(Scene(SPEC, held.alert, healers=HEALERS), seen(state, now, *remedies), now)
    return ledger.commit([Entry(held, decision, "report")], now)[0]


def test_the_first_failure_writes_everything_at_once(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    assert report(ledger, State.FAIL, now, REMEDY)
    card, _ = ledger.card(f"{KEY}-1")
    assert card is not None and (card.wanted, card.sent, card.channel) == (1, 0, "#nba-alerts")
    assert len(store.find("heals")) == 1
    (row,) = (doc.value["rows"][0] for doc in store.find("outbox"))
    assert (row["reason"], row["spoke"], row["inlet"]) == ("first", True, "report")
    assert store.tally("decisions", now, now + timedelta(seconds=1)) == {"first": 1}


def test_who_decided_on_an_older_sight_changes_nothing(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    report(ledger, State.FAIL, now)
    held = ledger.held(KEY)
    report(ledger, State.FAIL, now + timedelta(minutes=1))
    late = decide(Scene(SPEC, held.alert, healers=HEALERS), seen(State.PASS, now), now)
    rows = len(store.find("outbox"))
    assert ledger.commit([Entry(held, late, "report")], now) == [False]
    alert = ledger.held(KEY).alert
    assert alert is not None and alert.firing and len(store.find("outbox")) == rows


def test_what_rides_along_is_in_the_same_commit(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    report(ledger, State.FAIL, now)
    store.commit((Create("notes", "n", {"a": 1}),))
    held = ledger.held(KEY)
    decision = decide(Scene(SPEC, held.alert), Mark(MarkKind.ACKNOWLEDGE, KEY, "U1", now, "m"), now)
    assert ledger.commit([Entry(held, decision, "mark", (Replace("notes", "n", {"a": 2}, 999),))], now) == [False]
    again = ledger.held(KEY).alert
    assert again is not None and again.ack is None


def test_a_silence_is_a_record_that_is_closed_when_its_alert_wakes(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    report(ledger, State.FAIL, now)
    for kind in (MarkKind.SNOOZE, MarkKind.WAKE):
        held = ledger.held(KEY)
        mark = Mark(kind, KEY, "U1", now, "m1", until=now + timedelta(hours=1), why="known")
        assert ledger.commit([Entry(held, decide(Scene(SPEC, held.alert), mark, now), "mark")], now) == [True]
    (doc,) = store.find("silences")
    assert (doc.value["why"], doc.value["by"], doc.value["ended_by"]) == ("known", "U1", "U1")
    assert doc.value["ended_at"] is not None


def test_many_decisions_are_one_commit_with_an_answer_each(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    entries = []
    for number in range(300):
        subject = f"s{number}"
        finding = Finding("B", "x", Severity.WARNING)
        what = Seen(SubjectResult(subject, State.FAIL, finding=finding), "run", now)
        entries.append(Entry(ledger.held(alert_id(SPEC.name, subject)), decide(Scene(SPEC, None), what, now), "report"))
    assert ledger.commit(entries, now) == [True] * 300
    assert ledger.commit(entries, now) == [False] * 300
    assert len(ledger.firing("stalled_batches")) == 300


def test_cards_that_offer_heals_are_wanted_anew(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    assert ledger.redraw(now) == 0
    report(ledger, State.FAIL, now, REMEDY)
    assert ledger.redraw(now) == 1
    card, _ = ledger.card(f"{KEY}-1")
    assert card is not None and (card.wanted, card.dirty) == (2, 1)
    report(ledger, State.PASS, now + timedelta(minutes=1))
    assert ledger.redraw(now) == 0


def test_a_card_without_heals_is_left_alone(store: SqliteStore, clock: FixedClock) -> None:
    ledger, now = Ledger(store, creation), clock.now()
    report(ledger, State.FAIL, now)
    assert ledger.redraw(now) == 0
