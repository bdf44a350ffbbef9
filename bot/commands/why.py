from __future__ import annotations

from bot.house import House
from bot.words import Answer, Section, Words
from schemas.codec import dump
from schemas.errors import UsageError
from schemas.times import from_text

from ._find import ago, clock, find_alert, name_of, said, zone_word

USAGE = "why ALERT|CHECK"


def answer(house: House, words: Words) -> Answer:
    """Tells the last decision about an alert: its reason, its rule, and when the bot would speak next."""
    name = words.next("an alert or a check")
    words.end()
    now = words.now
    try:
        alert = find_alert(house, name, open_only=False)
    except UsageError:
        if name not in house.pipeline.checks:
            raise
        return _silent(house, name, words)
    spoke = alert.last_reason.speaks
    lines = [
        f"{alert.check}/{alert.subject} is {alert.state.value}: {alert.finding.summary}",
        f"last decision: {'spoke' if spoke else 'kept silent'}, {alert.last_reason.value}: {alert.last_rule}",
        f"decided {ago(house, alert.last_decided_at, now)}; last spoke {ago(house, alert.said_at, now)}"
        + (f" ({alert.said_reason.value})" if alert.said_reason else ""),
        f"would speak next {clock(house, alert.next_at, now)} if nothing changes"
        if alert.next_at
        else "would speak next when something changes",
    ]
    history = tuple(
        f"{clock(house, one.at, now)} {name_of(house, one.who)}: {said(house, one.words, now)}" for one in alert.history
    )
    data = {
        "alert": alert.id,
        "check": alert.check,
        "subject": alert.subject,
        "state": alert.state.value,
        "reason": alert.last_reason.value,
        "spoke": spoke,
        "rule": alert.last_rule,
        "next_at": dump(alert.next_at),
        "history": dump(alert.history),
    }
    sections = (Section("", tuple(lines)), Section(f"History ({zone_word(house, now)})", history))
    return Answer(f"Why: {alert.check}/{alert.subject}", data, sections, alert_id=alert.id)


def _silent(house: House, check: str, words: Words) -> Answer:
    """A check without an alert: its last state is the reason of the silence."""
    doc = house.back.store.get("latest", check)
    if doc is None:
        line = f"{check} never ran, so there is nothing to say about it yet"
        return Answer(f"Why: {check}", {"check": check, "state": "NEVER_RAN"}, (Section("", (line,)),))
    reasons = "; ".join(doc.value["reasons"]) or "nothing was wrong"
    at = ago(house, from_text(doc.value["at"]), words.now)
    line = f"{check} said {doc.value['state']} at {at}: {reasons}"
    return Answer(f"Why: {check}", {"check": check, **doc.value}, (Section("", (line,)),))
