"""Lanes turn, wait, survive trouble, and end."""

from __future__ import annotations

import threading
from datetime import timedelta

from bot.lanes import Lane

LONG = timedelta(minutes=5)
SOON = timedelta(milliseconds=5)


def test_it_turns_until_nothing_is_left_then_waits_for_a_nudge() -> None:
    left, empty, turns = [3], threading.Event(), []

    def step() -> bool:
        turns.append(1)
        left[0] -= 1
        if left[0] <= 0:
            empty.set()
        return left[0] > 0

    lane = Lane("work", step, threading.Event(), LONG)
    lane.start()
    assert empty.wait(5) and len(turns) == 3
    empty.clear()
    left[0] = 2
    lane.nudge()
    assert empty.wait(5) and len(turns) == 5
    assert lane.stop() and not lane.alive()


def test_it_looks_by_itself_when_idle_is_over() -> None:
    seen = threading.Semaphore(0)

    def step() -> bool:
        seen.release()
        return False

    lane = Lane("idle", step, threading.Event(), SOON)
    lane.start()
    assert all(seen.acquire(timeout=5) for _ in range(3))
    assert lane.stop()


def test_a_failing_step_is_tried_again() -> None:
    fine, tries = threading.Event(), []

    def step() -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("once")
        fine.set()
        return False

    lane = Lane("moody", step, threading.Event(), LONG)
    lane.start()
    assert fine.wait(5) and lane.stop()


def test_a_hung_step_is_abandoned_and_reported() -> None:
    inside, go = threading.Event(), threading.Event()

    def step() -> bool:
        inside.set()
        go.wait(10)
        return False

    lane = Lane("hung", step, threading.Event(), LONG)
    lane.start()
    assert inside.wait(5) and lane.busy() >= timedelta(0)
    assert lane.stop(SOON) is False and lane.alive()
    go.set()
    assert lane.stop() is True


def test_one_that_never_started_stops() -> None:
    assert Lane("never", lambda: False, threading.Event(), LONG).stop() is True
