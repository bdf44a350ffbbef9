"""Rows that we write to the warehouse. The JSON table schemas beside this file are generated from these types.

A field's description stands beside its type; types map as str STRING, int INT64, float FLOAT64, bool BOOL, datetime
TIMESTAMP, date DATE, Mapping JSON; ``| None`` is NULLABLE, anything else REQUIRED.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints


@dataclass(frozen=True)
class HealingEvent:
    """One closed heal (reference pipeline, section 6)."""

    healing_id: Annotated[str, "heal_ and 12 hex digits; the same for every road that asks for the same attempt"]
    timestamp: Annotated[datetime, "when the heal was closed"]
    healing_type: Annotated[str, "the kind of heal, such as batch_cleanup or job_rerun"]
    trigger_reason: Annotated[str, "why it was asked for, in words"]
    action_taken: Annotated[str, "what was done, in words"]
    before_state: Annotated[Mapping[str, object], "the target before the first act"]
    after_state: Annotated[Mapping[str, object], "the target as it was seen after the last act"]
    success: Annotated[bool, "true only when the effect was seen: outcome is healed"]
    metadata: Annotated[Mapping[str, object], "acts, their kinds and names, approver, request source"]
    outcome: Annotated[str, "healed, ineffective, unverifiable, failed, abandoned, needless or refused"]
    root_cause: Annotated[str, "the trigger with ids, dates, numbers and names taken out"]
    target: Annotated[str, "the logical target of the heal"]
    actor: Annotated[str, "the person or the schedule that asked"]
    alert_id: Annotated[str | None, "the alert that the heal answers"]
    attempt: Annotated[int, "which attempt of this remedy in this episode of the alert, from 1"]
    started_at: Annotated[datetime | None, "when the first act was sent; null when none was"]
    finished_at: Annotated[datetime, "when the outcome was known"]


@dataclass(frozen=True)
class CheckMetric:
    """One metric of one subject at one run (reference pipeline, section 8)."""

    check: Annotated[str, "the check's name"]
    metric: Annotated[str, "the metric's name"]
    subject: Annotated[str, "the subject: a game day, a service, a batch"]
    game_day: Annotated[date | None, "the game day judged, when the check is dated"]
    value: Annotated[float | None, "the value; null when it could not be had"]
    limit: Annotated[float | None, "the limit in force"]
    mode: Annotated[str, "the calendar's mode at the run"]
    state: Annotated[str, "ok, violated, not_applicable or error"]
    run_id: Annotated[str, "the run that this belongs to"]
    at: Annotated[datetime, "when it was measured"]


@dataclass(frozen=True)
class CheckRun:
    """One subject's state at one run of one check; enough to replay the decision."""

    run_id: Annotated[str, "the run that this belongs to"]
    check: Annotated[str, "the check's name"]
    subject: Annotated[str, "the subject"]
    state: Annotated[str, "PASS, FAIL, ERROR or SKIPPED"]
    reason: Annotated[str, "why, in words"]
    severity: Annotated[str | None, "the finding's severity"]
    cause: Annotated[str, "tick, manual, rerun or verify"]
    mode: Annotated[str, "the calendar's mode at the run"]
    result: Annotated[Mapping[str, object], "the whole result as JSON"]
    started_at: Annotated[datetime, "when the run began"]
    finished_at: Annotated[datetime, "when the run ended"]


@dataclass(frozen=True)
class AlertDecision:
    """One decision about one alert: why the bot spoke or kept silent."""

    decision_id: Annotated[str, "unique per decision"]
    alert_id: Annotated[str, "the fingerprint of (check, subject)"]
    check: Annotated[str, "the check's name"]
    subject: Annotated[str, "the subject"]
    inlet: Annotated[str, "report, mark or time"]
    reason: Annotated[str, "the named reason"]
    spoke: Annotated[bool, "whether the bot spoke"]
    rule: Annotated[str, "the rule that decided, with its key in the configuration"]
    severity: Annotated[str, "the alert's severity"]
    run_id: Annotated[str | None, "the run that brought the report"]
    at: Annotated[datetime, "when it was decided"]
    next_at: Annotated[datetime | None, "when the answer may change by time alone"]


TABLES: Mapping[str, type] = {
    "healing_events": HealingEvent,
    "check_metrics": CheckMetric,
    "check_runs": CheckRun,
    "alert_decisions": AlertDecision,
}

_TYPES = {str: "STRING", int: "INT64", float: "FLOAT64", bool: "BOOL", datetime: "TIMESTAMP", date: "DATE"}


def table_schema(record: type) -> list[dict[str, str]]:
    """The schema of a record's table as ``bq mk --table`` takes it."""
    hints = get_type_hints(record, include_extras=True)
    return [_field(one.name, *get_args(hints[one.name])) for one in fields(record)]


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


def write_schemas(folder: Path) -> None:
    """Writes each table's schema file; ``make schemas`` calls it, and a test compares."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, record in TABLES.items():
        text = json.dumps(table_schema(record), indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", "utf-8")
