"""The plugs under contract. Another Store or LiveState joins as one more entry of STORES or LIVES."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.store import SqliteStore
from schemas.ports import LiveState, Store

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Plug = TypeVar("Plug", covariant=True)


@dataclass(frozen=True)
class Rig(Generic[Plug]):
    """A plug under test. ``other`` is a second client of the same documents, ``later`` lets time pass."""

    plug: Plug
    other: Plug
    later: Callable[[timedelta], object]


@contextmanager
def sqlite_store(folder: Path) -> Iterator[Rig[Store]]:
    clock = FixedClock(NOON)
    with ExitStack() as stack:
        stores = [SqliteStore(folder / "store.db", clock=clock, durable=False) for _ in range(2)]
        for store in stores:
            stack.callback(store.close)
        yield Rig(stores[0], stores[1], clock.advance)


@contextmanager
def sqlite_live(folder: Path) -> Iterator[Rig[LiveState]]:
    clock = FixedClock(NOON)
    with ExitStack() as stack:
        lives = [SqliteLiveState(folder / "live.db", clock=clock, durable=False) for _ in range(2)]
        for live in lives:
            stack.callback(live.close)
        yield Rig(lives[0], lives[1], clock.advance)


STORES: Mapping[str, Callable[[Path], AbstractContextManager[Rig[Store]]]] = {"sqlite": sqlite_store}
LIVES: Mapping[str, Callable[[Path], AbstractContextManager[Rig[LiveState]]]] = {"sqlite": sqlite_live}
