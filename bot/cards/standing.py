"""How an alert stands, in one word: it chooses a card's colour, emoji and buttons."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from schemas.alerts import Alert
from schemas.heals import HealState, Outcome


class Standing(StrEnum):
    RESOLVED = "Resolved"
    HEALING = "Healing"
    APPROVAL = "Waits for approval"
    SNOOZED = "Snoozed"
    INEFFECTIVE = "Heal did not help"
    ACKNOWLEDGED = "Acknowledged"
    FIRING = "Firing"


def standing(alert: Alert, now: datetime) -> Standing:
    """The first that holds, in the order above. A snooze whose time has come counts no more."""
    if not alert.firing:
        return Standing.RESOLVED
    note = alert.heal
    if note is not None and note.state is HealState.APPROVAL:
        return Standing.APPROVAL
    if note is not None and note.state is not HealState.CLOSED:
        return Standing.HEALING
    if alert.snooze is not None and (alert.snooze.until is None or alert.snooze.until > now):
        return Standing.SNOOZED
    if heal_did_not_help(alert):
        return Standing.INEFFECTIVE
    return Standing.ACKNOWLEDGED if alert.ack is not None else Standing.FIRING


def heal_did_not_help(alert: Alert) -> bool:
    """The last heal is closed and was a failure, or its effect could not be seen."""
    note = alert.heal
    if note is None or note.state is not HealState.CLOSED or note.outcome is None:
        return False
    return note.outcome.failure or note.outcome is Outcome.UNVERIFIABLE
