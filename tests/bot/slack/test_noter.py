"""The noter under a crowd: every press settled, each in the store once; and a writer that outlives any trouble."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bot.slack.noter import Noted, Noter
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore
from schemas.ports import Batch, Done, Lost

CROWD, TURNS = 500, 6


class Moody(SqliteStore):
    """A real store that raises what it is told to, once."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, clock=SystemClock(), durable=False)
        self.raises: list[Exception] = []

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        if self.raises:
            raise self.raises.pop()
        return super().commit(*batches)


@asynccontextmanager
async def started(store: SqliteStore, landed: Callable[[], None] = lambda: None) -> AsyncIterator[Noter]:
    noter = Noter(store, landed)
    noter.start()
    try:
        yield noter
    finally:
        noter.stop()


async def another_turn() -> None:
    loop = asyncio.get_running_loop()
    come = loop.create_future()
    loop.call_soon(come.set_result, None)
    await come


def test_five_hundred_at_a_time_and_each_is_settled(tmp_path: Path) -> None:
    """Presses come in bursts, alone, twice, and from people who have gone; none may wait for ever."""
    dice = random.Random(7)

    async def person(noter: Noter, number: int) -> list[tuple[str, Noted]]:
        found = []
        for turn in range(TURNS):
            for _ in range(dice.randrange(4)):
                await another_turn()
            key = f"p{number if dice.random() < 0.9 else 0}-{turn}"  # now and then another's press, replayed
            future = noter.note(key, {"state": "noted", "at": "2026-11-23T12:00:00.000000Z"})
            if dice.random() < 0.05:
                future.cancel()
            else:
                found.append((key, await future))
        return found

    async def crowd(store: SqliteStore) -> list[tuple[str, Noted]]:
        async with started(store) as noter, asyncio.timeout(60):
            answers = [one for many in await asyncio.gather(*(person(noter, n) for n in range(CROWD))) for one in many]
            assert not noter._waiting and not noter._busy
            return answers

    with closing(SqliteStore(tmp_path / "s.db", clock=SystemClock(), durable=False)) as store:
        answers = asyncio.run(crowd(store))
        there = {doc.key for doc in store.find("presses", limit=100_000)}
    first = Counter(key for key, fate in answers if fate is Noted.NOTED)
    assert len(answers) > 0.9 * CROWD * TURNS and set(first.values()) == {1}
    assert {key for key, _ in answers} <= there
    assert {fate for _, fate in answers} <= {Noted.NOTED, Noted.DUPLICATE, Noted.UNSURE}


def test_the_writer_outlives_an_error_that_nobody_foresaw(tmp_path: Path) -> None:
    trouble = [RuntimeError("the lanes are gone")]

    def landed() -> None:
        if trouble:
            raise trouble.pop()

    async def press(store: Moody) -> list[Noted]:
        async with started(store, landed) as noter, asyncio.timeout(10):
            return [await noter.note(key, {"state": "noted"}) for key in ("a", "b", "c", "d")]

    with closing(Moody(tmp_path / "s.db")) as store:
        store.raises = [RuntimeError("a fault of ours")]
        unsure, noted, *rest = asyncio.run(press(store))
        assert unsure is Noted.UNSURE and noted is Noted.NOTED and rest == [Noted.NOTED, Noted.NOTED]
        assert [doc.key for doc in store.find("presses")] == ["b", "c", "d"]
