"""The trail: one commit, one record, a chain that shows every tampering."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from healing.audit import Audit, verify_chain
from schemas.errors import Unavailable
from schemas.ports import Batch, Create, Delete, Done, Lost, Put, Replace
from schemas.trail import TrailKind, TrailRecord

from .world import NOON, World, open_world

DAY = timedelta(days=1)


def press(n: int | str = 1, **changes: Any) -> TrailRecord:
    return TrailRecord(TrailKind.PRESS, NOON, "U1", f"pressed {n}", record_id=f"press:{n}", **changes)


def fill(world: World, count: int = 12) -> Audit:
    audit = Audit(world.store, shards=1)
    for n in range(count):
        audit.commit([], [press(n)])
    return audit


def test_writes_and_record_are_one_commit(world: World) -> None:
    created = Create("notes", "n1", {"a": 1})
    assert isinstance(world.audit.commit([created], [press(1)]), Done)
    answer = world.audit.commit([created], [press(2)])
    assert answer == Lost(created)
    assert [one.words for one in world.audit.events(NOON, NOON + DAY)] == ["pressed 1"]
    assert world.audit.verify() == []


def test_the_same_record_is_written_once(world: World) -> None:
    for _ in range(3):
        assert isinstance(world.audit.commit([], [press(1)]), Done)
    assert len(world.audit.events(NOON, NOON + DAY)) == 1


def test_events_are_newest_first_and_of_one_kind(world: World) -> None:
    for n in range(4):
        at = NOON + timedelta(minutes=n)
        kind = TrailKind.MARK if n % 2 else TrailKind.PRESS
        world.audit.commit([], [TrailRecord(kind, at, "U1", f"{n}", record_id=f"r{n}")])
    assert [one.words for one in world.audit.events(NOON, NOON + DAY)] == ["3", "2", "1", "0"]
    assert [one.words for one in world.audit.events(NOON, NOON + DAY, TrailKind.MARK)] == ["3", "1"]
    assert [one.words for one in world.audit.events(NOON, NOON + DAY, limit=1)] == ["3"]
    assert [one.words for one in world.audit.events(NOON + timedelta(minutes=1), NOON + timedelta(minutes=3))] == [
        "2",
        "1",
    ]


def test_many_at_once_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    worlds = [open_world(tmp_path) for _ in range(2)]
    gate, problems = threading.Barrier(8), []

    def write(n: int) -> None:
        gate.wait()
        try:
            for k in range(25):
                worlds[n % 2].audit.commit([], [press(f"{n % 4}-{k}")])
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    records = worlds[0].audit.events(NOON, NOON + DAY, limit=1000)
    assert len(records) == len({one.record_id for one in records}) == 100
    assert worlds[0].audit.verify() == []
    for world in worlds:
        world.close()


class Mute:
    """Loses the answer of a commit: after it took effect (``after``) or instead of it."""

    def __init__(self, store: Any, *, after: bool) -> None:
        self._store, self._after, self.left = store, after, 0

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        if self.left:
            self.left -= 1
            if self._after:
                self._store.commit(*batches)
            raise Unavailable("no answer", part="store")
        answers: tuple[Done | Lost, ...] = self._store.commit(*batches)
        return answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("conditional", [True, False])
def test_a_lost_answer_is_read_back_and_never_doubled(world: World, after: bool, conditional: bool) -> None:
    mute = Mute(world.store, after=after)
    audit = Audit(mute)  # type: ignore[arg-type]
    mute.left = 1
    writes = [Create("notes", "n1", {"a": 1})] if conditional else []
    assert isinstance(audit.commit(writes, [press(1)]), Done)
    assert len(audit.events(NOON, NOON + DAY)) == 1
    assert (world.store.get("notes", "n1") is not None) == conditional
    assert audit.verify() == []


def test_a_store_that_stays_silent_is_said_so(world: World) -> None:
    mute = Mute(world.store, after=False)
    mute.left = 9
    with pytest.raises(Unavailable):
        Audit(mute).commit([], [press(1)])  # type: ignore[arg-type]
    assert world.audit.events(NOON, NOON + DAY) == []


def _altered(world: World) -> str:
    doc = world.store.get("trail", "0-000000000005")
    assert doc is not None
    world.store.commit((Replace("trail", doc.key, {**doc.value, "actor": "U666"}, doc.version),))
    return "altered"


def _deleted(world: World) -> str:
    doc = world.store.get("trail", "0-000000000005")
    assert doc is not None
    world.store.commit((Delete("trail", doc.key, doc.version),))
    return "missing"


def _cut(world: World) -> str:
    doc = world.store.get("trail", "0-000000000012")
    assert doc is not None
    world.store.commit((Delete("trail", doc.key, doc.version),))
    return "missing"


def _swapped(world: World) -> str:
    one, two = (world.store.get("trail", f"0-00000000000{n}") for n in (3, 4))
    assert one is not None
    assert two is not None
    names = ("words", "record_id")
    for doc, other in ((one, two), (two, one)):
        world.store.commit((Put("trail", doc.key, {**doc.value, **{name: other.value[name] for name in names}}),))
    return "altered"


def _head_reset(world: World) -> str:
    world.store.commit((Put("heads", "0", {"seq": 4, "hash": "0" * 64}),))
    return "head"


@pytest.mark.parametrize("tamper", [_altered, _deleted, _cut, _swapped, _head_reset])
def test_tampering_is_found(world: World, tamper: Callable[[World], str]) -> None:
    fill(world)
    assert verify_chain(world.store, 0) == []
    words = tamper(world)
    problems = verify_chain(world.store, 0)
    assert problems
    assert words in problems[0].words
