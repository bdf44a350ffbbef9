"""Group commit of presses: the loop collects, one thread writes, so that an acknowledgement waits for one sync only."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import structlog

from schemas.errors import ResilienceError, Unavailable
from schemas.ports import Create, Done, JsonMap, Store

COLLECTION = "presses"
GROUP = 512
HOLD = timedelta(milliseconds=40)
QUIET = 3  # turns of the loop without a new press


class Noted(StrEnum):
    """NOTED: durable. DUPLICATE: the same press was noted before. UNSURE: the write may still land. FAILED: certainly
    not noted."""

    NOTED = "noted"
    DUPLICATE = "duplicate"
    UNSURE = "unsure"
    FAILED = "failed"


CONFIRM_WITHIN = timedelta(milliseconds=800)

_Item = tuple[str, JsonMap, "asyncio.Future[Noted]"]


class Noter:
    """One durable write for each press, many presses a commit. ``landed`` is called in the writer's thread after each
    commit that noted something. `start` and `note` belong to the loop; `stop` may be called from anywhere."""

    def __init__(self, store: Store, landed: Callable[[], None], within: timedelta = CONFIRM_WITHIN) -> None:
        self._store, self._landed, self._within = store, landed, within.total_seconds()
        self._due: deque[tuple[float, asyncio.Future[Noted]]] = deque()
        self._waiting: list[_Item] = []
        self._busy = False
        self._seen, self._quiet, self._until = 0, 0, 0.0
        self._groups: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="noter", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Writes what was handed over, then ends the thread; waits at most five seconds for it."""
        self._groups.put(None)
        self._thread.join(5)

    def note(self, key: str, value: JsonMap) -> asyncio.Future[Noted]:
        """Hands one press over. The future is settled by the writer, or as UNSURE when that takes too long: the press
        stays with the writer all the same."""
        assert self._loop is not None
        future: asyncio.Future[Noted] = self._loop.create_future()
        self._waiting.append((key, value, future))
        self._due.append((self._loop.time() + self._within, future))
        if len(self._due) == 1:
            self._loop.call_at(self._due[0][0], self._expire)
        if not self._busy:
            self._busy = True
            self._begin()
        return future

    def _expire(self) -> None:
        """One timer for all: those that are over time are unsure, and it is set again for the oldest one left."""
        assert self._loop is not None
        now = self._loop.time()
        while self._due and (self._due[0][1].done() or self._due[0][0] <= now):
            future = self._due.popleft()[1]
            if not future.done():
                future.set_result(Noted.UNSURE)
        if self._due:
            self._loop.call_at(self._due[0][0], self._expire)

    def _begin(self) -> None:
        assert self._loop is not None
        self._seen, self._quiet = 0, 0
        self._until = self._loop.time() + HOLD.total_seconds()
        self._loop.call_soon(self._gather)

    def _gather(self) -> None:
        """Lets the loop first read what already stands at the door: one sync for all of it, and no writer that wrestles
        with the loop for the interpreter's lock meanwhile. A single press waits some microseconds, none over `HOLD`."""
        assert self._loop is not None
        came = len(self._waiting)
        self._quiet = self._quiet + 1 if came == self._seen else 0
        self._seen = came
        if came < GROUP and self._quiet < QUIET and self._loop.time() < self._until:
            self._loop.call_soon(self._gather)
            return
        group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        self._groups.put(group)

    def _settle(self, group: list[_Item], fates: list[Noted]) -> None:
        """One group is with the writer at a time; presses that came meanwhile are the next group."""
        self._busy = bool(self._waiting)
        if self._busy:
            self._begin()
        for (_key, _value, future), fate in zip(group, fates, strict=True):
            if not future.done():
                future.set_result(fate)

    def _write(self) -> None:
        while (group := self._groups.get()) is not None:
            fates = [Noted.UNSURE] * len(group)
            try:
                fates = self._commit(group)
                if Noted.NOTED in fates:
                    self._landed()
            except Exception:  # the writer must outlive whatever comes, or no press is ever noted again
                structlog.get_logger().exception("noter.broken", presses=len(group))
            assert self._loop is not None
            try:
                self._loop.call_soon_threadsafe(self._settle, group, fates)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return

    def _commit(self, group: list[_Item]) -> list[Noted]:
        """A group that the store refuses is written one by one: a single bad press must not take others with it."""
        try:
            answers = self._store.commit(*((Create(COLLECTION, key, value),) for key, value, _ in group))
        except Unavailable as error:
            structlog.get_logger().warning("noter.unsure", presses=len(group), error=str(error))
            return [Noted.UNSURE] * len(group)
        except ResilienceError as error:
            if len(group) > 1:
                return [self._commit([one])[0] for one in group]
            structlog.get_logger().warning("noter.failed", press=group[0][0], error=str(error))
            return [Noted.FAILED]
        return [Noted.NOTED if isinstance(answer, Done) else Noted.DUPLICATE for answer in answers]
