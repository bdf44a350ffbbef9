"""The healing event of a closed heal, and the line of the trail that carries it (reference pipeline, section 6)."""

from __future__ import annotations

from datetime import datetime

from schemas.alerts import HealNote
from schemas.codec import dump
from schemas.heals import Heal, Outcome
from schemas.records import HealingEvent
from schemas.trail import TrailKind, TrailRecord

from .audit import EVENTS
from .causes import root_cause
from .guard import run_of


def closing_record(heal: Heal, healing_type: str, now: datetime) -> TrailRecord:
    """The one record of a heal's end; its id is the heal's, so that it is written once."""
    event = event_of(heal, healing_type, now)
    words = f"{heal.request.label or heal.request.healer} for {heal.request.target}: {event.outcome}, {heal.words}"
    return TrailRecord(
        kind=TrailKind.HEAL,
        at=now,
        actor=heal.request.actor,
        words=words,
        record_id=heal.id,
        alert_id=heal.request.alert_id,
        heal_id=heal.id,
        table=EVENTS,
        row=dump(event),
    )


def event_of(heal: Heal, healing_type: str, now: datetime) -> HealingEvent:
    """All fields of section 6. Raises ValueError for a heal that is not closed."""
    request = heal.request
    if heal.outcome is None:
        raise ValueError(f"{heal.id} is not closed")
    return HealingEvent(
        healing_id=heal.id,
        timestamp=now,
        healing_type=healing_type,
        trigger_reason=request.reason,
        action_taken=_action(heal),
        before_state=heal.before,
        after_state=heal.after,
        success=heal.outcome is Outcome.HEALED,
        metadata={
            "acts": [
                {**dump(act), "ref": heal.refs[index] if index < len(heal.refs) else ""}
                for index, act in enumerate(heal.acts)
            ],
            "healer": request.healer,
            "label": request.label,
            "check": request.check,
            "subject": request.subject,
            "source": request.source,
            "run": run_of(request),
            "risk": heal.risk.value,
            "approver": heal.approver,
            "words": heal.words,
        },
        outcome=heal.outcome.value,
        root_cause=root_cause(request.reason, (request.target, request.subject, request.actor, *request.args.values())),
        target=request.target,
        actor=request.actor,
        alert_id=request.alert_id or None,
        attempt=request.attempt,
        started_at=heal.started_at,
        finished_at=now,
    )


def note_of(heal: Heal, now: datetime) -> HealNote:
    """What a heal's alert is told: the last word of the heal, with before and after."""
    return HealNote(
        heal_id=heal.id,
        remedy=heal.request.label,
        healer=heal.request.healer,
        state=heal.state,
        by=heal.request.actor,
        at=heal.finished_at or now,
        words=heal.words,
        outcome=heal.outcome,
        before=heal.before,
        after=heal.after,
        approver=heal.approver,
    )


def _action(heal: Heal) -> str:
    begun = heal.acts[: heal.act + 1] if heal.started_at is not None else ()
    return "; ".join(act.words for act in begun) or "nothing was done"
