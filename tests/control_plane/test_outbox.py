"""Rows reach the warehouse exactly once, whatever dies in between."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.outbox import Outbox
from schemas.errors import Denied, Unavailable
from schemas.ports import Create
from schemas.times import to_text


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Books:
    """A warehouse that takes each batch once, as the port promises; ``fates`` befall the next appends."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    batches: set[str] = field(default_factory=set)
    fates: list[str] = field(default_factory=list)

    def append(self, table: str, rows: Sequence[Mapping[str, Any]], *, batch_id: str) -> bool:
        fate = self.fates.pop(0) if self.fates else ""
        if any(row["n"] == 13 for row in rows):
            raise Denied("row 0: n must not be 13", part="warehouse")
        if fate == "down":
            raise Unavailable("warehouse: gone", part="warehouse")
        fresh = batch_id not in self.batches
        if fresh:
            self.batches.add(batch_id)
            self.rows.extend(rows)
        if fate == "lost answer":
            raise Unavailable("warehouse: no answer", part="warehouse")
        if fate == "killed":
            raise Killed
        return fresh


def put(store: SqliteStore, clock: FixedClock, *numbers: int) -> None:
    for number in numbers:
        value = {"at": to_text(clock.now()), "table": "check_runs", "rows": [{"n": number}, {"n": -number}]}
        store.commit((Create("outbox", f"k{number}", value),))


def shipped(books: Books) -> list[int]:
    return sorted(row["n"] for row in books.rows)


@pytest.mark.parametrize(
    "fates", [[], ["down"], ["lost answer"], ["killed"], ["down", "lost answer", "killed", "down"]]
)
def test_every_row_arrives_once(store: SqliteStore, clock: FixedClock, fates: list[str]) -> None:
    books: Any = Books(fates=list(fates))
    put(store, clock, 1, 2)
    for number in range(3, 9):
        with contextlib.suppress(Killed):
            Outbox(store, books, "ops").step()
        put(store, clock, number)
    while Outbox(store, books, "ops").step():
        pass
    assert shipped(books) == sorted([*range(-8, 0), *range(1, 9)])
    assert store.find("outbox") == [] and store.find("cursors") == []


def test_what_the_warehouse_refuses_waits_and_its_age_is_told(store: SqliteStore, clock: FixedClock) -> None:
    books: Any = Books(fates=["down"])
    outbox = Outbox(store, books, "ops")
    put(store, clock, 1)
    clock.advance(timedelta(minutes=5))
    assert not outbox.step() and "warehouse: gone" in outbox.refused
    assert outbox.lag(clock.now()) == timedelta(minutes=5)
    assert outbox.step() and outbox.refused == "" and outbox.lag(clock.now()) == timedelta(0)


def test_a_row_that_is_refused_for_good_is_kept_aside_and_holds_up_nothing(
    store: SqliteStore, clock: FixedClock
) -> None:
    books: Any = Books()
    outbox = Outbox(store, books, "ops")
    put(store, clock, *range(1, 21))
    while outbox.step():
        pass
    assert shipped(books) == sorted(n * sign for n in range(1, 21) if n != 13 for sign in (1, -1))
    assert outbox.kept() == ["check_runs: warehouse: row 0: n must not be 13"]
    clock.advance(timedelta(hours=1))
    assert outbox.lag(clock.now()) == timedelta(0)
    (doc,) = store.find("outbox")
    assert doc.value["rows"] == [{"n": 13}, {"n": -13}]
