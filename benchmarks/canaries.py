"""Six canaries with 120 limits over one million rows, warm, through the real runner with results and metrics kept ÷
the same SQL written by hand in DuckDB's dialect.

``python -m benchmarks.canaries``. All stand on one DuckDB file of one process; rounds alternate between the three, and
each figure is the median over the rounds. Before that every metric must have the value that was counted by hand, and
afterwards the store must have kept every run and every metric. Two tables: canaries that read all million rows
(bounded) and canaries of one day of thirty (for the overhead: said, not bounded).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from math import isclose
from pathlib import Path
from typing import Any, cast

from bot.within import abreast, within
from checks import look_by_kind
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.duck_write import PipelineWriter
from control_plane.backends.local.store import SqliteStore
from control_plane.calendar import CalendarBook
from control_plane.runner import Runner, Runs
from schemas.ports import Sight
from schemas.reports import Report

from . import _canaries as six
from .peers.hand_sql import MONTH, ONE_DAY, HandSql

ROUNDS = 15
BOUND = 1.15
NOTHING = cast(Any, None)


def filled(folder: Path) -> DuckWarehouse:
    """The warehouse with its million rows."""
    warehouse = DuckWarehouse(folder / "warehouse.duckdb", project=six.PROJECT)
    dataset, _, table = six.TABLE.partition(".")
    columns = [{"name": name, "type": kind} for name, kind in six.COLUMNS]
    PipelineWriter(warehouse.file).create_table(dataset, table, columns, partition_column="game_date")
    with warehouse.file.transaction() as cursor:
        cursor.execute(six.FILL)
    return warehouse


class Ours:
    """The runner over the warehouse and a store of its own."""

    def __init__(self, warehouse: DuckWarehouse, store: SqliteStore, source: str) -> None:
        pipeline = six.pipeline(source)
        calendar = CalendarBook(pipeline.calendar, warehouse)
        sight = Sight(warehouse, NOTHING, NOTHING, NOTHING, store)
        runs = Runs(pipeline, {"canary_query": look_by_kind("canary_query")}, sight, calendar.day, within, abreast)
        self._runner, self.runs = Runner(runs, store, SystemClock()), 0

    def run(self) -> list[Report]:
        self.runs += 1
        return list(self._runner.run("canaries", six.AS_OF, cause="tick", run_id=f"round-{self.runs}"))


def same(reports: list[Report], by_hand: dict[str, list[Any]]) -> int:
    """How many metrics have the very value that was counted by hand; SystemExit names one that has not."""
    counted = 0
    for report in reports:
        (result,) = report.results
        for metric, value in zip(result.metrics, by_hand[report.check], strict=True):
            if metric.value is None or metric.limit is None or not isclose(metric.value, float(value), rel_tol=1e-12):
                raise SystemExit(f"{report.check}.{metric.name} is {metric.value}, by hand {value} ({result.reason})")
            counted += 1
    return counted


def kept(store: SqliteStore, runs: int) -> bool:
    """Whether the store holds every run and metric: one row a canary and round, twenty metrics each."""
    rows = {"check_runs": 0, "check_metrics": 0}
    for doc in store.find("outbox", limit=1_000_000):
        rows[doc.value["table"]] += len(doc.value["rows"])
    print(f"kept: {rows['check_runs']} runs and {rows['check_metrics']} metrics of {runs} rounds")
    return rows == {"check_runs": 6 * runs, "check_metrics": 120 * runs}


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _measured(warehouse: DuckWarehouse, ours: Ours, hand: HandSql) -> tuple[float, float, float]:
    """Medians in milliseconds: ours, by hand, by hand on two cursors."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(warehouse.file.cursor()) for _ in range(2))
        print(f"equal values: {same(ours.run(), hand.run(one))} of 120")
        same(ours.run(), hand.side_by_side((one, other)))
        works = (ours.run, lambda: hand.run(one), lambda: hand.side_by_side((one, other)))
        took = [[_seconds(work) for work in works] for _ in range(ROUNDS)]
    mine, theirs, both = (statistics.median(column) * 1000 for column in zip(*took, strict=True))
    return mine, theirs, both


def main() -> int:
    """Prints the table; 0 when the bound holds over all rows and nothing is missing."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        warehouse = filled(Path(folder))
        for title, source, where in (("all 30 days", six.SHARED, MONTH), ("one day of 30", six.YESTERDAY, ONE_DAY)):
            path = Path(folder) / f"{source is six.SHARED}.sqlite"
            store = SqliteStore(path, clock=SystemClock(), patience=timedelta(seconds=30))
            ours = Ours(warehouse, store, source)
            hand = HandSql(f'"{six.PROJECT}".{six.TABLE}', where, six.DAY, six.AS_OF)
            mine, theirs, both = _measured(warehouse, ours, hand)
            bounded = source is six.SHARED
            print(f"{six.ROWS:,} rows, {title}: runner {mine:.1f} ms, by hand {theirs:.1f} ms, "
                  f"by hand on two cursors {both:.1f} ms", flush=True)  # fmt: skip
            bound = f"  (at most {BOUND:g})" if bounded else "  (no bound: what the house itself costs)"
            print(f"  ratio {mine / theirs:.2f}; against two cursors {mine / both:.2f}{bound}", flush=True)
            good &= kept(store, ours.runs) and (not bounded or max(mine / theirs, mine / both) <= BOUND)
            store.close()
        warehouse.close()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
