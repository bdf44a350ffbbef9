"""`decide`: pure, with three inlets (a report, a mark, passing time), always with a named reason and a next moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from schemas.alerts import Alert, AlertState, Decision, Line, Mark, Reason, alert_id
from schemas.reports import Finding, Severity, State, SubjectResult

from .marks import decide_mark
from .requests import automatic_requests
from .scene import Due, Scene, Seen, What

REOPEN_WITHIN = timedelta(hours=24)
HISTORY = 20  # lines an alert keeps; the thread and the trail have all


def decide(scene: Scene, what: What, now: datetime) -> Decision:
    """What becomes of one alert. The caller commits the answer on the versions it has seen, else asks again."""
    if isinstance(what, Seen):
        decision = _decide_seen(scene, what, now)
    elif isinstance(what, Mark):
        decision = decide_mark(scene, what, now)
    else:
        decision = _decide_due(scene, what, now)
    return _finish(scene, decision, now)


def _decide_seen(scene: Scene, what: Seen, now: datetime) -> Decision:
    state, alert = what.result.state, scene.alert
    if state is State.PASS:
        return _passed(scene, what, now)
    if state is State.SKIPPED:
        kept = replace(alert, run_id=what.run_id) if alert and alert.firing else None
        return Decision(Reason.OFF_CALENDAR, f"not looked at: {what.result.reason}", kept, redraw=False)
    if state is State.ERROR:
        return _errored(scene, what, now)
    if alert is None or not alert.firing:
        return _opened(scene, what, _finding(scene, what.result), now)
    return _still(scene, what, alert, _finding(scene, what.result), now)


def _finding(scene: Scene, result: SubjectResult) -> Finding:
    if result.finding is not None:
        return result.finding
    return Finding(f"{scene.spec.title}: {result.subject}", result.reason or "failed", scene.spec.severity)


def _passed(scene: Scene, what: Seen, now: datetime) -> Decision:
    alert = scene.alert
    if alert is None or not alert.firing:
        return Decision(Reason.HEALTHY, "nothing wrong, and nothing was")
    by = f"looked again, {what.result.reason or 'the check passed'}"
    healthy = replace(
        alert,
        state=AlertState.RESOLVED,
        resolved_at=now,
        resolved_by=by,
        metrics=what.result.metrics,
        snooze=None,
        errors_in_row=0,
        error="",
        run_id=what.run_id,
    )
    return Decision(
        Reason.RESOLVED, "looking again found nothing wrong", healthy, line=Line(now, "check", f"resolved: {by}")
    )


def _opened(scene: Scene, what: Seen, finding: Finding, now: datetime) -> Decision:
    """A trouble where none was: a first card, or the same card revived within 24 h."""
    old = scene.alert
    revived = old is not None and old.resolved_at is not None and now - old.resolved_at < REOPEN_WITHIN
    broken = what.result.state is State.ERROR
    alert = Alert(
        id=alert_id(scene.spec.name, what.result.subject),
        check=scene.spec.name,
        subject=what.result.subject,
        channel=scene.spec.channel,
        state=AlertState.FIRING,
        severity=finding.severity,
        finding=finding,
        opened_at=now,
        last_seen_at=now,
        metrics=what.result.metrics,
        broken=broken,
        errors_in_row=1 if broken else 0,
        error=what.result.reason if broken else "",
        episode=1 if old is None else old.episode + (0 if revived else 1),
        history=old.history if old is not None and revived else (),
        attempts=old.attempts if old is not None and revived else {},
        run_id=what.run_id,
    )
    if scene.spec.need > 1:
        return Decision(Reason.YOUNG, _rule(scene, "need", f"1 of {scene.spec.need} in a row"), alert)
    reason = Reason.REOPENED if revived else Reason.FIRST
    words = "came back" if revived else "found"
    return Decision(
        reason, f"{words} by {scene.spec.name}", alert, line=Line(now, "check", f"{words}: {finding.summary}")
    )


def _still(scene: Scene, what: Seen, alert: Alert, finding: Finding, now: datetime) -> Decision:
    fresh = [one for one in finding.members if one not in alert.finding.members] if alert.finding.members else []
    told = alert.said_severity or Severity.INFO
    worse = finding.severity.rank > told.rank and alert.said_at is not None
    alert = replace(
        alert,
        finding=finding,
        severity=finding.severity,
        metrics=what.result.metrics,
        last_seen_at=now,
        seen=alert.seen + (0 if what.cause == "verify" else 1),
        broken=what.result.state is State.ERROR,
        errors_in_row=0,
        error="",
        run_id=what.run_id,
    )
    if alert.said_at is None and alert.seen < scene.spec.need:
        return Decision(Reason.YOUNG, _rule(scene, "need", f"{alert.seen} of {scene.spec.need} in a row"), alert)
    if alert.said_at is None:
        line = Line(now, "check", f"found {alert.seen} times in a row: {finding.summary}")
        return Decision(Reason.FIRST, _rule(scene, "need", "reached"), alert, line=line)
    if worse:
        line = Line(now, "check", f"worse, now {finding.severity}: {finding.summary}")
        return Decision(Reason.WORSE, "a higher severity speaks at once", replace(alert, snooze=None), line=line)
    if fresh:
        line = Line(now, "check", f"new: {', '.join(fresh[:5])}" + (f" and {len(fresh) - 5} more" if fresh[5:] else ""))
        return Decision(Reason.NEW_MEMBER, "a new member speaks at once", replace(alert, snooze=None), line=line)
    return replace(_quiet(alert), redraw=what.cause != "verify")


def _quiet(alert: Alert) -> Decision:
    if alert.snooze is not None:
        return Decision(Reason.SNOOZED, f"snoozed by {alert.snooze.by}: {alert.snooze.why or 'no reason given'}", alert)
    return Decision(Reason.KNOWN, "already told, nothing new", alert)


def _errored(scene: Scene, what: Seen, now: datetime) -> Decision:
    """Unknown is loud: a check that could not look opens a card, and never touches what a finding says."""
    alert, result = scene.alert, what.result
    if alert is None or not alert.firing:
        title = f"Could not look: {scene.spec.title}"
        summary = f"{scene.spec.name} could not judge {result.subject}: {result.reason}"
        return _opened(scene, what, Finding(title, summary, Severity.WARNING), now)
    alert = replace(alert, error=result.reason, errors_in_row=alert.errors_in_row + 1, run_id=what.run_id)
    if alert.broken:
        finding = replace(alert.finding, summary=f"{scene.spec.name} could not judge {result.subject}: {result.reason}")
        alert = replace(alert, finding=finding, last_seen_at=now, seen=alert.seen + 1)
    if alert.said_at is None and alert.seen >= scene.spec.need:
        return Decision(Reason.FIRST, _rule(scene, "need", "reached"), alert, line=Line(now, "check", result.reason))
    return _quiet(alert)


def _decide_due(scene: Scene, _: Due, now: datetime) -> Decision:
    alert = scene.alert
    if alert is None or not alert.firing:
        return Decision(Reason.HEALTHY, "nothing is due")
    if alert.snooze and alert.snooze.until and alert.snooze.until <= now:
        line = Line(now, "clock", f"the snooze by {alert.snooze.by} ended; still failing")
        return Decision(Reason.SNOOZE_ENDED, "the snooze has run out", replace(alert, snooze=None), line=line)
    remind_at = _reminder_at(scene, alert)
    if remind_at is not None and remind_at <= now:
        line = Line(now, "clock", f"reminder: {alert.finding.summary}")
        return Decision(Reason.REMINDER, _rule(scene, "reminder", str(scene.spec.reminder)), alert, line=line)
    return _quiet(alert)


def _reminder_at(scene: Scene, alert: Alert) -> datetime | None:
    if alert.ack or alert.snooze or alert.said_at is None:
        return None
    return alert.said_at + scene.spec.reminder


def _next_at(scene: Scene, alert: Alert) -> datetime | None:
    """When the answer may change by time alone."""
    if not alert.firing:
        return None
    if alert.snooze is not None:
        return alert.snooze.until
    return _reminder_at(scene, alert)


def _finish(scene: Scene, decision: Decision, now: datetime) -> Decision:
    """What every decision shares: the mute, the requests of automatic remedies, who spoke when, the next moment."""
    alert, reason = decision.alert, decision.reason
    if alert is None:
        return decision
    rule = decision.rule
    if scene.muted and reason.speaks:
        reason, rule = Reason.MUTED, f"messages are muted; it would have spoken: {decision.reason}"
    if reason.speaks:
        alert = replace(alert, said_at=now, said_reason=reason, said_severity=alert.severity)
    requests = automatic_requests(scene, alert, now) if reason is not Reason.OFF_CALENDAR else ()
    attempts = dict(alert.attempts) | {one.healer: one.attempt for one in requests}
    line = decision.line
    alert = replace(
        alert,
        attempts=attempts,
        last_reason=reason,
        last_rule=rule,
        last_decided_at=now,
        history=(alert.history + ((line,) if line else ()))[-HISTORY:],
        next_at=_next_at(scene, alert),
    )
    return replace(decision, alert=alert, reason=reason, rule=rule, next_at=alert.next_at, requests=requests)


def _rule(scene: Scene, key: str, words: str) -> str:
    return f"checks.{scene.spec.name}.{key}: {words}"
