"""Time limits of queries: one thread of the process interrupts whatever is over its limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from typing import Protocol


class Cursor(Protocol):
    def interrupt(self) -> None: ...


@dataclass(eq=False)
class _Guarded:
    cursor: Cursor
    until: float
    cut: threading.Event = field(default_factory=threading.Event)


class Watch:
    """Interrupts each guarded cursor once its time is over, and never after its guard has ended. The thread starts
    with the first guard, and is woken only for a limit that ends before the one it waits for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._guarded: set[_Guarded] = set()
        self._wakes_at = inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, cursor: Cursor, limit: timedelta) -> Iterator[threading.Event]:
        """Guards what runs on the cursor meanwhile; the event tells that it was interrupted."""
        mine = _Guarded(cursor, time.monotonic() + limit.total_seconds())
        with self._changed:
            self._guarded.add(mine)
            if self._thread is None or not self._thread.is_alive():  # a fork has no threads but its own
                self._thread = threading.Thread(target=self._watch, name="query limits", daemon=True)
                self._thread.start()
            elif mine.until < self._wakes_at:
                self._changed.notify()
        try:
            yield mine.cut
        finally:
            with self._changed:
                self._guarded.discard(mine)

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                self._cut_late(now)
                self._wakes_at = min((one.until for one in self._guarded), default=inf)
                self._changed.wait(None if self._wakes_at == inf else self._wakes_at - now)

    def _cut_late(self, now: float) -> None:
        """In a frame of its own: the waiting thread must not keep the last cursor alive."""
        for late in [one for one in self._guarded if one.until <= now]:
            self._guarded.discard(late)
            late.cut.set()
            late.cursor.interrupt()
