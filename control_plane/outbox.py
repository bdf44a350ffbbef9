"""Rows of runs, metrics and decisions on their way to the warehouse, exactly once.

What is shipped together is written down first (the parcel), so that a crash between the append and the clearing
repeats the same parcel under the same batch id, which the warehouse refuses to take twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from schemas.errors import BackendError, Denied
from schemas.ports import Create, Delete, Doc, Done, Replace, Store, Warehouse, Where, Write
from schemas.records import TABLES
from schemas.times import from_text

PARCEL = 100  # outbox documents in one parcel
REFUSED = "refused-"


class Outbox:
    def __init__(self, store: Store, warehouse: Warehouse, dataset: str) -> None:
        self._store, self._warehouse, self._dataset = store, warehouse, dataset
        self.refused = ""

    def step(self) -> bool:
        """Ships one parcel of one table; False when nothing waits or the warehouse would not take it."""
        return any(self._ship(table) for table in TABLES)

    def lag(self, now: datetime) -> timedelta:
        """The age of the oldest row that waits to be shipped; what was refused for good waits for nothing."""
        docs = self._store.find("outbox", Where("table", "in", list(TABLES)), order_by="at", limit=1)
        return max(now - from_text(docs[0].value["at"]), timedelta(0)) if docs else timedelta(0)

    def kept(self) -> list[str]:
        """Why rows were refused for good: at most a hundred reasons, the oldest first."""
        tables = [REFUSED + table for table in TABLES]
        docs = self._store.find("outbox", Where("table", "in", tables), order_by="at", limit=100)
        return [f"{doc.value['table'].removeprefix(REFUSED)}: {doc.value['why']}" for doc in docs]

    def _ship(self, table: str) -> bool:
        parcel = self._store.get("cursors", f"outbox-{table}") or self._pack(table)
        if parcel is None:
            return False
        docs = [doc for key in parcel.value["keys"] if (doc := self._store.get("outbox", key))]
        rows: list[Any] = [row for doc in docs for row in doc.value["rows"]]
        try:
            if rows:
                self._warehouse.append(f"{self._dataset}.{table}", rows, batch_id=parcel.value["batch"])
        except Denied as error:
            self.refused = f"{table}: {error}"
            return self._put_aside(parcel, docs, table, str(error))
        except BackendError as error:
            self.refused = f"{table}: {error}"
            return False
        self.refused = ""
        writes: list[Write] = [Delete("outbox", doc.key, doc.version) for doc in docs]
        writes.append(Delete("cursors", parcel.key, parcel.version))
        self._store.commit(tuple(writes))
        return True

    def _pack(self, table: str) -> Doc | None:
        docs = self._store.find("outbox", Where("table", "==", table), order_by="at", limit=PARCEL)
        if not docs:
            return None
        key = f"outbox-{table}"
        answer = self._store.commit((Create("cursors", key, _parcel(table, [doc.key for doc in docs])),))[0]
        return self._store.get("cursors", key) if isinstance(answer, Done) else None

    def _put_aside(self, parcel: Doc, docs: list[Doc], table: str, why: str) -> bool:
        """What the warehouse will never take must not hold up the rest: the parcel is halved until one document is
        left, and that one is kept under ``refused-<table>``, with the reason, out of the way."""
        if len(docs) > 1:
            half = _parcel(table, [doc.key for doc in docs[: len(docs) // 2]])
            self._store.commit((Replace("cursors", parcel.key, half, parcel.version),))
            return True
        writes: list[Write] = [Delete("cursors", parcel.key, parcel.version)]
        aside = {"table": REFUSED + table, "why": why}
        writes += [Replace("outbox", doc.key, {**doc.value, **aside}, doc.version) for doc in docs]
        self._store.commit(tuple(writes))
        return True


def _parcel(table: str, keys: list[str]) -> dict[str, Any]:
    """What is shipped together, under an id that follows from it."""
    return {"batch": f"{table}-" + hashlib.sha256("\n".join(keys).encode()).hexdigest()[:24], "keys": keys}
