"""*Approve* and *Decline*: a heal of high risk needs a second person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.press import Does, Press, Refused, Reply

from ._target import Stale, allowed, stale, target

if TYPE_CHECKING:
    from bot.house import House


def actions(house: House) -> Mapping[str, Does]:
    def judge(press: Press, now: datetime, yes: bool) -> Reply:
        try:
            found = target(house, press.value)
        except Stale as error:
            return stale(error)
        note = found.alert.heal
        if note is None or note.heal_id != found.ref.heal_id:
            return Reply(
                "This heal is no longer waiting; nothing was changed.", outcome="stale", alert_id=found.alert.id
            )
        allowed(house, press, note.healer)
        words = house.approve(note.heal_id, press.person, now, yes=yes)
        if words:
            raise Refused(words)
        return Reply(alert_id=found.alert.id, heal_id=note.heal_id)

    return {
        "approve": Does(lambda press, now: judge(press, now, True)),
        "decline": Does(lambda press, now: judge(press, now, False)),
    }
