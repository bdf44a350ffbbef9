"""A time limit for code that may hang: its own daemon thread, given up when the limit has passed.

Python cannot kill a thread; what hangs is abandoned and counted, never waited for at exit.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from schemas.durations import say_duration
from schemas.errors import Denied

T = TypeVar("T")
MOST_ABANDONED = 16
ABREAST = 2


class Abandoned:
    """Threads given up so far that still hang; past the cap nothing new is started in their company."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def add(self, thread: threading.Thread) -> None:
        with self._lock:
            self._threads.append(thread)

    def count(self) -> int:
        with self._lock:
            self._threads = [one for one in self._threads if one.is_alive()]
            return len(self._threads)


abandoned = Abandoned()


def within(work: Callable[[], T], limit: timedelta) -> T:
    """The work's answer, or what it raised; Denied when the limit passed or too many hang already."""
    if abandoned.count() >= MOST_ABANDONED:
        raise Denied(f"not started: {MOST_ABANDONED} earlier checks still hang", part="runner")
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:
            answers.put((None, error))

    thread = threading.Thread(target=run, name="check", daemon=True)
    thread.start()
    try:
        answer, error = answers.get(timeout=limit.total_seconds())
    except queue.Empty:
        abandoned.add(thread)
        raise Denied(f"given up after its time limit of {say_duration(limit)}", part="runner") from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]


def abreast(works: Sequence[Callable[[], T]]) -> Iterator[T]:
    """The works' answers in their order, two under way at a time; what one raised is raised in its place. Whoever stops
    asking lets no further work begin."""
    answers = [queue.SimpleQueue[tuple[T | None, BaseException | None]]() for _ in works]
    left, gate, over = iter(range(len(works))), threading.Lock(), threading.Event()

    def turn() -> None:
        while not over.is_set():
            with gate:
                place = next(left, None)
            if place is None:
                return
            try:
                answers[place].put((works[place](), None))
            except BaseException as error:
                answers[place].put((None, error))

    for _ in range(min(ABREAST, len(works))):
        threading.Thread(target=turn, name="abreast", daemon=True).start()
    try:
        for one in answers:
            answer, error = one.get()
            if error is not None:
                raise error
            yield answer  # type: ignore[misc]
    finally:
        over.set()
