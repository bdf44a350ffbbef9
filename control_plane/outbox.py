"""Rows of runs, metrics and decisions on their way to the warehouse, exactly once.

What is shipped together is written down first (the parcel), so that a crash between the append and the clearing
repeats the same parcel under the same batch id, which the warehouse refuses to take twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from schemas.errors import BackendError
from schemas.ports import Create, Delete, Doc, Done, Store, Warehouse, Where, Write
from schemas.records import TABLES
from schemas.times import from_text

PARCEL = 100  # outbox documents in one parcel


class Outbox:
    def __init__(self, store: Store, warehouse: Warehouse, dataset: str) -> None:
        self._store, self._warehouse, self._dataset = store, warehouse, dataset
        self.refused = ""

    def step(self) -> bool:
        """Ships one parcel of one table; False when nothing waits or the warehouse would not take it."""
        return any(self._ship(table) for table in TABLES)

    def lag(self, now: datetime) -> timedelta:
        """The age of the oldest row that has not been shipped."""
        docs = self._store.find("outbox", order_by="at", limit=1)
        return max(now - from_text(docs[0].value["at"]), timedelta(0)) if docs else timedelta(0)

    def _ship(self, table: str) -> bool:
        parcel = self._store.get("cursors", f"outbox-{table}") or self._pack(table)
        if parcel is None:
            return False
        docs = [doc for key in parcel.value["keys"] if (doc := self._store.get("outbox", key))]
        rows: list[Any] = [row for doc in docs for row in doc.value["rows"]]
        try:
            if rows:
                self._warehouse.append(f"{self._dataset}.{table}", rows, batch_id=parcel.value["batch"])
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
        keys = [doc.key for doc in docs]
        batch = f"{table}-" + hashlib.sha256("\n".join(keys).encode()).hexdigest()[:24]
        key = f"outbox-{table}"
        answer = self._store.commit((Create("cursors", key, {"batch": batch, "keys": keys}),))[0]
        return self._store.get("cursors", key) if isinstance(answer, Done) else None
