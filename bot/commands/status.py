from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.house import House
from bot.words import Answer, Section, Words
from schemas.alerts import Alert
from schemas.codec import dump
from schemas.durations import say_duration
from schemas.ports import Where
from schemas.times import from_text

from ._find import ago, clock, zone_word

USAGE = "status"
LATE = timedelta(minutes=10)


def answer(house: House, words: Words) -> Answer:
    """What is open, what each check last saw and how old that is, what is paused, what waits to be sent."""
    now = words.now
    alerts, checks = house.ledger.firing(), check_states(house, now)
    blind = [one for one in checks if one["state"] in ("ERROR", "STALE", "NEVER_RAN")]
    unsent = house.back.store.find("cards", Where("dirty", "==", 1), limit=500)
    heals = house.back.store.find("heals", Where("open", "==", 1), limit=200)
    switches = {doc: house.back.store.get("switches", doc) for doc in ("healing", "messages")}
    paused = [name for name, doc in switches.items() if doc and (doc.value.get("paused") or doc.value.get("muted"))]
    data: dict[str, Any] = {
        "healthy": not alerts and not blind,
        "alerts": [brief(alert) for alert in alerts],
        "checks": checks,
        "paused": paused,
        "heals_open": len(heals),
        "cards_unsent": len(unsent),
        "cards_refused": [doc.value["refused"] for doc in unsent if doc.value.get("refused")],
        "outbox_age_s": house.outbox.lag(now).total_seconds(),
        "rows_refused": house.outbox.kept(),
    }
    lines = [f"{name} is paused" for name in paused]
    lines += [f"{len(heals)} heals under way"] if heals else []
    lines += [f"{len(unsent)} cards wait to be sent"] if unsent else []
    lines += [f"Slack refuses: {words}" for words in data["cards_refused"][:3]]
    waits = house.outbox.lag(now)
    lines += [f"rows for the warehouse wait since {say_duration(waits)}"] if waits >= LATE else []
    lines += [f"the warehouse refused rows: {words}" for words in data["rows_refused"][:3]]
    code = 1 if blind else 0
    return Answer(_title(alerts, blind), data, _sections(house, alerts, checks, lines, now), code)


def brief(alert: Alert) -> dict[str, Any]:
    """The facts of an open alert that a program or a list wants."""
    return {
        "id": alert.id,
        "check": alert.check,
        "subject": alert.subject,
        "severity": alert.severity.value,
        "summary": alert.finding.summary,
        "since": dump(alert.opened_at),
        "seen": alert.seen,
        "could_not_look": alert.error,
        "snoozed_until": dump(alert.snooze.until) if alert.snooze else None,
        "snoozed": alert.snooze is not None,
        "acknowledged_by": alert.ack.by if alert.ack else None,
        "heal": dump(alert.heal) if alert.heal else None,
    }


def check_states(house: House, now: datetime) -> list[dict[str, Any]]:
    """Each check's last state; STALE past two intervals, NEVER_RAN without a run: neither reads as healthy."""
    latest = {doc.key: doc.value for doc in house.back.store.find("latest", limit=5000)}
    states = []
    for entry in house.pipeline.entries.values():
        next_at = house.schedule.next_at(entry.name, now)
        interval = house.schedule.next_at(entry.name, next_at) - next_at
        for check in entry.checks:
            last = latest.get(check)
            at = from_text(last["at"]) if last else None
            state = last["state"] if last else "NEVER_RAN"
            if at is not None and now - at > 2 * interval:
                state = "STALE"
            reason = "; ".join(last["reasons"][:1]) if last else "it never ran"
            spec = house.pipeline.checks[check]
            states.append(
                {"check": check, "entry": entry.name, "layer": spec.layer, "phase": spec.phase, "state": state,
                 "reason": reason, "at": dump(at), "next_at": dump(next_at)}
            )  # fmt: skip
    return states


def _title(alerts: list[Alert], blind: list[dict[str, Any]]) -> str:
    if alerts:
        said = f"{len(alerts)} open alert{'s' if len(alerts) > 1 else ''}"
        return said + (f", {len(blind)} checks could not look" if blind else "")
    return f"{len(blind)} checks could not look" if blind else "All quiet: every check looked, and nothing is open"


def _sections(
    house: House, alerts: list[Alert], checks: list[dict[str, Any]], lines: list[str], now: datetime
) -> tuple[Section, ...]:
    zone = zone_word(house, now)
    rows = [("severity", "check", "subject", f"since ({zone})", "what")]
    rows += [
        (one.severity.value, one.check, one.subject, clock(house, one.opened_at, now), one.finding.summary)
        for one in sorted(alerts, key=lambda one: (-one.severity.rank, one.opened_at))
    ]
    seen = [("check", "state", f"last run ({zone})", "next", "reason")]
    seen += [
        (
            one["check"],
            one["state"],
            ago(house, from_text(one["at"]) if one["at"] else None, now),
            clock(house, from_text(one["next_at"]), now),
            one["reason"][:80],
        )
        for one in checks
    ]
    parts = [Section("Open", table=tuple(rows))] if alerts else []
    parts.append(Section("Checks", table=tuple(seen)))
    return (*parts, Section("", tuple(lines))) if lines else tuple(parts)
