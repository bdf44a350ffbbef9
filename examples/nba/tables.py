"""The tables of the reference pipeline: their schemas stand in ``tables/`` as BigQuery takes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from schemas.records import TABLES, table_schema

FOLDER = Path(__file__).parent / "tables"
OURS = "nba_orchestration"
FILTERED = ("nba_predictions.player_prop_predictions", "nba_raw.nbac_gamebook_player_stats")
_DAY_OF_OURS = {
    "healing_events": "timestamp",
    "check_metrics": "at",
    "check_runs": "started_at",
    "alert_decisions": "at",
}


@dataclass(frozen=True)
class Table:
    """A table to create. ``columns`` are BigQuery's schema; ``partition`` the column it is partitioned by, or empty;
    ``filtered`` when a query must name the partition."""

    dataset: str
    name: str
    columns: tuple[dict[str, str], ...]
    partition: str
    filtered: bool

    @property
    def path(self) -> str:
        return f"{self.dataset}.{self.name}"


def all_tables() -> tuple[Table, ...]:
    """The pipeline's twenty tables, then the bot's own four."""
    return (*(_read(file) for file in sorted(FOLDER.glob("*/*.json"))), *(_ours(name) for name in TABLES))


def _read(file: Path) -> Table:
    columns = tuple(json.loads(file.read_text("utf-8")))
    dated = any(column["name"] == "game_date" for column in columns)
    path = f"{file.parent.name}.{file.stem}"
    return Table(file.parent.name, file.stem, columns, "game_date" if dated else "", path in FILTERED)


def _ours(name: str) -> Table:
    return Table(OURS, name, tuple(table_schema(TABLES[name])), _DAY_OF_OURS[name], False)
