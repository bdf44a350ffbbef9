"""One table per collection: a real column for each indexed field beside the document's JSON (`schemas.tables`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.ports import JsonMap, Where
from schemas.tables import COLLECTIONS, PAIRS

from .documents import Scalar, known, operands, scalar

_FIXED = ("key", "version", "updated_at", "crc", "value")


@dataclass(frozen=True)
class Sheet:
    """The SQL of one collection. Every writing statement takes the new version and the moment first."""

    collection: str
    fields: tuple[str, ...]
    pairs: tuple[tuple[str, ...], ...] = ()

    @property
    def table(self) -> str:
        return f'"d_{self.collection}"'

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(column(field) for field in self.fields)

    @cached_property
    def create(self) -> str:
        columns = "".join(f", {name}" for name in self.columns)
        return (
            f"CREATE TABLE IF NOT EXISTS {self.table} (key TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL,"
            f" updated_at INTEGER NOT NULL, crc INTEGER NOT NULL, value TEXT NOT NULL{columns})"
        )

    @cached_property
    def indexes(self) -> tuple[str, ...]:
        """One for each field and each pair; a field that leads a pair is searched through the pair's."""
        leading = {pair[0] for pair in self.pairs}
        groups = [(field,) for field in self.fields if field not in leading] + list(self.pairs)
        return tuple(
            f'CREATE INDEX IF NOT EXISTS "i_{self.collection}_{"_".join(group)}" ON {self.table}'
            f" ({', '.join(column(field) for field in group)}, key)"
            for group in groups
        )

    @cached_property
    def insert(self) -> str:
        names = ("version", "updated_at", "key", "crc", "value", *self.columns)
        marks = ", ".join("?" for _ in names)
        return f"INSERT INTO {self.table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT (key) DO NOTHING"

    @cached_property
    def put(self) -> str:
        names = ("version", "updated_at", "crc", "value", *self.columns)
        update = ", ".join(f"{name} = excluded.{name}" for name in names)
        return self.insert.replace("DO NOTHING", f"DO UPDATE SET {update}")

    @cached_property
    def replace(self) -> str:
        names = ("version", "updated_at", "crc", "value", *self.columns)
        update = ", ".join(f"{name} = ?" for name in names)
        return f"UPDATE {self.table} SET {update} WHERE key = ? AND version = ?"

    @cached_property
    def delete(self) -> str:
        return f"DELETE FROM {self.table} WHERE key = ? AND version = ?"

    @cached_property
    def select(self) -> str:
        return f"SELECT {', '.join(_FIXED)} FROM {self.table}"

    def indexed(self, value: JsonMap) -> tuple[Scalar, ...]:
        """The values of the indexed columns; UsageError for one that cannot be compared."""
        return tuple(scalar(value.get(field), f"{self.collection}.{field}") for field in self.fields)

    def query(self, where: tuple[Where, ...], order_by: str, descending: bool) -> tuple[str, list[Any]]:
        """The SELECT (without its limit) and its values."""
        terms: list[str] = []
        values: list[Any] = []
        for one in where:
            known(one.field, self.fields, f"{self.collection}: the indexed field")
            term, operand = condition(column(one.field), one, f"{self.collection}.{one.field}")
            terms.append(term)
            values += operand
        if order_by and order_by != "key":
            known(order_by, self.fields, f"{self.collection}: the indexed field")
        way = " DESC" if descending else ""
        order = f"{column(order_by)}{way}, key{way}" if order_by in self.fields else f"key{way}"
        given = f" WHERE {' AND '.join(terms)}" if terms else ""
        return f"{self.select}{given} ORDER BY {order}", values


def column(field: str) -> str:
    return f'"f_{field}"'


def condition(name: str, where: Where, place: str) -> tuple[str, list[Scalar]]:
    """One condition in SQL. Text compares with text and numbers with numbers only: in SQLite every number stands
    before the empty text, which gives the missing bound without losing the index."""
    values = [scalar(value, place) for value in operands(where, place)]
    if not values:
        return "0", []
    if where.op == "in":
        return f"{name} IN ({', '.join('?' for _ in values)})", values
    if where.op == "==":
        return f"{name} = ?", values
    bound = f"{name} {where.op} ?"
    if isinstance(values[0], str):
        return (f"({bound} AND {name} >= '')" if "<" in where.op else bound), values
    return (f"({bound} AND {name} < '')" if ">" in where.op else bound), values


SHEETS: Mapping[str, Sheet] = {name: Sheet(name, fields, PAIRS.get(name, ())) for name, fields in COLLECTIONS.items()}
