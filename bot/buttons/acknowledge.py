"""*Acknowledge*: somebody has it; reminders stop, the card says who."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.press import Does, Press, Reply
from schemas.alerts import MarkKind

from ._target import Stale, mark, stale

if TYPE_CHECKING:
    from bot.house import House


def actions(house: House) -> Mapping[str, Does]:
    def press_ack(press: Press, now: datetime) -> Reply:
        try:
            decision = mark(house, press, MarkKind.ACKNOWLEDGE, now)
        except Stale as error:
            return stale(error)
        return Reply(alert_id=decision.alert.id if decision.alert else "")

    return {"ack": Does(press_ack)}
