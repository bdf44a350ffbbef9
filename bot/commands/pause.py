from __future__ import annotations

from bot.house import House
from bot.words import Answer, Words
from schemas.errors import UsageError

from ._find import allowed

USAGE = "pause healing [WHY …]"


def answer(house: House, words: Words) -> Answer:
    """Stops every heal that has not begun to act, until ``resume healing``; every card shows it."""
    what = words.next("healing")
    if what != "healing":
        raise UsageError(f"{what!r} cannot be paused; usage: {USAGE}")
    why = " ".join(words.args)
    words.args.clear()
    words.end()
    allowed(house, words, "switch", "pause healing")
    house.desk.pause(words.person, why, words.now)
    house.ledger.redraw(words.now)
    house.nudge()
    return Answer("Healing is paused", {"paused": True, "by": words.person, "why": why})
