from __future__ import annotations

from bot.house import House
from bot.press import Refused
from bot.words import Answer, Words
from schemas.errors import UsageError

USAGE = "pause healing [WHY …]"


def answer(house: House, words: Words) -> Answer:
    """Stops every heal that has not begun to act, until ``resume healing``; every card shows it."""
    what = words.next("healing")
    if what != "healing":
        raise UsageError(f"{what!r} cannot be paused; usage: {USAGE}")
    why = " ".join(words.args)
    words.args.clear()
    words.end()
    may_switch(house, words)
    house.desk.pause(words.person, why, words.now)
    house.ledger.redraw(words.now)
    house.nudge()
    return Answer("Healing is paused", {"paused": True, "by": words.person, "why": why})


def may_switch(house: House, words: Words) -> None:
    """Refuses a person who is not in the audience of the kill switch."""
    group = house.audience("switch")
    if words.source == "word" and not house.access.may(words.person, group):
        raise Refused(f"Only {group} may pause or resume healing; nothing was changed.")
