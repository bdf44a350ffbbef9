"""What every job of the pipeline needs: its surroundings, the warehouse, and one way to end.

A job is told where it is by ``RESILIENCE_HOME`` and what to do by its own variables (``GAME_DATE``, ``BATCH_ID``).
Its last line says what it did; it exits 0, or 1 when it could not. ``EFFECT=none`` makes it end well without doing
anything, ``NOW`` gives it another moment.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.warehouse import SharedWarehouse
from examples.nba import PROJECT
from schemas.errors import ResilienceError, UsageError
from schemas.times import from_text, to_text

LIMIT = timedelta(seconds=30)


@dataclass(frozen=True)
class Work:
    """Where a job works. ``name`` is its execution's, so that what it appends under it is written once.

    The warehouse is asked of the process that holds it; where none does, this one opens it for as long as it lives.
    """

    home: Path
    now: datetime
    name: str
    warehouse: SharedWarehouse

    @property
    def stamp(self) -> str:
        return to_text(self.now)

    @property
    def day(self) -> date:
        """The game day to work on, from ``GAME_DATE``."""
        text = variable("GAME_DATE")
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UsageError(f"GAME_DATE is {text!r}; write it like 2026-11-22") from None

    @property
    def seed(self) -> int:
        """The league's number: what stands in for the outside sources that a real job would ask."""
        return int(json.loads((self.home / "seed.json").read_text("utf-8"))["seed"])

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        return self.warehouse.query(sql, params, now=self.now, timeout=LIMIT, max_rows=200_000).dicts()

    def append(self, table: str, rows: Sequence[dict[str, Any]]) -> int:
        """Adds the rows, unless this execution did so before; says how many."""
        if not rows:
            return 0
        return len(rows) if self.warehouse.append(table, rows, batch_id=f"{self.name}/{table}") else 0

    def replace(self, table: str, rows: Sequence[dict[str, Any]], **equal: str) -> int:
        """Puts the rows in the place of those whose columns equal these values; doing it again changes nothing."""
        return self.warehouse.writer.replace_rows(table, rows, **equal) if rows else 0

    def live(self) -> SqliteLiveState:
        return SqliteLiveState(self.home / "live.sqlite", clock=SystemClock())


def variable(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise UsageError(f"{name} is not set")
    return value


def main(deed: Callable[[Work], str]) -> None:
    """Does ``deed`` and exits; what it returns is the last line."""
    if os.environ.get("EFFECT") == "none":
        print("done: wrote 0 rows")
        sys.exit(0)
    try:
        print(_do(deed))
    except (ResilienceError, OSError, ValueError) as error:
        print(f"failed: {error}")
        sys.exit(1)
    sys.exit(0)


def _do(deed: Callable[[Work], str]) -> str:
    home = Path(variable("RESILIENCE_HOME"))
    now = from_text(os.environ["NOW"]) if os.environ.get("NOW") else SystemClock().now()
    name = os.environ.get("EXECUTION_NAME") or f"by-hand-{to_text(now)}"
    warehouse = SharedWarehouse(home, project=PROJECT, serve=False)
    try:
        return deed(Work(home, now, name, warehouse))
    finally:
        warehouse.close()
