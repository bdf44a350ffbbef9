"""The trail and its chain: a record, its state change, its counts and its link (shard, seq, hash) are one commit.

Each record is chained by sha256 to the one before it in its shard. The shard follows from the ``record_id``, so that
all senders of one record meet at one head, and "is it there already" is decided by compare-and-set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.codec import dump, load
from schemas.errors import Unavailable, UsageError
from schemas.heals import Outcome
from schemas.ports import Count, Create, Delete, Doc, Done, Lost, Put, Replace, Store, StoreReader, Where, Write
from schemas.times import to_text
from schemas.trail import TrailKind, TrailRecord

EVENTS = "healing_events"
FIRST = "0" * 64
TRIES = 256
PAGE = 500
_LINKED = ("shard", "seq", "at", "kind", "actor", "words", "alert_id", "heal_id", "table", "row", "record_id", "prev")


@dataclass(frozen=True)
class Problem:
    """A fault in a shard's chain: at ``seq``, in words."""

    shard: int
    seq: int
    words: str


def link(value: Mapping[str, Any]) -> str:
    """The hash of a trail document: sha256 over the canonical JSON of its fields and the hash before it."""
    text = json.dumps({name: value.get(name) for name in _LINKED}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Audit:
    """Writes and reads the trail. ``shards`` may grow later, never shrink below a shard that has records."""

    def __init__(self, store: Store, shards: int = 4) -> None:
        if shards < 1:
            raise UsageError(f"a trail has at least one shard, not {shards}")
        self._store = store
        self.shards = shards

    def commit(self, writes: Sequence[Write], records: Sequence[TrailRecord]) -> Done | Lost:
        """One atomic batch of the caller's writes and the records; see `schemas.trail.Trail`."""
        if not records:
            return self._store.commit(tuple(writes))[0]
        shard = self._shard(records[0].record_id)
        doubt = not any(isinstance(write, (Create, Replace, Delete)) for write in writes)
        silent = False
        for _ in range(TRIES):
            head = self._store.get("heads", str(shard))
            if doubt and self._written(records[0].record_id):
                return Done({})
            batch = (*writes, *_chained(shard, head, records), *_counted(records))
            try:
                answer = self._store.commit(batch)[0]
            except Unavailable:
                if silent:
                    raise
                doubt = silent = True
                continue
            if isinstance(answer, Done) or answer.write.collection not in ("heads", "trail"):
                return self._lost_or_done(answer, records, doubt)
        raise Unavailable(f"shard {shard} of the trail is contended; nothing was written", part="store")

    def events(
        self, since: datetime, until: datetime, kind: TrailKind | None = None, limit: int = 50
    ) -> list[TrailRecord]:
        """Records with since ≤ at < until, newest first."""
        wheres = [Where("at", ">=", to_text(since)), Where("at", "<", to_text(until))]
        if kind is not None:
            wheres.append(Where("kind", "==", kind.value))
        docs = self._store.find("trail", *wheres, order_by="at", descending=True, limit=limit)
        return [load(TrailRecord, doc.value) for doc in docs]

    def event(self, healing_id: str) -> Mapping[str, Any] | None:
        """One healing event as the warehouse has it."""
        doc = self._store.get(EVENTS, healing_id)
        return None if doc is None else doc.value

    def verify(self) -> list[Problem]:
        """The faults of all chains; an empty list: every record is there, in order, unaltered."""
        return [problem for shard in range(self.shards) for problem in verify_chain(self._store, shard)]

    def _shard(self, record_id: str) -> int:
        return int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:4], "big") % self.shards

    def _written(self, record_id: str) -> bool:
        return bool(self._store.find("trail", Where("record_id", "==", record_id), limit=1))

    def _lost_or_done(self, answer: Done | Lost, records: Sequence[TrailRecord], doubt: bool) -> Done | Lost:
        """After an unknown answer a lost condition may be our own first sending, which took effect."""
        if isinstance(answer, Lost) and doubt and self._written(records[0].record_id):
            return Done({})
        return answer


def verify_chain(store: StoreReader, shard: int) -> list[Problem]:
    """Recomputes one shard's chain: gaps, altered records, broken links, a head that does not fit."""
    problems: list[Problem] = []
    seq, last = 0, FIRST
    for doc in _walk(store, shard):
        value = doc.value
        problems += _missing(shard, seq + 1, int(value["seq"]))
        gap = int(value["seq"]) != seq + 1
        if not gap and value["prev"] != last:
            problems.append(Problem(shard, int(value["seq"]), "the link to the record before it is broken"))
        if link(value) != value["hash"]:
            problems.append(Problem(shard, int(value["seq"]), "the record was altered"))
        seq, last = int(value["seq"]), str(value["hash"])
    head = store.get("heads", str(shard))
    expected = (0, FIRST) if head is None else (int(head.value["seq"]), str(head.value["hash"]))
    problems += _missing(shard, seq + 1, expected[0] + 1)
    if expected[0] <= seq and expected != (seq, last):
        problems.append(Problem(shard, seq, "the head of the chain does not fit the last record"))
    return problems


def _missing(shard: int, first: int, end: int) -> list[Problem]:
    return [Problem(shard, seq, "the record is missing") for seq in range(first, end)]


def _walk(store: StoreReader, shard: int) -> Iterator[Doc]:
    seq = 0
    while True:
        docs = store.find("trail", Where("shard", "==", shard), Where("seq", ">", seq), order_by="seq", limit=PAGE)
        yield from docs
        if len(docs) < PAGE:
            return
        seq = int(docs[-1].value["seq"])


def _chained(shard: int, head: Doc | None, records: Sequence[TrailRecord]) -> list[Write]:
    seq, last = (0, FIRST) if head is None else (int(head.value["seq"]), str(head.value["hash"]))
    writes: list[Write] = []
    for record in records:
        seq += 1
        value = {**dump(record), "shard": shard, "seq": seq, "prev": last}
        last = link(value)
        writes.append(Create("trail", f"{shard}-{seq:012d}", {**value, "hash": last}))
    moved = {"seq": seq, "hash": last}
    key = str(shard)
    writes.append(Create("heads", key, moved) if head is None else Replace("heads", key, moved, head.version))
    return writes


def _counted(records: Sequence[TrailRecord]) -> list[Write]:
    """A healing event as a document of its own, and its counts (patterns count the first five outcomes)."""
    writes: list[Write] = []
    for record in records:
        if record.table != EVENTS:
            continue
        row = dump(record.row)
        writes.append(Put(EVENTS, str(row["healing_id"]), row))
        writes.append(Count("heals", f"{row['healing_type']}|{row['outcome']}", record.at))
        run = row["metadata"].get("run", "")
        if Outcome(row["outcome"]).counts and run:
            writes.append(Count("heal_runs", f"{row['healing_type']}|{run}", record.at))
    return writes
