"""A small pipeline by hand: game days written exactly at their limits, in the real embedded warehouse."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from checks import look_by_kind
from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.duck_write import PipelineWriter
from control_plane.calendar import CalendarBook
from examples.nba.tables import all_tables
from schemas.pipeline import CheckSpec, Pipeline
from schemas.questions import Ask
from schemas.reports import SubjectResult
from schemas.times import at_local, day_of, to_text

from .conftest import ZONE, sight

SCHEDULE = "nba_reference.nba_schedule"
RAW = "nba_raw.nbac_gamebook_player_stats"
SUMMARY = "nba_analytics.player_game_summary"
FEATURES = "nba_predictions.ml_feature_store_v2"
PREDICTIONS = "nba_predictions.player_prop_predictions"
REGISTRY = "nba_predictions.model_registry"
SIGNALS = "nba_predictions.daily_prediction_signals"
ACCURACY = "nba_predictions.prediction_accuracy"
HALT = "nba_orchestration.halt_state"
PROJECT = "nba-props-platform"
MODEL = "catboost_v9"
Change = Mapping[str, Any]


def template(path: Path) -> Path:
    """A warehouse with all tables and no rows, to be copied."""
    warehouse = DuckWarehouse(path, project=PROJECT)
    writer = PipelineWriter(warehouse.file)
    for table in all_tables():
        writer.create_table(
            table.dataset,
            table.name,
            list(table.columns),
            partition_column=table.partition,
            require_partition_filter=table.filtered,
        )
    warehouse.close()
    return path


class Night:
    """``write`` a day, or table by table with the row's defaults changed; ``look`` at it with a shipped check."""

    def __init__(self, empty: Path, path: Path, pipeline: Pipeline) -> None:
        shutil.copy(empty, path)
        self.pipeline = pipeline
        self.warehouse = DuckWarehouse(path, project=PROJECT)
        self.writer = PipelineWriter(self.warehouse.file)
        self.book = CalendarBook(pipeline.calendar, self.warehouse)

    def look(self, check: str | CheckSpec, as_of: datetime, **how: Any) -> tuple[SubjectResult, ...]:
        spec = self.pipeline.checks[check] if isinstance(check, str) else check
        book = CalendarBook(self.pipeline.calendar, self.warehouse)
        ask = Ask(as_of, ZONE, book.day(day_of(as_of, ZONE), as_of), partial(_other, book, as_of), **how)
        return look_by_kind(spec.kind)(spec, ask, sight(self.warehouse))

    # --- whole days -------------------------------------------------------------------------------------------

    def over(self, day: date, games: int, *, prefix: str = "002") -> list[str]:
        """A day whose games are final and all of whose phases wrote exactly as much as they must."""
        ids = self.games(day, games, prefix=prefix)
        self.raw(day, ids)
        self.summary(day, ids)
        self.predicted(day, ids)
        self.graded(day, ids[:1])
        return ids

    def ahead(self, day: date, games: int, *, prefix: str = "002") -> list[str]:
        """A day whose games are still to come, predicted and published."""
        ids = self.games(day, games, prefix=prefix, status=1)
        self.predicted(day, ids)
        return ids

    def predicted(self, day: date, ids: Sequence[str]) -> None:
        self.features(day, ids)
        self.predictions(day, ids)
        self.signals(day)
        self.halt(day)

    def model(self, name: str = MODEL, created: str = "2026-01-01T00:00:00Z", **change: Any) -> None:
        row = {"model_id": name, "model_family": "trees", "enabled": True, "status": "active", "created_at": created}
        self.load(REGISTRY, [{**row, **change}])

    # --- table by table ---------------------------------------------------------------------------------------

    def games(self, day: date, count: int, *, status: int = 3, prefix: str = "002", first: int = 0) -> list[str]:
        ids = [f"{prefix}26{day:%m%d}{number:02}" for number in range(first, first + count)]
        teams = {"home_team_tricode": "NYK", "away_team_tricode": "BOS"}
        self.load(
            SCHEDULE, [{"game_id": one, "game_date": day.isoformat(), "game_status": status, **teams} for one in ids]
        )
        return ids

    def raw(self, day: date, ids: Sequence[str], each: int = 20, **change: Any) -> None:
        row = {
            "player_name": "A B",
            "team_abbr": "BOS",
            "player_status": "active",
            "minutes_decimal": 20.0,
            "points": 9,
        }
        self._players(RAW, day, ids, each, row | change)

    def summary(self, day: date, ids: Sequence[str], each: int = 20, **change: Any) -> None:
        row = {
            "team_abbr": "BOS",
            "points": 6,
            "minutes_played": "15",
            "is_dnp": False,
            "player_status": "active",
            "processed_at": f"{day}T12:00:00Z",
        }
        self._players(SUMMARY, day, ids, each, row | change)

    def features(self, day: date, ids: Sequence[str], each: int = 10, **change: Any) -> None:
        row = {
            "feature_quality_score": "70",
            "early_season_flag": False,
            "is_quality_ready": True,
            "quality_alert_level": "green",
            "matchup_quality_pct": 40.0,
            "cache_miss_fallback_used": False,
            "created_at": f"{day}T12:00:00Z",
        }
        self._players(FEATURES, day, ids, each, row | change)

    def predictions(self, day: date, ids: Sequence[str], each: int = 20, *, model: str = MODEL, **change: Any) -> None:
        row = {
            "system_id": model,
            "predicted_points": "12.5",
            "confidence_score": "40",
            "recommendation": "OVER",
            "current_points_line": "11.5",
            "is_active": True,
            "created_at": f"{day}T15:00:00Z",
        }
        rows = [
            {"prediction_id": f"{model}-{game}-{number}", "player_lookup": f"{game}-p{number}", "game_id": game}
            for game in ids
            for number in range(each)
        ]
        self.load(PREDICTIONS, [{**one, "game_date": day.isoformat(), **row, **change} for one in rows])

    def signals(self, day: date, *, model: str = MODEL, **change: Any) -> None:
        row = {"system_id": model, "total_picks": 9, "pct_over": 50.0, "daily_signal": "GREEN"}
        self.load(SIGNALS, [{"game_date": day.isoformat(), **row, **change}])

    def graded(self, day: date, ids: Sequence[str], *, at: str | None = "T14:00:00Z") -> None:
        row = {"system_id": MODEL, "prediction_correct": None, "actual_points": 9}
        graded = {"graded_at": f"{day + timedelta(days=1)}{at}" if at else None}
        self._players(ACCURACY, day, ids, 1, row | graded)

    def halt(self, day: date, *, active: bool = False, clock: str = "05:30", sport: str = "nba") -> None:
        written = to_text(at_local(day, time.fromisoformat(clock), ZONE))
        row = {"effective_date": day.isoformat(), "sport": sport, "halt_active": active, "halt_reason": "edge too low"}
        self.load(HALT, [{**row, "written_at": written}])

    def clear(self, table: str, **equal: Any) -> None:
        self.writer.delete_where(table, **equal)

    def load(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self.writer.load(table, rows)

    def _players(self, table: str, day: date, ids: Sequence[str], each: int, rest: Change) -> None:
        rows = [{"game_id": one, "player_lookup": f"{one}-p{number}"} for one in ids for number in range(each)]
        self.load(table, [{**one, "game_date": day.isoformat(), **rest} for one in rows])


def _other(book: CalendarBook, as_of: datetime, day: date) -> Any:
    return book.day(day, as_of)
