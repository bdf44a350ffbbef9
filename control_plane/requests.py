"""Which heals an alert asks for by itself. Pure; the desk and its guard still have the last word."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.alerts import Alert
from schemas.heals import HealRequest, HealState, heal_id
from schemas.reports import Remedy

from .scene import Scene


def request_for(alert: Alert, remedy: Remedy, *, actor: str, source: str, attempt: int, now: datetime) -> HealRequest:
    """The request for one attempt of one remedy; its id is the same for everyone who asks for that attempt."""
    return HealRequest(
        id=heal_id(alert.id, alert.episode, remedy.healer, remedy.target, attempt),
        alert_id=alert.id,
        check=alert.check,
        subject=alert.subject,
        healer=remedy.healer,
        label=remedy.label,
        target=remedy.target,
        args=remedy.args,
        actor=actor,
        source=source,
        attempt=attempt,
        reason=alert.finding.summary,
        requested_at=now,
        channel=alert.channel,
        run_id=alert.run_id if source == "rule" else "",
    )


def next_attempt(alert: Alert, healer: str) -> int:
    """The attempt that a wish of now belongs to: the one under way, else the one after the last."""
    last = alert.attempts.get(healer, 0)
    under_way = alert.heal is not None and alert.heal.healer == healer and alert.heal.state is not HealState.CLOSED
    return max(last, 1) if under_way else last + 1


def automatic_requests(scene: Scene, alert: Alert, now: datetime) -> tuple[HealRequest, ...]:
    """Automatic remedies of a firing alert whose last attempt, if any, is closed and past its cooldown."""
    if not alert.firing or alert.broken or alert.error or scene.paused:
        return ()
    return tuple(
        request_for(
            alert, remedy, actor="automatic", source="rule", attempt=alert.attempts.get(remedy.healer, 0) + 1, now=now
        )
        for remedy in alert.finding.remedies
        if remedy.automatic and _may_ask(scene, alert, remedy, now)
    )


def _may_ask(scene: Scene, alert: Alert, remedy: Remedy, now: datetime) -> bool:
    spec = scene.healers.get(remedy.healer)
    last = alert.attempts.get(remedy.healer, 0)
    if spec is None or last >= spec.attempts:
        return False
    if last == 0:
        return alert.heal is None or alert.heal.state is HealState.CLOSED
    note = alert.heal
    if note is None or note.healer != remedy.healer or note.state is not HealState.CLOSED:
        return False
    return now - note.at >= max(spec.cooldown, timedelta(0))
