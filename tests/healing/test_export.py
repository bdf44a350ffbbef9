"""The trail's way to the warehouse: every row once, whatever fails and wherever it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from healing.audit import Audit
from healing.export import Exporter
from schemas.errors import Denied, Unavailable
from schemas.ports import JsonMap
from schemas.trail import TrailKind, TrailRecord

from .world import NOON, World, request


class Table:
    """A warehouse that keeps rows once per batch id, and can be down, or fall silent after it has taken them."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, JsonMap]] = []
        self.batches: list[str] = []
        self.mood = ""

    def append(self, table: str, rows: Sequence[JsonMap], *, batch_id: str) -> bool:
        if self.mood == "down":
            raise Unavailable("no answer", part="warehouse")
        if self.mood == "strict":
            raise Denied("row 0 does not fit", part="warehouse")
        fresh = batch_id not in self.batches
        if fresh:
            self.batches.append(batch_id)
            self.rows += [(table, row) for row in rows]
        if self.mood == "silent":
            raise Unavailable("no answer", part="warehouse")
        return fresh


def heal_once(world: World, n: int) -> str:
    heal_id = world.desk.ask(request(f"t{n}", alert=f"a{n}"), world.now()).heal.id
    world.to_end(heal_id)
    return heal_id


def exporter(world: World, table: Table) -> Exporter:
    return Exporter(world.store, table, "nba_orchestration")  # type: ignore[arg-type]


def test_every_event_arrives_once(world: World) -> None:
    table = Table()
    ship = exporter(world, table)
    ids = [heal_once(world, n) for n in range(6)]
    assert ship.lag(world.now()).records == 6
    assert ship.step(world.now()) == 6
    assert ship.step(world.now()) == 0
    ids.append(heal_once(world, 7))
    assert exporter(world, table).step(world.now()) == 1
    assert sorted(row["healing_id"] for _, row in table.rows) == sorted(ids)
    assert {name for name, _ in table.rows} == {"nba_orchestration.healing_events"}
    assert ship.lag(world.now()).records == 0


@pytest.mark.parametrize("mood", ["down", "silent", "strict"])
def test_a_warehouse_in_trouble_loses_and_doubles_nothing(world: World, mood: str) -> None:
    table = Table()
    ship = exporter(world, table)
    for n in range(5):
        heal_once(world, n)
    table.mood = mood
    for _ in range(3):
        assert ship.step(world.now()) == 0
    lag = ship.lag(world.now() + timedelta(hours=1))
    assert (lag.records, lag.oldest > timedelta(hours=1)) == (5, True)
    assert "nba_orchestration.healing_events" in lag.trouble
    heal_once(world, 9)
    table.mood = ""
    while ship.lag(world.now()).records:
        ship.step(world.now())
    assert len({row["healing_id"] for _, row in table.rows}) == len(table.rows) == 6
    assert ship.lag(world.now()).trouble == ""


def test_a_batch_that_was_fixed_before_a_crash_is_repeated_under_its_id(world: World) -> None:
    table = Table()
    heal_once(world, 1)
    table.mood = "silent"  # it takes the rows, and the exporter dies before it moves its cursor
    exporter(world, table).step(world.now())
    for n in range(2, 6):
        heal_once(world, n)
    table.mood = ""
    after = exporter(world, table)
    while after.lag(world.now()).records:
        after.step(world.now())
    assert len(table.rows) == 5
    assert len({row["healing_id"] for _, row in table.rows}) == 5


def test_two_exporters_ship_once(world: World) -> None:
    table = Table()
    for n in range(4):
        heal_once(world, n)
    one, two = exporter(world, table), exporter(world, table)
    while one.lag(world.now()).records:
        one.step(world.now())
        two.step(world.now())
    assert len(table.rows) == 4


def test_records_without_a_table_are_passed_over(world: World) -> None:
    table = Table()
    for n in range(5):
        Audit(world.store).commit([], [TrailRecord(TrailKind.PRESS, NOON, "U1", "pressed", record_id=f"p{n}")])
    ship = exporter(world, table)
    assert ship.step(NOON) == 0
    assert ship.lag(NOON).records == 0
    assert table.batches == []
