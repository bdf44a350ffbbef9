"""Limits of queries: cut when over, left alone when done, by one thread."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta

from control_plane.backends.local.watch import Watch

SOON, LONG, DEADLINE = timedelta(seconds=0.02), timedelta(minutes=5), 10


class Cursor:
    def __init__(self) -> None:
        self.interrupted = threading.Event()

    def interrupt(self) -> None:
        self.interrupted.set()


def test_what_is_over_its_limit_is_interrupted_and_told_so() -> None:
    cursor = Cursor()
    with Watch().over(cursor, SOON) as cut:
        assert cursor.interrupted.wait(DEADLINE)
        assert cut.is_set()


def test_a_short_limit_is_kept_while_a_long_one_is_waited_for() -> None:
    watch, slow, quick = Watch(), Cursor(), Cursor()
    with watch.over(slow, LONG) as left:
        with watch.over(quick, SOON):
            assert quick.interrupted.wait(DEADLINE)
        assert not left.is_set() and not slow.interrupted.is_set()


def test_what_ended_in_time_is_never_interrupted() -> None:
    watch, done, later = Watch(), Cursor(), Cursor()
    with watch.over(done, SOON):
        pass
    with watch.over(later, 2 * SOON):  # the thread has gone past the first limit when it cuts the second
        assert later.interrupted.wait(DEADLINE)
    assert not done.interrupted.is_set()


def test_many_limits_share_one_thread() -> None:
    watch, before = Watch(), threading.active_count()
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(watch.over(Cursor(), LONG))
        assert threading.active_count() == before + 1
