"""What a typed word may mean: an alert, a span of time, a moment in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.house import House
from bot.press import Refused
from bot.words import Words
from schemas.alerts import Alert, AlertState
from schemas.codec import load
from schemas.durations import parse_duration, say_duration
from schemas.errors import UsageError
from schemas.nearest import suggest
from schemas.times import from_text

_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def find_alert(house: House, text: str, *, open_only: bool = True) -> Alert:
    """An alert by the beginning of its id, its check, its subject, or check/subject. Raises UsageError otherwise."""
    alerts = house.ledger.firing()
    if not open_only:
        docs = house.back.store.find("alerts", order_by="opened_at", descending=True, limit=1000)
        alerts = [load(Alert, doc.value) for doc in docs]
    exact = [one for one in alerts if text in (one.id, one.check, one.subject, f"{one.check}/{one.subject}")]
    found = exact or [one for one in alerts if len(text) >= 4 and one.id.startswith(text)]
    if not found:
        known = [name for one in alerts for name in (one.check, one.subject, one.id)]
        kind = "open alert" if open_only else "alert"
        raise UsageError(f"there is no {kind} {text!r}; {suggest(text, known) or 'none is open'}")
    firing = [one for one in found if one.state is AlertState.FIRING] or found
    if len(firing) > 1:
        several = ", ".join(f"{one.check}/{one.subject}" for one in firing[:5])
        raise UsageError(f"{text!r} means several alerts: {several}")
    return firing[0]


def allowed(house: House, words: Words, what: str, doing: str) -> None:
    """Refuses a person of Slack who is not in the audience of ``what``; the shell is the operator's own."""
    group = house.audience(what)
    if words.source == "word" and not house.access.may(words.person, group):
        raise Refused(f"Only {group or 'nobody'} may {doing}; nothing was changed.")


def ago(house: House, moment: datetime | None, now: datetime) -> str:
    """``21:45 (16 min ago)`` in the pipeline's zone; ``never`` for None."""
    if moment is None:
        return "never"
    span = now - moment
    said = f"{say_duration(span)} ago" if span >= timedelta(0) else f"in {say_duration(-span)}"
    return f"{clock(house, moment, now)} ({said})"


def clock(house: House, moment: datetime, now: datetime) -> str:
    """The wall clock of the pipeline's zone, with the day when it is another one."""
    zone = ZoneInfo(house.pipeline.zone)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def zone_word(house: House, now: datetime) -> str:
    """What the pipeline's zone is called now, ``EST``: a table says whose clock it shows."""
    return now.astimezone(ZoneInfo(house.pipeline.zone)).tzname() or house.pipeline.zone


def said(house: House, words: str, now: datetime) -> str:
    """Words in which each moment as documents spell it stands by the pipeline's clock."""
    return _MOMENT.sub(lambda found: clock(house, from_text(found[0]), now), words)


def name_of(house: House, who: str) -> str:
    """A person's name as the configuration has it, else who they say they are."""
    return house.pipeline.people.get(who, who)


def since(text: str, now: datetime) -> datetime:
    """The beginning of a range that ends now: ``24h``, ``7d``."""
    try:
        return now - parse_duration(text)
    except UsageError as error:
        raise UsageError(f"{text!r} is not a range; write it like 24h or 7d") from error
