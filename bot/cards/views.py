"""Modals that ask. Their reference is in ``private_metadata``; errors are keyed by block ids, which are stable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from schemas.alerts import Alert
from schemas.durations import parse_duration
from schemas.errors import UsageError
from schemas.heals import Plan, Risk
from schemas.reports import Remedy
from schemas.times import at_local, day_of

from .blocks import Block, context, field_input, modal, option, section, select, text_input
from .refs import Ref
from .text import bold, clean, local

HEAL, SNOOZE = "heal", "snooze"
SPAN, OWN, WHY = "span", "own", "why"
MORNING = time(9)
LONGEST = timedelta(days=90)
_SPANS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
_FORMS = "a duration like 90m or 2d, a time like 16:30, or a date and time like 2026-11-24 09:00"


def heal_plan(ref: Ref, plan: Plan, remedy: Remedy, note: str = "") -> Block:
    """What will happen, in words and figures. ``note`` is one more sentence, such as what was seen just now."""
    steps = [f"{place}. {clean(step, 280)}" for place, step in enumerate(plan.steps[:8], 1)]
    if len(plan.steps) > 8:
        steps.append(f"and {len(plan.steps) - 8} more steps")
    target = "" if remedy.target in plan.title else f"\nTarget: {clean(remedy.target, 300)}"
    blocks = [section(bold(plan.title) + target)]
    if note:
        blocks.append(section(clean(note, 1500)))
    blocks.append(section("\n".join(steps) or "No step is needed."))
    blocks.append(section(f"Healed only when this is seen: {clean(plan.verified_by, 500)}"))
    words = "A second person must approve it before it starts." if plan.risk is Risk.HIGH else "It starts at once."
    blocks.append(context(words))
    return modal(remedy.label, blocks, callback=HEAL, metadata=ref.encode(), submit=remedy.label, close="Cancel")


def snooze(ref: Ref, alert: Alert, zone: str, now: datetime) -> Block:
    """How long and why. Values come back by block id: ``span``, ``own``, ``why``."""
    spans = [
        option("1 hour", "1h"),
        option("4 hours", "4h"),
        option(f"Until tomorrow 09:00 ({local(tomorrow_morning(zone, now), zone)})", "tomorrow"),
        option("Until resolved", "resolved"),
        option("Own time", "own"),
    ]
    blocks = [
        section(bold(alert.finding.title)),
        field_input(SPAN, "How long", select(SPAN, spans)),
        field_input(
            OWN,
            "Own time",
            text_input(OWN, placeholder="2d", longest=40),
            hint=f"90m, 2d, 16:30 or 2026-11-24 09:00, by the clock of {zone}",
            optional=True,
        ),
        field_input(WHY, "Why", text_input(WHY, longest=300), optional=True),
    ]
    return modal("Snooze", blocks, callback=SNOOZE, metadata=ref.encode(), submit="Snooze", close="Cancel")


def tomorrow_morning(zone: str, now: datetime) -> datetime:
    """09:00 by the wall clock of ``zone`` on its next day, also when a clock change lies between."""
    return at_local(day_of(now, zone) + timedelta(days=1), MORNING, zone)


def snooze_errors(values: Mapping[str, str], zone: str, now: datetime) -> Mapping[str, str]:
    """Errors by block id, for the ``errors`` response; empty when the form is right."""
    try:
        parse_snooze(values, zone, now)
    except _Wrong as wrong:
        return {wrong.block_id: str(wrong)}
    return {}


def parse_snooze(values: Mapping[str, str], zone: str, now: datetime) -> tuple[datetime | None, str]:
    """(until, why); until None is until resolved. Raises UsageError."""
    span, own = values.get(SPAN) or "", (values.get(OWN) or "").strip()
    why = " ".join((values.get(WHY) or "").split())[:300]
    if span != "own" and own:
        raise _Wrong(SPAN, "Choose 'Own time' to use the time you wrote, or clear it")
    if span in _SPANS:
        return now + _SPANS[span], why
    if span == "tomorrow":
        return tomorrow_morning(zone, now), why
    if span == "resolved":
        return None, why
    if span != "own":
        raise _Wrong(SPAN, "Choose how long")
    if not own:
        raise _Wrong(OWN, f"Write {_FORMS}")
    return own_time(own, zone, now), why


def own_time(text: str, zone: str, now: datetime) -> datetime:
    """The moment of a written duration, time or date and time in ``zone``. Raises UsageError."""
    until = _moment(text, zone, now)
    if until <= now:
        raise _Wrong(OWN, f"{local(until, zone)} has passed")
    if until > now + LONGEST:
        raise _Wrong(OWN, f"That is over {LONGEST.days} days; choose 'Until resolved' instead")
    return until


def _moment(text: str, zone: str, now: datetime) -> datetime:
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%H:%M"):
        try:
            read = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        day = day_of(now, zone) if form == "%H:%M" else read.date()
        moment = _at(day, read.time(), zone)
        return _at(day + timedelta(days=1), read.time(), zone) if form == "%H:%M" and moment <= now else moment
    try:
        return now + parse_duration(text)
    except UsageError:
        raise _Wrong(OWN, f"Not understood; write {_FORMS}") from None


def _at(day: date, clock: time, zone: str) -> datetime:
    try:
        return at_local(day, clock, zone)
    except OverflowError:
        raise _Wrong(OWN, f"Not understood; write {_FORMS}") from None


class _Wrong(UsageError):
    """A UsageError that knows which input it is about."""

    def __init__(self, block_id: str, words: str) -> None:
        self.block_id = block_id
        super().__init__(words)
