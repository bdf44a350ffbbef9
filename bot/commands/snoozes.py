from __future__ import annotations

from bot.house import House
from bot.words import Answer, Section, Words
from schemas.alerts import Silence
from schemas.codec import dump, load

from ._find import clock, name_of, zone_word

USAGE = "snoozes"


def answer(house: House, words: Words) -> Answer:
    """Lists what is snoozed: until when, by whom, why."""
    docs = house.back.store.find("silences", order_by="created_at", descending=True, limit=1000)
    silences = [load(Silence, doc.value) for doc in docs]
    held = [one for one in silences if one.ended_at is None]
    rows = [("check", "subject", f"until ({zone_word(house, words.now)})", "by", "why")]
    rows += [
        (
            one.check,
            one.subject,
            clock(house, one.until, words.now) if one.until else "resolved",
            name_of(house, one.by),
            one.why or "-",
        )
        for one in held
    ]
    title = f"{len(held)} snoozed" if held else "Nothing is snoozed"
    data = {"snoozes": [dump(one) for one in held]}
    return Answer(title, data, (Section(table=tuple(rows)),) if held else ())
