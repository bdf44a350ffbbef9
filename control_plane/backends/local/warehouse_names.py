"""The tables that the warehouse knows, and how a query's table names become DuckDB's.

One DuckDB catalog per project, one schema per dataset. Nothing but these tables, INFORMATION_SCHEMA.TABLES and COLUMNS,
``__TABLES__`` and wildcards over these tables can be read: DuckDB's own schemas have no name here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from schemas.errors import Denied, Missing

META = "resilience_meta"
"""The schema in the project's catalog that keeps tables' declarations and the ids of appended batches."""

WIDTHS: Mapping[str, int] = {
    "INT64": 8, "FLOAT64": 8, "NUMERIC": 16, "BOOL": 1, "DATE": 8, "TIMESTAMP": 8, "DATETIME": 8, "STRING": 18,
    "JSON": 66,
}  # fmt: skip
"""Bytes of a value as BigQuery bills them; STRING as 2 + 16 characters, JSON as 2 + 64, an array as 4 elements."""

_ALIASES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "DECIMAL": "NUMERIC", "RECORD": "STRUCT"}


@dataclass(frozen=True)
class Column:
    """A column as a BigQuery JSON schema declares it. ``mode`` is NULLABLE, REQUIRED or REPEATED."""

    name: str
    type: str
    mode: str = "NULLABLE"
    fields: tuple[Column, ...] = ()
    description: str = ""

    @property
    def width(self) -> int:
        one = sum(field.width for field in self.fields) or WIDTHS.get(self.type, 18)
        return one * 4 if self.mode == "REPEATED" else one


def columns_of(schema: Sequence[Mapping[str, object]]) -> tuple[Column, ...]:
    """Columns from a BigQuery JSON schema (a list of ``{"name", "type", "mode", "fields", "description"}``)."""
    out = []
    for entry in schema:
        kind = str(entry["type"]).upper()
        kind = _ALIASES.get(kind, kind)
        inner = entry.get("fields") or []
        if not isinstance(inner, list | tuple) or (kind not in WIDTHS and kind != "STRUCT"):
            raise Denied(f"column {entry['name']}: the type {kind} is not supported", part="warehouse")
        mode, words = str(entry.get("mode") or "NULLABLE").upper(), str(entry.get("description") or "")
        out.append(Column(str(entry["name"]), kind, mode, columns_of(inner), words))
    return tuple(out)


@dataclass(frozen=True)
class TableSpec:
    """A table's declaration. ``partition_column`` empty: not partitioned."""

    dataset: str
    name: str
    columns: tuple[Column, ...]
    partition_column: str = ""
    require_partition_filter: bool = False

    @property
    def key(self) -> str:
        return f"{self.dataset}.{self.name}"

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


@dataclass(frozen=True, eq=False)
class Catalog:
    """What there is at a moment; replaced as a whole when a table is created, so that it can key a cache."""

    project: str
    tables: Mapping[str, TableSpec] = field(default_factory=dict)

    def find(self, project: str, dataset: str, name: str) -> TableSpec:
        """The table, or Missing with the nearest name."""
        if project and project != self.project:
            raise Missing(f"project {project} is not known here (this warehouse is {self.project})", part="warehouse")
        if not dataset:
            raise Denied(f"table {name} needs a dataset, such as dataset.{name}", part="warehouse")
        if (spec := self.tables.get(f"{dataset}.{name}")) is not None:
            return spec
        near = get_close_matches(f"{dataset}.{name}", list(self.tables), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise Missing(f"there is no table {dataset}.{name}{hint}", part="warehouse")

    def family(self, project: str, dataset: str, prefix: str) -> list[TableSpec]:
        """The tables of a wildcard ``prefix*``, by name."""
        start = f"{dataset}.{prefix}"
        found = sorted((spec for key, spec in self.tables.items() if key.startswith(start)), key=lambda one: one.name)
        if not found or (project and project != self.project):
            raise Missing(f"no table matches {dataset}.{prefix}*", part="warehouse")
        return found
