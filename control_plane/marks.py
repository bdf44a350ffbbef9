"""Second inlet: what a person did to an alert, or what the desk tells of a heal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from schemas.alerts import Acknowledgement, Alert, AlertState, Decision, Line, Mark, MarkKind, Reason, Silence, Snooze
from schemas.heals import HealState, Outcome
from schemas.times import to_text

from .scene import Scene


def decide_mark(scene: Scene, mark: Mark, now: datetime) -> Decision:
    """The alert with the mark on it. A mark on an alert that is not firing changes nothing (heals may still tell)."""
    alert = scene.alert
    if alert is None or (not alert.firing and mark.kind is not MarkKind.HEAL):
        return Decision(Reason.MARKED, "the alert is no longer open; nothing changed")
    return _MARKS[mark.kind](alert, mark, now)


def _snooze(alert: Alert, mark: Mark, now: datetime) -> Decision:
    silence = Silence(mark.mark_id, alert.id, alert.check, alert.subject, mark.by, mark.why, now, mark.until)
    note = Snooze(silence.id, mark.by, mark.why, now, mark.until)
    until = "until resolved" if mark.until is None else f"until {to_text(mark.until)}"
    line = Line(now, mark.by, f"snoozed {until}" + (f": {mark.why}" if mark.why else ""))
    return Decision(Reason.MARKED, "snoozed by a person", replace(alert, snooze=note), line=line, silence=silence)


def _wake(alert: Alert, mark: Mark, now: datetime) -> Decision:
    if alert.snooze is None:
        return Decision(Reason.MARKED, "it was not snoozed; nothing changed")
    line = Line(now, mark.by, "woke it from its snooze")
    return Decision(Reason.MARKED, "woken by a person", replace(alert, snooze=None, said_at=now), line=line)


def _acknowledge(alert: Alert, mark: Mark, now: datetime) -> Decision:
    if alert.ack is not None:
        return Decision(Reason.MARKED, f"already acknowledged by {alert.ack.by}")
    line = Line(now, mark.by, "acknowledged")
    ack = Acknowledgement(mark.by, now)
    return Decision(Reason.MARKED, "acknowledged by a person", replace(alert, ack=ack), line=line)


def _resolve(alert: Alert, mark: Mark, now: datetime) -> Decision:
    words = mark.by + (f": {mark.why}" if mark.why else "")
    closed = replace(alert, state=AlertState.RESOLVED, resolved_at=now, resolved_by=words, snooze=None)
    return Decision(Reason.MARKED, "resolved by a person", closed, line=Line(now, mark.by, f"resolved it: {mark.why}"))


def _heal(alert: Alert, mark: Mark, now: datetime) -> Decision:
    note = mark.heal
    if note is None:
        return Decision(Reason.MARKED, "the desk told nothing")
    attempts = dict(alert.attempts)
    attempts[note.healer] = max(attempts.get(note.healer, 0), note.attempt)
    told = replace(alert, heal=note, attempts=attempts)
    if note.state is HealState.CLOSED and note.outcome is not None:
        line = Line(now, "policy", f"{note.remedy}: {note.outcome}, {note.words}")
        if note.outcome is Outcome.HEALED and alert.firing:
            by = f"healed, {note.words}"
            closed = replace(told, state=AlertState.RESOLVED, resolved_at=now, resolved_by=by, snooze=None)
            return Decision(Reason.RESOLVED, "healed and verified", closed, line=line)
        failed = note.outcome.failure or note.outcome is Outcome.UNVERIFIABLE
        if failed and alert.firing:
            return Decision(Reason.HEAL_FAILED, "a failed heal is always reported", told, line=line)
        return Decision(Reason.MARKED, "the desk closed a heal", told, line=line)
    moved = alert.heal is None or alert.heal.heal_id != note.heal_id
    asked = f"started {note.remedy} by itself" if note.by == "automatic" else f"asked for {note.remedy}"
    first = Line(now, note.by, asked) if moved else None
    return Decision(Reason.MARKED, "the desk moved a heal", told, line=first)


_MARKS = {
    MarkKind.SNOOZE: _snooze,
    MarkKind.WAKE: _wake,
    MarkKind.ACKNOWLEDGE: _acknowledge,
    MarkKind.RESOLVE: _resolve,
    MarkKind.HEAL: _heal,
}
