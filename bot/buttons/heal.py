"""*Heal now*, *Force complete*: opens the plan in a modal; nothing moves before it is confirmed there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.asking import ask, told
from bot.cards import views as cards
from bot.cards.notices import loading, notice
from bot.press import Does, Opens, Press, Refused, Reply, Submits
from schemas.errors import ResilienceError

from ._target import Stale, allowed, remedy, stale, target

if TYPE_CHECKING:
    from bot.house import House


def actions(house: House) -> Mapping[str, Does | Opens]:
    def fill(press: Press, now: datetime) -> Reply:
        try:
            found = target(house, press.value)
            offer = remedy(found)
            allowed(house, press, offer.healer)
            plan = house.plan(found.alert, offer, press.person, now)
        except Refused as error:
            return Reply(view=notice("Not for you", str(error)), outcome="refused")
        except Stale as error:
            return Reply(view=notice("Already over", str(error)), outcome="stale")
        except ResilienceError as error:
            return Reply(view=notice("No plan", str(error)), outcome="failed")
        hindrance = plan.refusal or plan.needless
        view = notice(offer.label, hindrance) if hindrance else cards.heal_plan(found.ref, plan, offer, plan.words)
        return Reply(view=view, alert_id=found.alert.id)

    return {"heal": Opens(lambda _: loading("Plan"), fill)}


def views(house: House) -> Mapping[str, Submits]:
    def submit(press: Press, now: datetime) -> Reply:
        try:
            found = target(house, press.meta)
            offer = remedy(found)
        except Stale as error:
            return stale(error)
        allowed(house, press, offer.healer)
        asked = ask(house, found.alert, offer, press.person, "button", now)
        words = "" if asked.created else told(house, asked)
        return Reply(words, alert_id=found.alert.id, heal_id=asked.heal.id, channel=found.alert.channel)

    return {"heal": Submits(lambda _: {}, submit)}
