"""Lanes: bounded daemon threads of our own, each turning one step until there is nothing to do, then waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

BACKOFF = (0.2, 1.0, 5.0, 30.0)  # seconds after the first, second … failure in a row


class Lane:
    """Runs ``step`` until it says False, then waits for ``wake`` or for ``idle`` to pass. A failing step is logged and
    tried again after a growing wait: one lane's trouble is not another's. Several lanes may share a step, and each
    needs a wake of its own."""

    def __init__(self, name: str, step: Callable[[], bool], wake: threading.Event, idle: timedelta) -> None:
        self.name = name
        self._step, self._wake, self._idle = step, wake, idle
        self._over = threading.Event()
        self._since: float | None = None
        self.failures = 0
        self._thread = threading.Thread(target=self._turn, name=f"lane-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def stop(self, patience: timedelta = timedelta(seconds=5)) -> bool:
        """Ends the lane after the step under way; False when that step did not end in time and is abandoned."""
        self._over.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(patience.total_seconds())
        if self._thread.is_alive():
            structlog.get_logger().error("lane.abandoned", lane=self.name, seconds=self.busy().total_seconds())
            return False
        return True

    def busy(self) -> timedelta:
        """For how long the step under way has been running; zero when none is."""
        since = self._since
        return timedelta(0) if since is None else timedelta(seconds=time.monotonic() - since)

    def alive(self) -> bool:
        return self._thread.is_alive()

    def _turn(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            try:
                while not self._over.is_set() and self._timed():
                    self.failures = 0
                self.failures = 0
                pause = self._idle.total_seconds()
            except Exception:
                structlog.get_logger().exception("lane.failed", lane=self.name, failures=self.failures + 1)
                pause = BACKOFF[min(self.failures, len(BACKOFF) - 1)]
                self.failures += 1
                self._over.wait(pause)
                continue
            self._wake.wait(pause)

    def _timed(self) -> bool:
        self._since = time.monotonic()
        try:
            return self._step()
        finally:
            self._since = None
