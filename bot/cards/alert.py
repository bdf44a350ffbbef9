"""The card of an alert, drawn anew from the alert alone: what, where, how bad, since when, what was done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from schemas.alerts import Alert
from schemas.durations import say_duration
from schemas.heals import HealState, Outcome
from schemas.ports import Message
from schemas.reports import MetricState, Severity

from .alert_actions import offered
from .blocks import Block, compose, context, fields, header, section
from .heal_words import changes, outcome_words
from .standing import Standing, standing
from .text import bold, by, clean, line, local, moments, person, when

_CIRCLE = {
    Severity.CRITICAL: ":red_circle:",
    Severity.WARNING: ":large_orange_circle:",
    Severity.INFO: ":large_blue_circle:",
}
_EMOJI = {
    Standing.RESOLVED: ":white_check_mark:",
    Standing.HEALING: ":hourglass_flowing_sand:",
    Standing.APPROVAL: ":hourglass_flowing_sand:",
    Standing.SNOOZED: ":zzz:",
}
_FIRING_COLOR = {Severity.CRITICAL: "#a30200", Severity.WARNING: "#e8912d", Severity.INFO: "#3b82c4"}
_COLOR = {
    Standing.RESOLVED: "#2eb886",
    Standing.HEALING: "#8a63d2",
    Standing.APPROVAL: "#8a63d2",
    Standing.SNOOZED: "#dddddd",
    Standing.INEFFECTIVE: "#cc0000",
    Standing.ACKNOWLEDGED: "#daa038",
}
_STAMP = re.compile(r"\d{4}-?\d\d-?\d\dT(\d\d):?(\d\d):?\d\d[.\d]*Z?", re.ASCII)
MEMBERS = 15
FACTS = 6


@dataclass(frozen=True)
class _Sight:
    """What a card is drawn from."""

    alert: Alert
    zone: str
    now: datetime
    paused: bool
    repeated: bool
    standing: Standing


def draw_alert(
    alert: Alert, *, zone: str, now: datetime, healing_paused: bool = False, repeated: bool = False
) -> Message:
    """The alert's message. ``zone`` is the pipeline's, for times in words; ``repeated`` marks a post sent again."""
    seen = _Sight(alert, zone, now, healing_paused, repeated, standing(alert, now))
    color = _COLOR.get(seen.standing) or _FIRING_COLOR[alert.severity]
    top = [header(f"{_emoji(seen)} {line(_title(alert), 100)}"), section(_sentence(seen))]
    body: list[tuple[int, Block]] = [(2, fields(_fields(seen)))]
    body += [(rank, section(text)) for rank, text in _paragraphs(seen) if text]
    body.append((1, context(_context(seen))))
    buttons = offered(alert, seen.standing)
    if buttons:
        body.append((0, buttons))
    return compose(_text(seen), top, body, color=color)


def _emoji(seen: _Sight) -> str:
    return _EMOJI.get(seen.standing) or _CIRCLE[seen.alert.severity]


def _title(alert: Alert) -> str:
    return f"Could not look: {alert.finding.title}" if alert.broken else alert.finding.title


def _sentence(seen: _Sight) -> str:
    """One sentence with the number that matters, or how the trouble ended."""
    alert = seen.alert
    if seen.standing is Standing.RESOLVED and alert.resolved_at is not None:
        span = say_duration(alert.resolved_at - alert.opened_at)
        was = "could not look" if alert.broken else clean(alert.finding.summary, 900)
        return f"Resolved {when(alert.resolved_at, seen.zone)} after {span}{_how(alert)}\nIt was: {was}"
    if alert.broken:
        why = clean(alert.error or alert.finding.summary, 700)
        return f":no_entry: Could not look since {when(alert.opened_at, seen.zone)}: {why}"
    return clean(alert.finding.summary, 1000)


def _how(alert: Alert) -> str:
    """Who or what resolved it."""
    how = alert.resolved_by
    if not how or person(how) != clean(how, 60):
        return f" {by(how)}." if how else "."
    return f": {clean(how, 400)}"


def _fields(seen: _Sight) -> list[tuple[str, str]]:
    alert, zone = seen.alert, seen.zone
    since = alert.opened_at if alert.broken else alert.finding.since or alert.opened_at
    often = f"{alert.seen} times, last {when(alert.last_seen_at, zone)}" if alert.seen > 1 else "once"
    pairs = [
        ("State", seen.standing.value),
        ("Severity", f"{_CIRCLE[alert.severity]} {alert.severity.value}"),
        ("Since", when(since, zone)),
        ("Seen", often),
    ]
    if seen.standing is Standing.RESOLVED:
        return pairs
    facts = [(fact.label, moments(clean(fact.value, 200), zone)) for fact in alert.finding.facts]
    if len(facts) > FACTS:
        rest = len(facts) - FACTS + 1
        facts = [*facts[: FACTS - 1], ("More", f"and {rest} more facts")]
    return pairs + facts


def _paragraphs(seen: _Sight) -> list[tuple[int, str]]:
    """What stands between the fields and the context: (rank, mrkdwn); the highest ranks fall first."""
    return [
        (4, _members(seen.alert)),
        (3, _blind(seen)),
        (1, _heal(seen)),
        (1, _snooze(seen)),
        (2, _acknowledged(seen)),
        (1, ":no_entry: Healing is paused for the whole pipeline." if _shows_pause(seen) else ""),
    ]


def _members(alert: Alert) -> str:
    members = alert.finding.members
    if not members:
        return ""
    shown = ", ".join(clean(name, 60) for name in members[:MEMBERS])
    rest = len(members) - MEMBERS
    label = bold(alert.finding.members_label, 60) or "*Affected*"
    return f"{label}: {shown}" + (f" and {rest:,} more" if rest > 0 else "")


def _blind(seen: _Sight) -> str:
    """What could not be looked at; never shown as healthy."""
    alert, words = seen.alert, []
    if alert.error and not alert.broken and alert.firing:
        times = f" ({alert.errors_in_row} in a row)" if alert.errors_in_row > 1 else ""
        last = when(alert.last_seen_at, seen.zone)
        words.append(f":no_entry: Could not look since {last}{times}: {clean(alert.error, 500)}")
    lost = [metric for metric in alert.metrics if metric.state is MetricState.ERROR]
    if lost and not alert.broken:
        named = ", ".join(clean(metric.label or metric.name, 60) for metric in lost[:10])
        words.append(f":no_entry: Could not be measured: {named}")
    return "\n".join(words)


def _heal(seen: _Sight) -> str:
    note = seen.alert.heal
    if note is None:
        return ""
    who, label = by(note.by), bold(note.remedy or note.healer, 75)
    moment, words = when(note.at, seen.zone), clean(note.words, 500)
    tail = f"\n{words}" if words else ""
    second = f", approved by {person(note.approver)}" if note.approver and note.outcome is not Outcome.REFUSED else ""
    if note.state is HealState.APPROVAL:
        return f":hourglass_flowing_sand: {label}, asked for {who}, waits for a second person, {moment}{tail}"
    if note.state is not HealState.CLOSED:
        return f":hourglass_flowing_sand: Healing, started {who}{second}, {moment}: {label}, {note.state.value}{tail}"
    if note.approver and not second:
        words = f"{words} by {person(note.approver)}"
        tail = f"\n{words}"
    figures = changes(note.before, note.after, seen.zone)
    done = f"{outcome_words(note.outcome)} {label} {who}{second}, {moment}{tail}"
    return done + (f"\n{figures}" if figures else "")


def _snooze(seen: _Sight) -> str:
    snooze = seen.alert.snooze
    if snooze is None or seen.standing is Standing.RESOLVED or (snooze.until is not None and snooze.until <= seen.now):
        return ""
    until = f"until {when(snooze.until, seen.zone)}" if snooze.until else "until it is resolved"
    why = f": {clean(snooze.why, 300)}" if snooze.why else ""
    return f":zzz: Snoozed {until} by {person(snooze.by)}{why}"


def _acknowledged(seen: _Sight) -> str:
    ack = seen.alert.ack
    return f"Acknowledged by {person(ack.by)}, {when(ack.at, seen.zone)}" if ack else ""


def _shows_pause(seen: _Sight) -> bool:
    return seen.paused and seen.alert.firing and bool(seen.alert.finding.remedies)


def _context(seen: _Sight) -> str:
    alert = seen.alert
    parts = [f"check {clean(alert.check, 80)}", clean(alert.subject, 80)]
    if alert.run_id:
        parts.append(f"run {clean(short_run(alert), 60)}")
    parts.append(f"alert {clean(alert.id[:8], 8)}")
    if alert.episode > 1:
        parts.append(f"episode {alert.episode}")
    if seen.repeated:
        parts.append("repeated: the first post was not confirmed")
    return " · ".join(part for part in parts if part)


def short_run(alert: Alert) -> str:
    """``canaries_routine@23:00Z``: a run's id without the day, the seconds and the check, which stand beside it."""
    return _STAMP.sub(r"\1:\2Z", alert.run_id.replace(f"-{alert.check}-", "@", 1))


def _text(seen: _Sight) -> str:
    """The notification and what a screen reader says."""
    alert = seen.alert
    title, summary = clean(_title(alert), 200), clean(alert.finding.summary, 600)
    state = seen.standing
    if state is Standing.RESOLVED:
        return f"Resolved: {title}"
    if alert.broken:
        return f"{title}: {clean(alert.error or alert.finding.summary, 600)}"
    first = {
        Standing.FIRING: alert.severity.value.capitalize(),
        Standing.SNOOZED: _until(seen),
    }.get(state, state.value)
    again = " (repeated)" if seen.repeated else ""
    return f"{first}: {title}. {summary}{again}"


def _until(seen: _Sight) -> str:
    until = seen.alert.snooze.until if seen.alert.snooze else None
    return f"Snoozed until {local(until, seen.zone)}" if until else "Snoozed until resolved"
