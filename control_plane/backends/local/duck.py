"""The warehouse on a DuckDB file: one process holds it, any number of threads ask.

Locked down: no external access, configuration locked, every query inside a read-only transaction, and no function or
table beyond `corrections.RULES` and the declared tables. DuckDB and sqlglot are loaded when a file is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import Denied
from schemas.ports import JsonMap, Rows

from .duck_file import DuckFile, duck_errors, translated
from .duck_write import append_rows
from .warehouse_rows import reader
from .watch import Watch

if TYPE_CHECKING:
    from .translation import Translation

_WATCH = Watch()


class DuckWarehouse:
    """The Warehouse port over a file that this process holds."""

    def __init__(self, path: Path, *, project: str) -> None:
        """Opens ``path`` or makes it. ConfigError: not a warehouse of this version or project; Unavailable: held by
        another process, no room, no permission."""
        self.file = DuckFile(path, project=project)

    def query(
        self,
        sql: str,
        params: JsonMap | None = None,
        *,
        now: datetime,
        timeout: timedelta,
        max_rows: int = 10_000,
    ) -> Rows:
        """One GoogleSQL SELECT (`schemas.ports.WarehouseReader.query`). Denied when cut or over ``max_rows``."""
        plan, bound = self._plan(sql, params or {}, now)
        with self.file.reading() as cursor:
            with _WATCH.over(cursor, timeout) as cut:
                try:
                    result = cursor.execute(plan.sql, bound)
                    names = tuple(str(column[0]) for column in result.description or ())
                    kinds = [str(column[1]) for column in result.description or ()]
                    found = result.fetchmany(max_rows + 1)
                except duck_errors() as error:
                    raise (_cut_short(timeout) if cut.is_set() else translated(error)) from None
            if len(found) > max_rows:
                raise Denied(f"the query gives more than {max_rows:,} rows", part="warehouse")
        if len({name.lower() for name in names}) < len(names):
            raise Denied(f"two columns of the result have one name: {', '.join(names)}", part="warehouse")
        return Rows(names, _converted(found, kinds))

    def estimate(self, sql: str, params: JsonMap | None = None, *, now: datetime) -> int:
        """Rows of each table read × the widths of its referenced columns (`warehouse_names.WIDTHS`), without pruning
        by partition: an upper bound of what BigQuery would bill."""
        plan, _ = self._plan(sql, params or {}, now)
        with self.file.reading() as cursor:
            return sum(self.file.count_rows(cursor, one.table) * one.row_bytes for one in plan.reads if one.row_bytes)

    def append(self, table: str, rows: Sequence[JsonMap], *, batch_id: str) -> bool:
        return append_rows(self.file, table, rows, batch_id)

    def close(self) -> None:
        self.file.close()

    def _plan(self, sql: str, params: JsonMap, now: datetime) -> tuple[Translation, dict[str, Any]]:
        from .corrections_days import NOW
        from .translation import translate

        if now.tzinfo is None:
            raise Denied("now needs an offset", part="warehouse")
        plan = translate(sql, params, self.file.catalog)
        values = {**params, NOW: now.astimezone(UTC)}
        return plan, {name: values[name] for name in plan.names}


def _converted(found: list[Any], kinds: list[str]) -> tuple[tuple[Any, ...], ...]:
    readers = [(index, read) for index, kind in enumerate(kinds) if (read := reader(kind)) is not None]
    if not readers:
        return tuple(tuple(row) for row in found)
    out = []
    for row in found:
        values = list(row)
        for index, read in readers:
            values[index] = read(values[index])
        out.append(tuple(values))
    return tuple(out)


def _cut_short(timeout: timedelta) -> Denied:
    return Denied(f"query cut after {timeout.total_seconds():g} s", part="warehouse")
