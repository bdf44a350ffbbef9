"""Who was stopped for longer than its lease and wakes up in the middle of a step: its late write is refused.

The stop is played by another instance doing its work inside the call of the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.announce import Announcer
from bot.press import Opens, Press, Reply
from bot.slack.openings import Openings
from bot.slack.voice import Voice
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.delivery import LEASE, Delivery, Pace
from control_plane.leases import Lease
from control_plane.ledger import Ledger
from control_plane.runner import Runner, Runs
from control_plane.schedule import TICK_LEASE, Schedule, Tick
from schemas.alerts import alert_id
from schemas.cards import Card
from schemas.codec import load
from schemas.errors import Missing, Unavailable
from schemas.pipeline import Calendar, CheckSpec, Day, EntrySpec, Pipeline
from schemas.ports import Create, Message, Posted, Put, RateLimited
from schemas.reports import Finding, Severity, State, SubjectResult
from tests.control_plane.test_delivery import DRAW, SPEC, Slack, World, texts

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
KEY = alert_id(SPEC.name, "2026-11-22") + "-1"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "store.sqlite", clock=clock, durable=False)
    yield opened
    opened.close()


# --- leases ---------------------------------------------------------------------------------------------------------


def test_a_write_with_the_lease_is_refused_once_another_has_it(store: SqliteStore, clock: FixedClock) -> None:
    one, two = (Lease(store, "channel:c", owner, LEASE) for owner in ("one", "two"))
    assert one.hold() and one.commit(Put("notes", "n", {"by": "one"}))
    clock.advance(LEASE)
    assert two.hold()
    assert not one.commit(Put("notes", "n", {"by": "one, late"}))
    assert two.commit(Put("notes", "n", {"by": "two"}))
    doc = store.get("notes", "n")
    assert doc is not None and doc.value == {"by": "two"} and not one.hold()


def test_each_write_with_the_lease_renews_it(store: SqliteStore, clock: FixedClock) -> None:
    one, two = (Lease(store, "channel:c", owner, LEASE) for owner in ("one", "two"))
    assert one.hold()
    clock.advance(LEASE * 0.9)
    assert one.commit()
    clock.advance(LEASE * 0.9)
    assert not two.hold()


# --- cards ----------------------------------------------------------------------------------------------------------


@dataclass
class Sleeper(Slack):
    """A Slack whose n-th call takes so long that ``meanwhile`` happens: before it arrives, or before its answer."""

    nth: int = 1
    meanwhile: Callable[[], Any] = lambda: None
    arrives_first: bool = True
    late: BaseException | None = None
    count: int = field(default=0)

    def _slowly(self, call: Callable[[], Any]) -> Any:
        self.count += 1
        if self.count != self.nth:
            return call()
        if self.arrives_first:
            answer = call()
            self.meanwhile()
        else:
            self.meanwhile()
            answer = call()
        if self.late is not None:
            raise self.late
        return answer

    def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Posted:
        posted: Posted = self._slowly(lambda: Slack.post(self, channel, message, thread=thread, broadcast=broadcast))
        return posted

    def edit(self, channel: str, ts: str, message: Message) -> None:
        self._slowly(lambda: Slack.edit(self, channel, ts, message))


def card(world: World) -> Card:
    doc = world.store.get("cards", KEY)
    assert doc is not None
    return load(Card, doc.value)


def overtaken(world: World) -> None:
    world.clock.advance(LEASE)
    world.deliver("two")


@pytest.mark.parametrize("late", [None, Unavailable("timed out", part="slack"), RateLimited(timedelta(seconds=9))])
def test_a_post_that_comes_back_late_does_not_take_the_card_from_the_repeated_one(
    store: SqliteStore, clock: FixedClock, late: BaseException | None
) -> None:
    world = World(store, clock, Slack())
    world.slack = Sleeper(meanwhile=lambda: overtaken(world), late=late)
    world.see(State.FAIL)
    world.deliver("one")
    held = card(world)
    assert (held.ts, held.sent, held.trying, held.dirty, held.next_at) == ("ts1", 1, 0, 0, None)
    assert texts(world) == ["6 of 8 seen 1", "6 of 8 seen 1 (repeated)"]
    world.see(State.FAIL)
    world.deliver("two")
    assert texts(world)[1].startswith("6 of 8 seen 2")


def test_a_post_that_was_not_yet_noted_is_refused_to_the_late_one(store: SqliteStore, clock: FixedClock) -> None:
    """Stopped between the look at its lease and the mark on the card."""
    world = World(store, clock, Slack())
    world.see(State.FAIL)

    class Stopped:
        """The store of the one that is stopped right before it marks the card."""

        def commit(self, *batches: Any) -> Any:
            if any(getattr(write, "collection", "") == "cards" for batch in batches for write in batch):
                clock.advance(LEASE)
                assert Lease(store, "channel:#canary-alerts", "two", LEASE).hold()
            return store.commit(*batches)

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

    late: Any = Stopped()
    while Delivery(late, world.slack, DRAW, "one", Pace(burst=100)).step(clock.now()):
        pass
    assert world.slack.calls == 0
    world.deliver("two")
    assert texts(world) == ["6 of 8 seen 1"]


def test_an_edit_that_arrives_late_over_a_newer_one_is_drawn_anew(store: SqliteStore, clock: FixedClock) -> None:
    world = World(store, clock, Slack())
    world.see(State.FAIL)
    world.deliver("one")

    def meanwhile() -> None:
        world.see(State.FAIL)
        overtaken(world)

    world.slack = Sleeper(
        messages=world.slack.messages, meanwhile=meanwhile, arrives_first=False
    )  # the old drawing arrives last
    world.see(State.FAIL)
    world.deliver("one")
    assert texts(world) == ["6 of 8 seen 2"]
    world.deliver("two")
    assert texts(world) == ["6 of 8 seen 3"] and card(world).dirty == 0


def test_a_line_that_comes_back_late_loses_nothing_and_repeats_marked(store: SqliteStore, clock: FixedClock) -> None:
    world = World(store, clock, Slack())
    world.see(State.FAIL)
    world.deliver("one")
    world.slack = Sleeper(messages=world.slack.messages, meanwhile=lambda: overtaken(world), nth=2)
    world.see(State.PASS)  # an edit, then a line
    world.deliver("one")
    lines = [line[1] for line in world.slack.threads]
    assert len(lines) == 2 and lines[1] == lines[0] + " (repeated)"
    assert card(world).says == () and card(world).dirty == 0


# --- ticks ----------------------------------------------------------------------------------------------------------

CHECKS = ("first", "second")


@dataclass
class Wheel:
    """One instance with two checks in a tier; ``during`` happens while the check of that name looks."""

    store: SqliteStore
    clock: FixedClock
    owner: str
    state: State = State.PASS
    during: dict[str, Callable[[], None]] = field(default_factory=dict)
    looked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        specs = {name: CheckSpec(name, "look", name, "#c", 2) for name in CHECKS}
        entries = {"tier": EntrySpec("tier", "*/15 * * * *", CHECKS)}
        pipeline = Pipeline("p", "UTC", Calendar(""), specs, entries, {}, (), {}, "#errors", ("#c", "#errors"))
        self.plan = Schedule(self.store, entries, "UTC", self.owner)
        sight: Any = None
        self.runner = Runner(
            Runs(pipeline, {"look": self._look}, sight, lambda one, _: Day(one, "season", "", {}), lambda do, _: do()),
            self.store,
            self.clock,
        )
        self.told = Announcer(pipeline, self.store, Ledger(self.store, _no_heal), lambda: None)

    def _look(self, spec: CheckSpec, *_: Any) -> tuple[SubjectResult, ...]:
        self.looked.append(spec.name)
        self.during.pop(spec.name, lambda: None)()
        finding = Finding(spec.name, "broken", Severity.WARNING) if self.state is State.FAIL else None
        return (SubjectResult("s", self.state, finding=finding),)

    def run(self, tick: Tick) -> bool:
        """What `Turn.ticks` does with one claimed tick."""
        now = self.clock.now()

        def held() -> bool:
            return self.plan.keep(tick)

        for report in self.runner.run(tick.entry, now, cause="tick", run_id=tick.id, held=held):
            self.told.report(report, now, held=held)
        return self.plan.done(tick)


def _no_heal(*_: Any) -> Create:
    raise AssertionError("no heal here")


def test_a_tick_that_was_taken_over_is_neither_told_nor_kept_nor_done_by_the_late_one(
    store: SqliteStore, clock: FixedClock
) -> None:
    one, two = Wheel(store, clock, "one", State.FAIL), Wheel(store, clock, "two")
    one.plan.register(NOON)
    clock.advance(timedelta(minutes=15))
    (tick,) = one.plan.due(clock.now())

    def taken_over() -> None:
        clock.advance(TICK_LEASE)
        assert two.plan.claim(tick) and two.run(tick)

    one.during["first"] = taken_over
    assert one.plan.claim(tick)
    assert one.run(tick) is False
    assert one.looked == ["first"] and two.looked == ["first", "second"]
    assert store.find("alerts") == []  # what it saw long ago is not told
    latest = store.get("latest", "first")
    assert latest is not None and latest.value["state"] == "PASS"
    doc = store.get("ticks", tick.id)
    assert doc is not None and (doc.value["owner"], doc.value["state"]) == ("two", "done")


def test_a_tick_that_a_newer_one_has_passed_is_no_news_any_more(store: SqliteStore, clock: FixedClock) -> None:
    """Nobody took the tick of the one that was stopped: the next moment came, and another instance ran that."""
    one, two = Wheel(store, clock, "one", State.FAIL), Wheel(store, clock, "two")
    one.plan.register(NOON)
    clock.advance(timedelta(minutes=15))
    (early,) = one.plan.due(clock.now())

    def passed() -> None:
        clock.advance(timedelta(minutes=15))
        (later,) = two.plan.due(clock.now())
        assert two.plan.claim(later) and two.run(later)

    one.during["first"] = passed
    assert one.plan.claim(early)
    assert one.run(early) is False
    assert store.find("alerts") == [] and one.plan.due(clock.now()) == []
    doc = store.get("ticks", early.id)
    assert doc is not None and doc.value["state"] == "overtaken"


def test_a_late_look_at_an_old_tick_does_not_move_the_cursor_back(store: SqliteStore, clock: FixedClock) -> None:
    one, two = Wheel(store, clock, "one"), Wheel(store, clock, "two")
    one.plan.register(NOON)
    clock.advance(timedelta(minutes=15))
    (early,) = one.plan.due(clock.now())
    assert two.plan.claim(early) and two.run(early)
    clock.advance(timedelta(minutes=15))
    (later,) = two.plan.due(clock.now())
    assert two.plan.claim(later) and two.run(later)
    one.plan.skip(early)
    assert one.plan.due(clock.now()) == []


# --- the machine's clock is moved -----------------------------------------------------------------------------------

JUMPS = [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=1), timedelta(days=-1)]


@pytest.mark.parametrize("there", JUMPS, ids=str)
@pytest.mark.parametrize("back", [False, True])
def test_no_tick_twice_and_none_stands_still_when_the_clock_jumps(
    store: SqliteStore, clock: FixedClock, there: timedelta, back: bool
) -> None:
    """Six hours with a jump (and perhaps one back) in their midst: no moment of the schedule runs twice, and what runs
    is never further apart than two intervals by the machine's own time."""
    one = Wheel(store, clock, "one")
    one.plan.register(NOON)
    ran: list[datetime] = []
    silent = timedelta(0)
    for minute in range(1, 361):
        clock.advance(timedelta(minutes=1))
        if minute == 120:
            clock.advance(there)
        if back and minute == 240:
            clock.advance(-there)
        silent += timedelta(minutes=1)
        for tick in one.plan.due(clock.now()):
            if one.plan.claim(tick):
                assert one.run(tick)
                ran.append(tick.at)
                silent = timedelta(0)
            else:
                one.plan.skip(tick)
        assert silent <= timedelta(minutes=30) or _was_there(ran, clock.now()), (minute, ran[-3:])
    assert len(ran) == len(set(ran)) >= 20


def _was_there(ran: list[datetime], now: datetime) -> bool:
    """The clock shows a time whose tick has run already, before it was set back."""
    return now.replace(minute=now.minute // 15 * 15) in ran


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_cards_go_out_whatever_the_clock_does(store: SqliteStore, clock: FixedClock, jump: timedelta) -> None:
    """A dead instance's lease, a pause that Slack asked for and the pace end by themselves, not a day later."""
    world = World(store, clock, Slack())
    world.see(State.FAIL, subject="a")
    world.slack.fates = [RateLimited(timedelta(minutes=5))]
    pace = Pace(timedelta(seconds=1), 1)
    dead = Delivery(store, world.slack, DRAW, "dead", pace)
    dead.step(clock.now())
    world.see(State.FAIL, subject="b")
    clock.advance(jump)
    alive = Delivery(store, world.slack, DRAW, "alive", pace)
    for _ in range(12):
        clock.advance(timedelta(seconds=31))
        while alive.step(clock.now()):
            pass
    assert len(world.slack.messages) == 2


def test_the_pace_of_the_holder_itself_survives_a_clock_that_is_set_back(store: SqliteStore, clock: FixedClock) -> None:
    world = World(store, clock, Slack())
    alone = Delivery(store, world.slack, DRAW, "one", Pace(timedelta(seconds=1), 1))
    world.see(State.FAIL, subject="a")
    assert alone.step(clock.now())
    clock.advance(timedelta(days=-1))
    world.see(State.FAIL, subject="b")
    assert alone.step(clock.now())


# --- a press that another bot's door took ---------------------------------------------------------------------------


def test_a_view_that_another_bot_is_still_opening_is_filled_all_the_same() -> None:
    class Slow:
        """A workspace in which the light view appears at the third look."""

        looks = 0

        def update_view(self, view: Any, *, view_id: str = "", external_id: str = "") -> None:
            self.looks += 1
            assert (view_id, external_id) == ("", "p1")
            if self.looks < 3:
                raise Missing("not_found", part="slack")

    slack: Any = Slow()
    press = Press("p1", "action", "heal", "U1", "oncall", "C1", NOON)
    opens: Any = Opens(lambda *_: {}, lambda *_: Reply())
    Voice(slack, Openings())(press, opens, Reply(view={"type": "modal"}))
    assert slack.looks == 3
