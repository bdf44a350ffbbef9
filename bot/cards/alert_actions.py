"""The buttons of an alert's card. A value is a reference only; what a button does is looked up when it is pressed."""

from __future__ import annotations

from schemas.alerts import Alert
from schemas.heals import HealState, Outcome
from schemas.reports import Remedy

from .blocks import Block, actions, button, confirm
from .refs import Ref, remedy_key
from .standing import Standing, heal_did_not_help
from .text import line

REMEDIES = 5


def offered(alert: Alert, state: Standing) -> Block | None:
    """The actions block, or None for a finished alert. The first heal is the one primary button."""
    if state is Standing.RESOLVED:
        return None
    ref = Ref(alert.id, alert.episode).encode()
    title = alert.finding.title
    made = _healing(alert, state)
    if state is Standing.SNOOZED:
        made.append(button("Wake", "wake", ref, label=f"Wake {title}"))
    else:
        made.append(button("Snooze", "snooze", ref, label=f"Snooze {title}"))
    made.append(button("Rerun canary", "rerun", ref, label=f"Rerun {alert.check} for {alert.subject}"))
    if alert.ack is None:
        made.append(button("Acknowledge", "ack", ref, label=f"Acknowledge {title}"))
    return actions(made)


def _healing(alert: Alert, state: Standing) -> list[Block]:
    if state is Standing.HEALING:
        return []
    if state is Standing.APPROVAL:
        return _approval(alert)
    on_offer = [remedy for remedy in alert.finding.remedies if _by_hand(alert, remedy)][:REMEDIES]
    made = []
    for place, remedy in enumerate(on_offer):
        value = Ref(alert.id, alert.episode, remedy_key(remedy)).encode()
        style = "" if place else "primary"
        label = f"{line(remedy.label, 30)} {remedy.target}"
        made.append(button(remedy.label, f"heal:{place}", value, style=style, label=label))
    return made


def _approval(alert: Alert) -> list[Block]:
    note = alert.heal
    assert note is not None
    value = Ref(alert.id, alert.episode, heal_id=note.heal_id).encode()
    words = f"{line(note.remedy or note.healer, 80)} starts at once: {line(alert.finding.title, 100)}"
    ask = confirm("Approve this heal?", words, "Approve")
    return [
        button("Approve", "approve", value, style="primary", label=f"Approve {note.remedy}", ask=ask),
        button("Decline", "decline", value, style="danger", label=f"Decline {note.remedy}"),
    ]


def _by_hand(alert: Alert, remedy: Remedy) -> bool:
    """An automatic remedy is offered by hand only after its own attempt did not help or was refused."""
    note = alert.heal
    if not remedy.automatic:
        return True
    if note is None or note.healer != remedy.healer or note.state is not HealState.CLOSED:
        return False
    return heal_did_not_help(alert) or note.outcome is Outcome.REFUSED
