"""Modals on their way: the loop opens the light view, a lane fills it, and whichever is first waits for the other."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from datetime import timedelta

OPEN_WITHIN = timedelta(seconds=3)  # a trigger_id lives that long


class Openings:
    """Safe between the loop and the lanes. Kept in memory only: after a restart the view's external_id finds it."""

    def __init__(self) -> None:
        self._open: dict[str, Future[str]] = {}
        self._never = threading.Event()

    def expect(self, press: str) -> bool:
        """Before the press is noted: a lane may pick it up at once. False when it is expected already (a replay)."""
        if press in self._open:
            return False
        self._open[press] = Future()
        return True

    def settle(self, press: str, view_id: str) -> None:
        """The view is open under this id; "" when it could not be opened."""
        future = self._open.get(press)
        if future is not None and not future.done():
            future.set_result(view_id)

    def forget(self, press: str) -> None:
        self._open.pop(press, None)

    def pause(self, view_id: str | None) -> None:
        """Between two looks for a view that another process may be opening; none for one that is known."""
        if view_id is None:
            self._never.wait((OPEN_WITHIN / 10).total_seconds())

    def wait(self, press: str) -> str | None:
        """The view's id, "" when it did not open, None when this process knows nothing of it."""
        future = self._open.get(press)
        if future is None:
            return None
        try:
            return future.result(OPEN_WITHIN.total_seconds() + 1)
        except TimeoutError:
            return ""
        finally:
            self.forget(press)
