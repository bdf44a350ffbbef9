from __future__ import annotations

from bot.announce import mark_id
from bot.house import House
from bot.words import Answer, Section, Words
from schemas.alerts import Mark, MarkKind

from ._find import allowed, find_alert

USAGE = "resolve ALERT WHY …"


def answer(house: House, words: Words) -> Answer:
    """Closes an open alert by a person's word, with the reason; the check goes on and reopens it if it still fails."""
    alert = find_alert(house, words.next("an alert"))
    why = " ".join([words.next("the reason"), *words.args])
    words.args.clear()
    words.end()
    allowed(house, words, "mark", "resolve alerts")
    key = mark_id(MarkKind.RESOLVE, alert.id, alert.episode, words.person)
    house.announcer.mark(Mark(MarkKind.RESOLVE, alert.id, words.person, words.now, key, why=why), words.now)
    line = f"{alert.check}/{alert.subject} is closed: {why}"
    return Answer(
        "Resolved", {"alert": alert.id, "by": words.person, "why": why}, (Section("", (line,)),), alert_id=alert.id
    )
