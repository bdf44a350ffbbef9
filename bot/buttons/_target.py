"""What a button's value refers to, read anew: a stale or replayed one changes nothing and says so in private."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.announce import mark_id
from bot.cards.refs import Ref, decode, find_remedy
from bot.press import Press, Refused, Reply
from schemas.alerts import Alert, Decision, Mark, MarkKind
from schemas.errors import ResilienceError
from schemas.reports import Remedy

if TYPE_CHECKING:
    from bot.house import House


class Stale(ResilienceError):
    """The button belongs to a state that has passed."""


@dataclass(frozen=True)
class Target:
    """The alert a button stands on, as it is now."""

    ref: Ref
    alert: Alert


def target(house: House, reference: str) -> Target:
    """The open alert that the reference names. Raises Stale with one sentence."""
    ref = decode(reference)
    if ref is None:
        raise Stale("This button is not one of mine, or it was altered; nothing was changed.")
    alert = house.ledger.held(ref.alert_id).alert
    if alert is None:
        raise Stale("I no longer know this alert; nothing was changed.")
    if alert.episode != ref.episode:
        raise Stale("This card is of an earlier time; the newer card has the buttons that count. Nothing was changed.")
    if not alert.firing:
        raise Stale(f"This is already over: {alert.resolved_by or 'resolved'}. Nothing was changed.")
    return Target(ref, alert)


def remedy(found: Target) -> Remedy:
    """The remedy that the reference names, if the alert still offers it."""
    one = find_remedy(found.alert, found.ref.remedy)
    if one is not None:
        return one
    raise Stale("This heal is no longer on offer for the alert; nothing was changed.")


def allowed(house: House, press: Press, what: str) -> None:
    """Raises Refused unless the presser is in the audience of ``what`` (mark, rerun, switch, or a healer's name)."""
    group = house.audience(what)
    if not house.access.may(press.person, group):
        raise Refused(f"Only {group or 'nobody'} may do this ({what}); nothing was changed.")


def mark(
    house: House, press: Press, kind: MarkKind, now: datetime, *, until: datetime | None = None, why: str = ""
) -> Decision:
    """Puts a mark on the press's alert; the same press again is the same mark."""
    found = target(house, press.meta or press.value)
    allowed(house, press, "mark")
    key = mark_id(kind, found.alert.id, press.id)
    return house.announcer.mark(Mark(kind, found.alert.id, press.person, now, key, until=until, why=why), now)


def stale(error: Stale) -> Reply:
    return Reply(str(error), outcome="stale")
