"""The pipeline's live state: finished prediction batches of the last days and, as a fault, two stalled ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from schemas.times import to_text

from .days import FEATURES, Tables
from .league import draw
from .moments import AsOf, moment

COLLECTION = "prediction_batches"
STALLED = ((125, 3, timedelta(hours=3), timedelta(minutes=16)), (119, 5, timedelta(minutes=200), timedelta(minutes=40)))
_HISTORY = 7

Batches = dict[str, Mapping[str, Any]]


def batches(seed: int, tables: Tables, at: AsOf, *, faults: bool) -> Batches:
    """Documents by key, ``batch_YYYY-MM-DD_epoch`` (reference pipeline, section 6)."""
    found: Batches = {}
    for day in at.days()[-_HISTORY:]:
        if at.reached(day, "10:30"):
            found |= _finished(day, _ready(tables, day))
    for done, failed, created, updated in STALLED if faults else ():
        found |= _stalled(seed, at, _ready(tables, at.today), (done, failed), (at.now - created, at.now - updated))
    return found


def _ready(tables: Tables, day: date) -> list[str]:
    rows = (row for row in tables[FEATURES] if row["game_date"] == day.isoformat())
    return sorted(row["player_lookup"] for row in rows if row["is_quality_ready"])


def _finished(day: date, players: list[str]) -> Batches:
    created = moment(day, "10:12")
    ended = to_text(created + timedelta(minutes=11))
    consolidated = to_text(created + timedelta(minutes=14))
    [(key, document)] = _batch(day, (created, created + timedelta(minutes=11)), players, [], len(players)).items()
    return {key: {**document, "is_complete": True, "completion_time": ended, "consolidated_at": consolidated}}


def _stalled(
    seed: int, at: AsOf, players: list[str], counts: tuple[int, int], moments: tuple[datetime, datetime]
) -> Batches:
    done, failed = counts
    mixed = draw(seed, at.today, f"batch {done}").sample(players, len(players))
    completed, lost = mixed[:done], mixed[done : done + failed]
    return _batch(at.today, moments, completed, lost, len(players))


def _batch(
    day: date, moments: tuple[datetime, datetime], completed: list[str], failed: list[str], expected: int
) -> Batches:
    created, updated = moments
    key = f"batch_{day}_{int(created.timestamp())}"
    return {
        key: {
            "batch_id": key,
            "game_date": day.isoformat(),
            "expected_players": expected,
            "completed_players": completed,
            "failed_players": failed,
            "is_complete": False,
            "created_at": to_text(created),
            "updated_at": to_text(updated),
        }
    }
