from __future__ import annotations

from datetime import datetime

from bot.announce import mark_id
from bot.cards.views import tomorrow_morning
from bot.house import House
from bot.words import Answer, Section, Words
from schemas.alerts import Mark, MarkKind
from schemas.codec import dump
from schemas.durations import parse_duration
from schemas.errors import UsageError

from ._find import allowed, clock, find_alert

USAGE = "snooze ALERT 1h|4h|tomorrow|resolved [WHY …]"


def answer(house: House, words: Words) -> Answer:
    """Silences an open alert for a while; it still says when it gets worse."""
    alert = find_alert(house, words.next("an alert"))
    until = _until(house, words.next("until when"), words.now)
    why = " ".join(words.args)
    words.args.clear()
    words.end()
    allowed(house, words, "mark", "snooze alerts")
    key = mark_id(MarkKind.SNOOZE, alert.id, words.person, words.now)
    house.announcer.mark(Mark(MarkKind.SNOOZE, alert.id, words.person, words.now, key, until=until, why=why), words.now)
    said = f"until {clock(house, until, words.now)}" if until else "until it is resolved"
    data = {"alert": alert.id, "until": dump(until), "why": why, "by": words.person}
    line = f"{alert.check}/{alert.subject} is snoozed {said}" + (f": {why}" if why else "")
    return Answer("Snoozed", data, (Section("", (line,)),), alert_id=alert.id)


def _until(house: House, text: str, now: datetime) -> datetime | None:
    if text in ("resolved", "until-resolved"):
        return None
    if text == "tomorrow":
        return tomorrow_morning(house.pipeline.zone, now)
    try:
        return now + parse_duration(text)
    except UsageError as error:
        raise UsageError(f"{text!r} is no time to snooze for; write 1h, 4h, tomorrow or resolved") from error
