"""The trail on its way to the warehouse, exactly once: a cursor a shard, a batch fixed before it is sent.

A crash between the append and the cursor's move repeats the same batch id, which the warehouse refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.errors import BackendError
from schemas.ports import Create, Doc, Done, Replace, Store, Warehouse, Where
from schemas.times import from_text

PER_BATCH = 500


@dataclass(frozen=True)
class Lag:
    """How far the warehouse is behind: records not yet shipped, the age of the oldest, and what stands in the way."""

    records: int
    oldest: timedelta
    trouble: str


class Exporter:
    """Ships rows of the trail to ``dataset.<table>``. Any number may run; each batch arrives once."""

    def __init__(self, store: Store, warehouse: Warehouse, dataset: str, shards: int = 4) -> None:
        self._store = store
        self._warehouse = warehouse
        self._dataset = dataset
        self._shards = shards
        self._trouble = ""

    def step(self, now: datetime) -> int:  # noqa: ARG002
        """Ships at most one batch of each shard; the number of rows that arrived. When the warehouse does not answer
        the cursor stays, and nothing is lost. BackendError only of our own store."""
        shipped, trouble = 0, ""
        for shard in range(self._shards):
            try:
                shipped += self._ship(shard)
            except _Refused as no:
                trouble = str(no)
        self._trouble = trouble
        return shipped

    def lag(self, now: datetime) -> Lag:
        """What is still to be shipped, all shards together."""
        records, oldest = 0, now
        for shard in range(self._shards):
            head = self._store.get("heads", str(shard))
            done = _seq(self._cursor(shard))
            behind = 0 if head is None else int(head.value["seq"]) - done
            if behind <= 0:
                continue
            records += behind
            for doc in self._after(shard, done, limit=1):
                oldest = min(oldest, from_text(doc.value["at"]))
        return Lag(records, now - oldest, self._trouble)

    def _ship(self, shard: int) -> int:
        cursor = self._cursor(shard)
        batch = _batch(cursor)
        if batch is None:
            docs = self._after(shard, _seq(cursor), limit=PER_BATCH)
            if not docs:
                return 0
            batch = (int(docs[0].value["seq"]), int(docs[-1].value["seq"]))
            if not self._fix(shard, cursor, {"seq": _seq(cursor), "from": batch[0], "to": batch[1]}):
                return 0  # another exporter was first
            cursor = self._cursor(shard)
            if _batch(cursor) != batch:
                return 0
        shipped = self._append(shard, batch)
        self._fix(shard, cursor, {"seq": batch[1]})
        return shipped

    def _append(self, shard: int, batch: tuple[int, int]) -> int:
        docs = self._after(shard, batch[0] - 1, until=batch[1], limit=PER_BATCH)
        tables = _by_table(docs)
        shipped = 0
        for table, rows in tables.items():
            name = f"trail-{shard}-{batch[0]}-{batch[1]}" + (f"-{table}" if len(tables) > 1 else "")
            try:
                if self._warehouse.append(f"{self._dataset}.{table}", rows, batch_id=name):
                    shipped += len(rows)
            except BackendError as no:
                raise _Refused(f"{self._dataset}.{table}: {no}") from no
        return shipped

    def _after(self, shard: int, seq: int, *, limit: int, until: int | None = None) -> list[Doc]:
        wheres = [Where("shard", "==", shard), Where("seq", ">", seq)]
        if until is not None:
            wheres.append(Where("seq", "<=", until))
        return self._store.find("trail", *wheres, order_by="seq", limit=limit)

    def _cursor(self, shard: int) -> Doc | None:
        return self._store.get("cursors", f"trail-{shard}")

    def _fix(self, shard: int, seen: Doc | None, value: Mapping[str, Any]) -> bool:
        key = f"trail-{shard}"
        write = Create("cursors", key, value) if seen is None else Replace("cursors", key, value, seen.version)
        return isinstance(self._store.commit((write,))[0], Done)


class _Refused(Exception):
    """The warehouse did not take a batch; the message says which and why."""


def _seq(cursor: Doc | None) -> int:
    return 0 if cursor is None else int(cursor.value["seq"])


def _batch(cursor: Doc | None) -> tuple[int, int] | None:
    if cursor is None or "to" not in cursor.value:
        return None
    return int(cursor.value["from"]), int(cursor.value["to"])


def _by_table(docs: Sequence[Doc]) -> Mapping[str, list[Mapping[str, Any]]]:
    tables: dict[str, list[Mapping[str, Any]]] = {}
    for doc in docs:
        if doc.value["table"]:
            tables.setdefault(doc.value["table"], []).append(doc.value["row"])
    return tables
