"""A sender in a process of its own is killed (SIGKILL) around every commit and every call to a real workspace server;
another one goes on. At most one message or line is repeated, it says so, and nothing is lost.

With answers lost after the delivery, calls that never arrive and 429s; and with two senders at once.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.slack.messenger import SlackMessenger
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.delivery import Delivery, Pace
from schemas.reports import State
from tests.control_plane.test_delivery import DRAW, Slack, World

from .town import TOKEN, Town

pytestmark = pytest.mark.crash
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CHANNEL = "canary-alerts"
FATES = {
    "well": (),
    "429": ("429", None, "429"),
    "answer_lost": ("swallow",),
    "line_answer_lost": (None, None, "swallow"),
    "call_lost": ("lose", None, "lose"),
}
WHEN = ("before", "after")
SEEDS = int(os.environ.get("CRASH_SEEDS", "1"))


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    running = Town()
    yield running
    running.close()


class Killer:
    """Store and Slack of a process that is killed at its n-th outside step, before or after it took effect."""

    def __init__(self, store: Any, slack: Any, nth: int, when: str) -> None:
        self._store, self._slack, self._left, self._when = store, slack, nth, when

    def _step(self, act: Callable[[], Any]) -> Any:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return act()
        finally:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def commit(self, *batches: Any) -> Any:
        return self._step(lambda: self._store.commit(*batches))

    def post(self, *args: Any, **more: Any) -> Any:
        return self._step(lambda: self._slack.post(*args, **more))

    def edit(self, *args: Any) -> Any:
        return self._step(lambda: self._slack.edit(*args))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def sender(
    home: Path, town: Town, owner: str, nth: int, when: str, start: timedelta = timedelta(0), *, patient: bool = True
) -> int:
    """Starts a process that delivers until nothing is left (not ``patient``: nothing due at ``start``), or is
    killed at its n-th step; its id."""
    child = os.fork()
    if child:
        return child
    try:
        clock = FixedClock(NOON + start)
        store = SqliteStore(home / "store.sqlite", clock=clock, durable=False)
        killer: Any = Killer(store, SlackMessenger(TOKEN, f"{town.url}/api/"), nth, when)
        delivery = Delivery(killer, killer, DRAW, owner, Pace(burst=1000))
        for _ in range(200 if patient else 1):
            while delivery.step(clock.now()):
                pass
            if not patient or delivery.next_at(clock.now()) is None:
                os._exit(0)
            clock.advance(timedelta(seconds=15))
        os._exit(4)
    finally:
        os._exit(3)


def ended(child: int) -> bool:
    """Whether the process came to its end; False: it was killed."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, os.waitstatus_to_exitcode(status)
    return not os.WIFSIGNALED(status)


def trouble(home: Path, words: str) -> None:
    """An alert that opens, resolves and reopens: a first post, an edit, two lines."""
    world = World(SqliteStore(home / "store.sqlite", clock=FixedClock(NOON), durable=False), FixedClock(NOON), Slack())
    for state in (State.FAIL, State.PASS, State.FAIL):
        world.see(state, words, subject=words)
    world.store.close()


def judge(home: Path, town: Town, words: str, doubts: int) -> None:
    """``doubts`` are the kills and the lost answers: each may repeat one message."""
    messages = town.messages(CHANNEL)
    posts = [one for one in messages if not one.get("thread_ts") and words in one["text"]]
    stamps = {one["ts"] for one in posts}
    lines = [one for one in messages if one.get("thread_ts") in stamps]
    assert posts, "the card is lost"
    assert all(one["text"].endswith("(repeated)") for one in posts[1:]), posts
    texts = [one["text"] for one in lines]
    assert len({text.removesuffix(" (repeated)") for text in texts}) == 2, texts
    assert len(texts) - 2 <= sum(text.endswith("(repeated)") for text in texts), texts
    assert len(posts) - 1 + len(texts) - 2 <= doubts, (posts, texts)
    store = SqliteStore(home / "store.sqlite", clock=FixedClock(NOON), durable=False)
    (card,) = [doc.value for doc in store.find("cards", limit=50) if doc.value["alert_id"] and _of(doc, store, words)]
    assert card["dirty"] == 0 and card["says"] == [] and card["ts"] in stamps
    shown = next(one["text"] for one in posts if one["ts"] == card["ts"])
    assert shown.removesuffix(" (repeated)") == f"{words} seen 1"
    store.close()


def _of(doc: Any, store: SqliteStore, words: str) -> bool:
    alert = store.get("alerts", doc.value["alert_id"])
    return alert is not None and alert.value["subject"] == words


@pytest.mark.parametrize(
    ("fate", "when"),
    [("well", "before"), ("well", "after"), ("429", "after"), ("answer_lost", "before"), ("answer_lost", "after"),
     ("line_answer_lost", "after"), ("call_lost", "before")],
)  # fmt: skip
def test_killed_at_every_step_it_repeats_at_most_one_marked_message(
    tmp_path: Path, town: Town, fate: str, when: str
) -> None:
    lost = sum(one in ("swallow", "lose") for one in FATES[fate])
    for nth in count(1):
        home, words = tmp_path / str(nth), f"{fate}-{when}-{nth}-of-8"
        home.mkdir()
        trouble(home, words)
        town.fates.clear()
        town.fates.extend(FATES[fate])
        whole = ended(sender(home, town, "one", nth, when))
        assert ended(sender(home, town, "two", 0, when, timedelta(hours=1)))
        judge(home, town, words, lost + (not whole))
        if whole:
            break
    assert nth >= 8  # every commit and every call had its turn


@pytest.mark.parametrize("seed", range(SEEDS))
def test_two_senders_killed_and_started_again_at_random(tmp_path: Path, town: Town, seed: int) -> None:
    dice = random.Random(seed)
    cases = [f"seed-{seed}-{one}-of-8" for one in range(4)]
    for words in cases:
        trouble(tmp_path, words)
    town.fates.clear()
    town.fates.extend(dice.choices([None, "429", "swallow", "lose"], [8, 1, 1, 1], k=20))
    doubts = sum(one in ("swallow", "lose") for one in town.fates)
    for turn in range(12):  # both see one clock, and each turn is past the last one's leases
        start = timedelta(minutes=turn)
        pair = [
            sender(tmp_path, town, f"{turn}-{one}", dice.randrange(25), dice.choice(WHEN), start, patient=False)
            for one in range(2)
        ]
        whole = [ended(one) for one in pair]
        doubts += whole.count(False)
    assert ended(sender(tmp_path, town, "last", 0, "after", timedelta(days=2)))
    for words in cases:
        judge(tmp_path, town, words, doubts)


def test_a_sender_stopped_in_mid_call_wakes_up_and_is_refused(tmp_path: Path, town: Town) -> None:
    """SIGSTOP past the lease while its first post is under way; another sender takes the channel and repeats."""
    words = "stopped-in-mid-call-of-8"
    trouble(tmp_path, words)
    town.fates.clear()

    class Stopper(SlackMessenger):
        def post(self, *args: Any, **more: Any) -> Any:
            answer = super().post(*args, **more)
            os.kill(os.getpid(), signal.SIGSTOP)
            return answer

    child = os.fork()
    if child == 0:
        try:
            store = SqliteStore(tmp_path / "store.sqlite", clock=FixedClock(NOON), durable=False)
            messenger: Any = Stopper(TOKEN, f"{town.url}/api/")
            Delivery(store, messenger, DRAW, "stopped", Pace(burst=1000)).step(NOON)
            os._exit(0)
        finally:
            os._exit(3)
    until = time.monotonic() + 20
    while not os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1]):
        assert time.monotonic() < until
    assert ended(sender(tmp_path, town, "two", 0, "after", timedelta(minutes=1)))
    os.kill(child, signal.SIGCONT)
    assert ended(child)
    judge(tmp_path, town, words, 1)
    posts = [one for one in town.messages(CHANNEL) if words in one["text"] and not one.get("thread_ts")]
    assert len(posts) == 2
