"""Cards reconciled with a Slack that answers, refuses, loses answers, and dies in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.delivery import Delivery, Draw, Pace
from control_plane.ledger import Entry, Held, Ledger
from control_plane.policy import decide
from control_plane.scene import Scene, Seen
from schemas.alerts import Alert, alert_id
from schemas.cards import Card, Say
from schemas.errors import Denied, Missing, Unavailable
from schemas.heals import HealRequest
from schemas.pipeline import CheckSpec
from schemas.ports import Create, Message, Posted, RateLimited
from schemas.reports import Finding, Severity, State, SubjectResult

SPEC = CheckSpec("phase2_raw", "canary_query", "Raw rows", "#canary-alerts", 2)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Slack:
    """A small Slack: what it has, and how the next calls go (None: well)."""

    fates: list[BaseException | None] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    threads: list[tuple[str, str, bool]] = field(default_factory=list)
    calls: int = 0

    def _fate(self) -> BaseException | None:
        self.calls += 1
        return self.fates.pop(0) if self.fates else None

    def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Posted:
        fate = self._fate()
        if fate is None or isinstance(fate, (Unavailable, Killed)):  # it arrived, whether we hear of it or not
            if thread:
                self.threads.append((thread, message.text, broadcast))
            else:
                self.messages[f"ts{len(self.messages)}"] = message
        if fate:
            raise fate
        return Posted("C1", f"ts{len(self.messages) - 1}")

    def edit(self, channel: str, ts: str, message: Message) -> None:
        fate = self._fate()
        if fate:
            raise fate
        if ts not in self.messages:
            raise Missing("message_not_found", part="slack")
        self.messages[ts] = message

    def whisper(self, channel: str, person: str, message: Message) -> None:
        raise AssertionError("delivery never whispers")


def draw_card(alert: Alert, card: Card) -> Message:
    mark = " (repeated)" if card.repeated else ""
    return Message(f"{alert.finding.summary} seen {alert.seen}{mark}")


def draw_line(say: Say) -> Message:
    return Message(f"{say.who}: {say.text}" + (" (repeated)" if say.trying else ""))


DRAW = Draw(draw_card, draw_line)


def creation(request: HealRequest, now: datetime) -> Create:
    raise AssertionError("no heal here")


@dataclass
class World:
    store: SqliteStore
    clock: FixedClock
    slack: Slack

    def see(self, state: State, summary: str = "6 of 8", subject: str = "2026-11-22") -> None:
        now = self.clock.now()
        ledger = Ledger(self.store, creation)
        finding = Finding("Raw", summary, Severity.WARNING) if state is State.FAIL else None
        held: Held = ledger.held(alert_id(SPEC.name, subject))
        seen = Seen(SubjectResult(subject, state, "", finding=finding), "r", now)
        assert ledger.commit([Entry(held, decide(Scene(SPEC, held.alert), seen, now), "report")], now) == [True]

    def deliver(self, owner: str = "one", pace: Pace | None = None) -> int:
        delivery, steps = Delivery(self.store, self.slack, DRAW, owner, pace or Pace(burst=100)), 0
        while delivery.step(self.clock.now()):
            steps += 1
            assert steps < 100
        return steps


@pytest.fixture
def world(store: SqliteStore, clock: FixedClock) -> World:
    return World(store, clock, Slack())


def texts(world: World) -> list[str]:
    return [message.text for message in world.slack.messages.values()]


def test_one_trouble_is_one_message_edited_and_edits_coalesce(world: World) -> None:
    world.see(State.FAIL)
    world.deliver()
    for _ in range(5):
        world.see(State.FAIL)
    before = world.slack.calls
    world.deliver()
    assert texts(world) == ["6 of 8 seen 6"]
    assert world.slack.calls == before + 1


def test_the_same_state_again_sends_nothing(world: World) -> None:
    world.see(State.FAIL)
    world.deliver()
    calls = world.slack.calls
    assert world.deliver() == 0 and world.slack.calls == calls


def test_a_lost_answer_repeats_once_and_says_so(world: World) -> None:
    world.slack.fates = [Unavailable("timed out", part="slack")]
    world.see(State.FAIL)
    world.deliver()
    world.clock.advance(timedelta(seconds=5))
    world.deliver()
    assert texts(world) == ["6 of 8 seen 1", "6 of 8 seen 1 (repeated)"]


def test_a_429_is_no_delivery_and_leaves_no_doubt(world: World) -> None:
    world.slack.fates = [RateLimited(timedelta(seconds=7))]
    world.see(State.FAIL)
    world.deliver()
    world.clock.advance(timedelta(seconds=6))
    assert world.deliver() == 0
    world.clock.advance(timedelta(seconds=1))
    world.deliver()
    assert texts(world) == ["6 of 8 seen 1"]


def test_a_429_never_settles_an_earlier_doubt(world: World) -> None:
    world.slack.fates = [Unavailable("timed out", part="slack"), RateLimited(timedelta(seconds=1))]
    world.see(State.FAIL)
    for _ in range(3):
        world.deliver()
        world.clock.advance(timedelta(seconds=20))
    assert texts(world)[-1].endswith("(repeated)")


def test_a_refusal_is_kept_and_tried_again_later(world: World) -> None:
    world.slack.fates = [Denied("invalid_blocks", part="slack")]
    world.see(State.FAIL)
    world.deliver()
    card, _ = Ledger(world.store, creation).card(alert_id(SPEC.name, "2026-11-22") + "-1")
    assert card is not None and "invalid_blocks" in card.refused and card.dirty == 1
    world.clock.advance(timedelta(seconds=3))
    world.deliver()
    assert texts(world) == ["6 of 8 seen 1"]


def test_a_message_that_is_gone_is_posted_anew(world: World) -> None:
    world.see(State.FAIL)
    world.deliver()
    world.slack.messages = {"other": Message("somebody else's")}
    world.see(State.FAIL)
    world.deliver()
    assert texts(world)[-1] == "6 of 8 seen 2"


def test_resolved_is_an_edit_and_a_line_in_the_thread(world: World) -> None:
    world.see(State.FAIL)
    world.deliver()
    world.see(State.PASS)
    world.deliver()
    assert len(world.slack.messages) == 1
    assert [(line[0], line[2]) for line in world.slack.threads] == [("ts0", False)]
    assert "resolved" in world.slack.threads[0][1]


def test_speaking_again_is_broadcast(world: World) -> None:
    world.see(State.FAIL)
    world.see(State.PASS)
    world.see(State.FAIL)  # reopened within a day: the same card
    world.deliver()
    assert len(world.slack.messages) == 1
    assert [line[2] for line in world.slack.threads] == [False, True]


def test_pace_lets_a_burst_through_and_then_one_a_second(world: World) -> None:
    for number in range(6):
        world.see(State.FAIL, subject=f"2026-11-{number + 10}")
    delivery = Delivery(world.store, world.slack, DRAW, "one", Pace(timedelta(seconds=1), 3))

    def sent() -> int:
        while delivery.step(world.clock.now()):
            pass
        return len(world.slack.messages)

    assert sent() == 3
    world.clock.advance(timedelta(milliseconds=900))
    assert sent() == 3
    world.clock.advance(timedelta(milliseconds=100))
    assert sent() == 4


def test_only_the_holder_of_the_channel_sends(world: World) -> None:
    world.see(State.FAIL)
    assert world.deliver("one") == 1
    world.see(State.FAIL)
    assert world.deliver("two") == 0
    world.clock.advance(timedelta(seconds=31))
    assert world.deliver("two") == 1


@pytest.mark.parametrize("point", range(1, 12))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_it_repeats_at_most_one_marked_message(world: World, point: int, when: str) -> None:
    """A first post, an edit and two thread lines, with the process dying at each commit and each call in turn."""
    world.see(State.FAIL)
    world.see(State.PASS)
    world.see(State.FAIL)
    mortal = Mortal(world, point, when)
    delivery = Delivery(mortal, mortal.slack, DRAW, "one", Pace(burst=100))  # type: ignore[arg-type]
    try:
        while delivery.step(world.clock.now()):
            pass
    except Killed:
        pass
    mortal.alive = True
    world.clock.advance(timedelta(minutes=1))
    world.deliver("two")
    posts = texts(world)
    assert 1 <= len(posts) <= 2 and all(text.endswith("(repeated)") for text in posts[1:])
    lines = [line[1] for line in world.slack.threads]
    assert len({line.removesuffix(" (repeated)") for line in lines}) == 2
    assert len(lines) - 2 <= sum(line.endswith("(repeated)") for line in lines) <= 1
    assert len(posts) + len(lines) <= 4
    assert world.store.find("cards", limit=5)[0].value["dirty"] == 0


class Mortal:
    """The store and the Slack of a process that dies at its n-th outside step, before or after it took effect."""

    def __init__(self, world: World, point: int, when: str) -> None:
        self._world, self._left, self._when, self.alive = world, point, when, False
        self.slack = self

    def _step(self, act: object) -> object:
        self._left -= 1
        dying = self._left == 0 and not self.alive
        if dying and self._when == "before":
            raise Killed
        answer = act()  # type: ignore[operator]
        if dying:
            raise Killed
        return answer

    def commit(self, *batches: object) -> object:
        return self._step(lambda: self._world.store.commit(*batches))  # type: ignore[arg-type]

    def post(self, *args: object, **kwargs: object) -> object:
        return self._step(lambda: self._world.slack.post(*args, **kwargs))  # type: ignore[arg-type]

    def edit(self, *args: object) -> object:
        return self._step(lambda: self._world.slack.edit(*args))  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.store, name)


def test_a_raise_during_the_call_is_not_lost(world: World) -> None:
    """The ledger wants a newer version while Slack is still answering for the older one."""

    @dataclass
    class Slow(Slack):
        def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Posted:
            posted = super().post(channel, message, thread=thread, broadcast=broadcast)
            if len(self.messages) == 1 and self.calls == 1:
                world.see(State.FAIL)
            return posted

    world.slack = Slow()
    world.see(State.FAIL)
    world.deliver()
    assert texts(world) == ["6 of 8 seen 2"]
