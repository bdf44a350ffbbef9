"""Commits travel together: none lost, none twice, one bad one alone, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.convoy import Convoy
from control_plane.backends.local.store import SqliteStore
from schemas.errors import Denied, Unavailable
from schemas.ports import Count, Create, Done


class Ferry:
    """Answers each wish with its double; holds the first crossing until told; refuses what it is told to."""

    def __init__(self) -> None:
        self.crossings: list[list[int]] = []
        self.inside, self.go = threading.Event(), threading.Event()
        self.bad: dict[int, Exception] = {}

    def __call__(self, wishes: Sequence[int]) -> tuple[int, ...]:
        self.crossings.append(list(wishes))
        self.inside.set()
        assert self.go.wait(10)
        for wish in wishes:
            if wish in self.bad:
                raise self.bad[wish]
        return tuple(2 * wish for wish in wishes)


class Crowd:
    """Threads that join a convoy, each with its wish; what each of them got."""

    def __init__(self, convoy: Convoy[int, int]) -> None:
        self._convoy = convoy
        self.got: dict[int, object] = {}
        self._threads: list[threading.Thread] = []

    def add(self, *wishes: int) -> None:
        for wish in wishes:
            self._threads.append(threading.Thread(target=self._join, args=(wish,), daemon=True))
            self._threads[-1].start()

    def _join(self, wish: int) -> None:
        try:
            (self.got[wish],) = self._convoy.join([wish])
        except Exception as error:
            self.got[wish] = error

    def wait(self, convoy: Convoy[int, int], many: int) -> None:
        """Until so many stand waiting."""
        tick, left = threading.Event(), 2000
        while len(convoy._waiting) < many and left:
            tick.wait(0.005)
            left -= 1
        assert len(convoy._waiting) == many

    def end(self) -> dict[int, object]:
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        return self.got


def start(ferry: Ferry, *, patience: float = 10, most: int = 1024) -> tuple[Convoy[int, int], Crowd]:
    """One crossing is under way with wish 0."""
    convoy: Convoy[int, int] = Convoy(ferry, patience, most)
    crowd = Crowd(convoy)
    crowd.add(0)
    assert ferry.inside.wait(10)
    return convoy, crowd


def test_those_who_wait_go_together_each_with_its_answer() -> None:
    ferry = Ferry()
    convoy, crowd = start(ferry)
    crowd.add(*range(1, 20))
    crowd.wait(convoy, 19)
    ferry.go.set()
    assert crowd.end() == {wish: 2 * wish for wish in range(20)}
    assert [len(one) for one in ferry.crossings] == [1, 19]


def test_a_crossing_is_not_overfull() -> None:
    ferry = Ferry()
    convoy, crowd = start(ferry, most=8)
    crowd.add(*range(1, 20))
    crowd.wait(convoy, 19)
    ferry.go.set()
    assert crowd.end() == {wish: 2 * wish for wish in range(20)}
    assert sorted(len(one) for one in ferry.crossings) == [1, 3, 8, 8]


def test_one_bad_wish_does_not_take_others_with_it() -> None:
    ferry = Ferry()
    convoy, crowd = start(ferry)
    ferry.bad[2] = OverflowError("too large")
    crowd.add(1, 2, 3)
    crowd.wait(convoy, 3)
    ferry.go.set()
    got = crowd.end()
    assert (got[1], got[3]) == (2, 6) and isinstance(got[2], OverflowError)


def test_what_is_not_known_is_not_known_for_all_and_not_tried_again() -> None:
    ferry = Ferry()
    convoy, crowd = start(ferry)
    ferry.bad[2] = Unavailable("the disk does not say", part="store")
    crowd.add(1, 2, 3)
    crowd.wait(convoy, 3)
    ferry.go.set()
    got = crowd.end()
    assert all(isinstance(got[wish], Unavailable) for wish in (1, 2, 3)) and len(ferry.crossings) == 2


def test_one_that_waited_in_vain_is_told_so_and_is_never_written() -> None:
    ferry = Ferry()
    convoy, crowd = start(ferry, patience=0.05)
    crowd.add(1)
    with pytest.raises(Unavailable, match="nothing was written"):
        convoy.join([2])
    ferry.go.set()
    got = crowd.end()
    assert got[0] == 0 and isinstance(got[1], Unavailable)
    assert [wish for crossing in ferry.crossings for wish in crossing] == [0]
    assert convoy.join([5]) == (10,)


def test_a_store_written_by_many_threads_at_once_loses_nothing_and_counts_right(tmp_path: Path) -> None:
    store, clock = SqliteStore(tmp_path / "s.db", clock=SystemClock()), SystemClock()
    begun, failed = clock.now(), list[object]()
    many = threading.Barrier(8)

    def write(thread: int) -> None:
        many.wait(10)
        for turn in range(25):
            own = (Create("notes", f"{thread}-{turn}", {"n": turn}), Count("decisions", "own", clock.now()))
            both = Create("notes", f"shared-{turn}", {"by": thread}), Count("decisions", "shared", clock.now())
            try:
                answers = store.commit(own, both)
            except Denied as error:
                failed.append(error)
                return
            if not isinstance(answers[0], Done):
                failed.append(answers)

    threads = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed and not any(thread.is_alive() for thread in threads)
    docs = store.find("notes", limit=1000)
    assert len(docs) == 8 * 25 + 25 and len({doc.version for doc in docs}) == len(docs)
    assert store.tally("decisions", begun, clock.now()) == {"own": 200, "shared": 25}
    store.close()
