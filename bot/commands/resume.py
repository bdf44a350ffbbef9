from __future__ import annotations

from bot.house import House
from bot.words import Answer, Words
from schemas.errors import UsageError

from ._find import allowed

USAGE = "resume healing"


def answer(house: House, words: Words) -> Answer:
    """Lets heals start again."""
    what = words.next("healing")
    if what != "healing":
        raise UsageError(f"{what!r} cannot be resumed; usage: {USAGE}")
    words.end()
    allowed(house, words, "switch", "resume healing")
    house.desk.resume(words.person, words.now)
    house.ledger.redraw(words.now)
    house.nudge()
    return Answer("Healing goes on", {"paused": False, "by": words.person})
