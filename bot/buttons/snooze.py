"""*Snooze*: 1 h, 4 h, until tomorrow 09:00, until resolved, or a time of one's own; *Wake* ends it early."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.cards import views as cards
from bot.cards.notices import loading, notice
from bot.press import Does, Opens, Press, Reply, Submits
from schemas.alerts import MarkKind

from ._target import Stale, allowed, mark, stale, target

if TYPE_CHECKING:
    from bot.house import House


def actions(house: House) -> Mapping[str, Does | Opens]:
    def fill(press: Press, now: datetime) -> Reply:
        allowed(house, press, "mark")
        try:
            found = target(house, press.value)
        except Stale as error:
            return Reply(view=notice("Snooze", str(error)), outcome="stale")
        view = cards.snooze(found.ref, found.alert, house.pipeline.zone, now)
        return Reply(view=view, alert_id=found.alert.id)

    def wake(press: Press, now: datetime) -> Reply:
        try:
            decision = mark(house, press, MarkKind.WAKE, now)
        except Stale as error:
            return stale(error)
        return Reply(alert_id=decision.alert.id if decision.alert else "")

    return {"snooze": Opens(lambda _: loading("Snooze"), fill), "wake": Does(wake)}


def views(house: House) -> Mapping[str, Submits]:
    zone = house.pipeline.zone

    def check(press: Press) -> Mapping[str, str]:
        return cards.snooze_errors(press.values, zone, press.at)

    def submit(press: Press, now: datetime) -> Reply:
        until, why = cards.parse_snooze(press.values, zone, press.at)
        try:
            decision = mark(house, press, MarkKind.SNOOZE, now, until=until, why=why)
        except Stale as error:
            return stale(error)
        return Reply(alert_id=decision.alert.id if decision.alert else "")

    return {"snooze": Submits(check, submit)}
