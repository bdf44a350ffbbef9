"""Writing to the DuckDB file: rows appended once per batch, and what the pipeline itself does to its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.errors import Denied
from schemas.ports import JsonMap

from .duck_file import DuckFile
from .warehouse_names import META, TableSpec, columns_of
from .warehouse_rows import checked, duck_type, shape

if TYPE_CHECKING:
    import duckdb

_CHUNK = 50_000


def append_rows(file: DuckFile, table: str, rows: Sequence[JsonMap], batch_id: str) -> bool:
    """Appends all rows and the batch's id in one transaction; False when the id was there already."""
    if not batch_id:
        raise Denied("append needs a batch id", part="warehouse")
    spec = file.find(table)
    good = checked(spec, rows)
    with file.transaction() as cursor:
        known = cursor.execute(
            f'SELECT 1 FROM "{file.project}".{META}.batches WHERE "table" = ? AND batch_id = ?', [spec.key, batch_id]
        ).fetchone()
        if known is not None:
            return False
        cursor.execute(f'INSERT INTO "{file.project}".{META}.batches VALUES (?, ?, now())', [spec.key, batch_id])
        _insert(file, cursor, spec, good)
        _touch(file, cursor, spec)
    return True


def _insert(
    file: DuckFile, cursor: duckdb.DuckDBPyConnection, spec: TableSpec, values: Mapping[str, Sequence[Any]]
) -> None:
    """All values by column, in pieces: JSON arrays are the fastest road into DuckDB without pandas or Arrow."""
    picks = ", ".join(f"unnest(CAST(from_json(?, ?) AS {duck_type(column)}[]))" for column in spec.columns)
    names = ", ".join(f'"{column.name}"' for column in spec.columns)
    sql = f"INSERT INTO {file.quoted(spec)} ({names}) SELECT {picks}"
    shapes = [json.dumps([shape(column)]) for column in spec.columns]
    for start in range(0, len(values[spec.columns[0].name]), _CHUNK):
        bound: list[str] = []
        for column, kind in zip(spec.columns, shapes, strict=True):
            part = values[column.name][start : start + _CHUNK]
            bound += [json.dumps(part, ensure_ascii=False, separators=(",", ":")), kind]
        cursor.execute(sql, bound)


def _touch(file: DuckFile, cursor: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    cursor.execute(f'INSERT OR REPLACE INTO "{file.project}".{META}.changes VALUES (?, now())', [spec.key])


class PipelineWriter:
    """What seeds and the pipeline's own jobs may do, and nothing that the bot's checks get in hand."""

    def __init__(self, file: DuckFile) -> None:
        self._file = file

    def create_table(
        self,
        dataset: str,
        table: str,
        schema: Sequence[Mapping[str, object]],
        *,
        partition_column: str = "",
        require_partition_filter: bool = False,
    ) -> None:
        """Declares a table by its BigQuery JSON schema; again with the same schema it does nothing. Denied when the
        table exists otherwise."""
        file = self._file
        spec = TableSpec(dataset, table, columns_of(schema), partition_column, require_partition_filter)
        if '"' in dataset + table or dataset.lower() in (META, "main", "information_schema", "pg_catalog"):
            raise Denied(f"{dataset}.{table} is not a table's name", part="warehouse")
        if partition_column and spec.column(partition_column) is None:
            raise Denied(f"{spec.key} has no column {partition_column} to partition by", part="warehouse")
        if (old := file.catalog.tables.get(spec.key)) is not None:
            if duckable(old) != duckable(spec):
                raise Denied(f"{spec.key} exists with another schema", part="warehouse")
            return
        columns = ", ".join(
            f'"{column.name}" {duck_type(column)}{" NOT NULL" if column.mode == "REQUIRED" else ""}'
            for column in spec.columns
        )
        with file.transaction() as cursor:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{file.project}"."{dataset}"')
            cursor.execute(f"CREATE TABLE {file.quoted(spec)} ({columns})")
            kept = json.dumps(asdict(spec))
            cursor.execute(f'INSERT INTO "{file.project}".{META}.tables VALUES (?, ?)', [spec.key, kept])
            _touch(file, cursor, spec)
        file.declare(spec)

    def load(self, table: str, rows: Sequence[JsonMap]) -> int:
        """Adds rows in bulk, each checked as `append` does; returns how many. Not once per anything: a load sent
        twice adds twice."""
        spec = self._file.find(table)
        good = checked(spec, rows)
        with self._file.transaction() as cursor:
            _insert(self._file, cursor, spec, good)
            _touch(self._file, cursor, spec)
        return len(rows)

    def delete_where(self, table: str, **equal: Any) -> int:
        """Deletes the rows whose columns equal these values (None: is NULL); returns how many. At least one."""
        spec = self._file.find(table)
        with self._file.transaction() as cursor:
            return self._delete(cursor, spec, equal)

    def replace_rows(self, table: str, rows: Sequence[JsonMap], **equal: Any) -> int:
        """Deletes the rows that equal these values and adds ``rows`` instead, in one transaction; repeating it
        changes nothing. Returns how many were added."""
        spec = self._file.find(table)
        good = checked(spec, rows)
        with self._file.transaction() as cursor:
            self._delete(cursor, spec, equal)
            _insert(self._file, cursor, spec, good)
            _touch(self._file, cursor, spec)
        return len(rows)

    def _delete(self, cursor: duckdb.DuckDBPyConnection, spec: TableSpec, equal: Mapping[str, Any]) -> int:
        if not equal:
            raise Denied(f"deleting from {spec.key} needs at least one column's value", part="warehouse")
        parts, values = [], []
        for name, value in equal.items():
            if (column := spec.column(name)) is None:
                raise Denied(f"{spec.key} has no column {name}", part="warehouse")
            parts.append(f'"{column.name}" IS NOT DISTINCT FROM CAST(? AS {duck_type(column)})')
            values.append(value.isoformat() if isinstance(value, date) else value)
        gone = cursor.execute(f"DELETE FROM {self._file.quoted(spec)} WHERE {' AND '.join(parts)}", values).fetchone()
        _touch(self._file, cursor, spec)
        return int(gone[0]) if gone else 0


def duckable(spec: TableSpec) -> tuple[Any, ...]:
    """What of a declaration may not change under a table that exists."""
    columns = tuple((column.name, duck_type(column), column.mode == "REQUIRED") for column in spec.columns)
    return (columns, spec.partition_column, spec.require_partition_filter)
