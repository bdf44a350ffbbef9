"""Rows that we write to the warehouse. The JSON table schemas beside this file are generated from these types.

A field's description stands in its metadata; types map as str STRING, int INT64, float FLOAT64, bool BOOL, datetime
TIMESTAMP, date DATE, Mapping JSON; ``| None`` is NULLABLE, anything else REQUIRED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, get_args, get_type_hints


def _column(description: str) -> Any:
    return field(metadata={"description": description})


@dataclass(frozen=True)
class HealingEvent:
    """One closed heal (reference pipeline, section 6)."""

    healing_id: str = _column("heal_ and 12 hex digits; the same for every road that asks for the same attempt")
    timestamp: datetime = _column("when the heal was closed")
    healing_type: str = _column("the kind of heal, such as batch_cleanup or job_rerun")
    trigger_reason: str = _column("why it was asked for, in words")
    action_taken: str = _column("what was done, in words")
    before_state: Mapping[str, object] = _column("the target before the first act")
    after_state: Mapping[str, object] = _column("the target as it was seen after the last act")
    success: bool = _column("true only when the effect was seen: outcome is healed")
    metadata: Mapping[str, object] = _column("acts, their kinds and names, approver, request source")
    outcome: str = _column("healed, ineffective, unverifiable, failed, abandoned, needless or refused")
    root_cause: str = _column("the trigger with ids, dates, numbers and names taken out")
    target: str = _column("the logical target of the heal")
    actor: str = _column("the person or the schedule that asked")
    alert_id: str | None = _column("the alert that the heal answers")
    attempt: int = _column("which attempt of this remedy in this episode of the alert, from 1")
    started_at: datetime | None = _column("when the first act was sent; null when none was")
    finished_at: datetime = _column("when the outcome was known")


@dataclass(frozen=True)
class CheckMetric:
    """One metric of one subject at one run (reference pipeline, section 8)."""

    check: str = _column("the check's name")
    metric: str = _column("the metric's name")
    subject: str = _column("the subject: a game day, a service, a batch")
    game_day: date | None = _column("the game day judged, when the check is dated")
    value: float | None = _column("the value; null when it could not be had")
    limit: float | None = _column("the limit in force")
    mode: str = _column("the calendar's mode at the run")
    state: str = _column("ok, violated, not_applicable or error")
    run_id: str = _column("the run")
    at: datetime = _column("when it was measured")


@dataclass(frozen=True)
class CheckRun:
    """One subject's state at one run of one check; enough to replay the decision."""

    run_id: str = _column("the run")
    check: str = _column("the check's name")
    subject: str = _column("the subject")
    state: str = _column("PASS, FAIL, ERROR or SKIPPED")
    reason: str = _column("why, in words")
    severity: str | None = _column("the finding's severity")
    cause: str = _column("tick, manual, rerun or verify")
    mode: str = _column("the calendar's mode at the run")
    result: Mapping[str, object] = _column("the whole result as JSON")
    started_at: datetime = _column("when the run began")
    finished_at: datetime = _column("when the run ended")


@dataclass(frozen=True)
class AlertDecision:
    """One decision about one alert: why the bot spoke or kept silent."""

    decision_id: str = _column("unique per decision")
    alert_id: str = _column("the fingerprint of (check, subject)")
    check: str = _column("the check's name")
    subject: str = _column("the subject")
    inlet: str = _column("report, mark or time")
    reason: str = _column("the named reason")
    spoke: bool = _column("whether the bot spoke")
    rule: str = _column("the rule that decided, with its key in the configuration")
    severity: str = _column("the alert's severity")
    run_id: str | None = _column("the run that brought the report")
    at: datetime = _column("when it was decided")
    next_at: datetime | None = _column("when the answer may change by time alone")


TABLES: Mapping[str, type] = {
    "healing_events": HealingEvent,
    "check_metrics": CheckMetric,
    "check_runs": CheckRun,
    "alert_decisions": AlertDecision,
}

_TYPES = {str: "STRING", int: "INT64", float: "FLOAT64", bool: "BOOL", datetime: "TIMESTAMP", date: "DATE"}


def table_schema(record: type) -> list[dict[str, str]]:
    """The schema of a record's table as ``bq mk --table`` takes it."""
    hints = get_type_hints(record)
    return [_field(one.name, hints[one.name], one.metadata["description"]) for one in fields(record)]


def _field(name: str, hint: Any, description: str) -> dict[str, str]:
    args = get_args(hint)
    nullable = type(None) in args
    kind = args[0] if nullable else hint
    return {
        "name": name,
        "type": _TYPES.get(kind, "JSON"),
        "mode": "NULLABLE" if nullable else "REQUIRED",
        "description": description,
    }
