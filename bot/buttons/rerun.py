"""*Rerun canary*: runs the card's check again for its subject and answers the presser with the fresh result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.press import Does, Press, Reply
from schemas.reports import State

from ._target import Stale, allowed, stale, target

if TYPE_CHECKING:
    from bot.house import House

_WORDS = {
    State.PASS: "passes now",
    State.FAIL: "still fails",
    State.ERROR: "could not be judged",
    State.SKIPPED: "was not judged",
}


def actions(house: House) -> Mapping[str, Does]:
    def rerun(press: Press, now: datetime) -> Reply:
        allowed(house, press, "rerun")
        try:
            found = target(house, press.value)
        except Stale as error:
            return stale(error)
        alert = found.alert
        report = house.check_again(alert.check, alert.subject, now, cause="rerun")
        for result in report.results:
            if result.subject == alert.subject:
                said = result.finding.summary if result.finding else result.reason
                words = f"{alert.check} for {alert.subject} {_WORDS.get(result.state, result.state)}"
                return Reply(f"{words}: {said}" if said else f"{words}.", alert_id=alert.id)
        return Reply(f"{alert.check} said nothing about {alert.subject}.", outcome="failed", alert_id=alert.id)

    return {"rerun": Does(rerun)}
