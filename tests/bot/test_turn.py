"""The wheel over the whole house, turned by hand: what healing too often, passing time and a kill switch lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import commands
from bot.announce import PATTERNS
from bot.cards.alert import draw_alert
from bot.cards.lines import draw_line
from bot.config import load_pipeline
from bot.house import House, build, open_backends
from bot.press import Does, Refused, Reply, Routes
from bot.presses import PressDesk
from bot.turn import Turn
from bot.words import Answer
from control_plane.backends.clock import FixedClock
from control_plane.delivery import Delivery, Draw, Pace
from schemas.alerts import Alert, Mark, MarkKind, Reason
from schemas.codec import dump
from schemas.errors import UsageError
from schemas.heals import Outcome
from schemas.ports import Message, Posted
from schemas.records import HealingEvent
from schemas.reports import Finding, Report, Severity, State, SubjectResult
from schemas.trail import TrailKind, TrailRecord

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@dataclass
class Channel:
    """A Messenger that remembers."""

    posts: list[tuple[str, str]] = field(default_factory=list)
    lines: list[tuple[str, bool]] = field(default_factory=list)
    edits: int = 0

    def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Posted:
        if thread:
            self.lines.append((message.text, broadcast))
        else:
            self.posts.append((channel, message.text))
        return Posted(channel, f"{len(self.posts)}")

    def edit(self, channel: str, ts: str, message: Message) -> None:
        self.edits += 1

    def whisper(self, channel: str, person: str, message: Message) -> None:
        raise AssertionError("nobody pressed anything")


@dataclass
class World:
    house: House
    clock: FixedClock
    slack: Channel
    turn: Turn
    done: int = 0

    def wheel(self) -> None:
        """One pass of everything but ticks and books, until nothing moves."""
        while any([self.turn.presses(), self.turn.heals()]):
            pass
        self.turn.passing()
        while self.turn.cards():
            pass

    def closed(self, outcome: Outcome, run: str) -> None:
        """A heal of a batch that ended so, as the desk records it."""
        self.done += 1
        now, key = self.clock.now(), f"heal_{self.done:012x}"
        row = HealingEvent(
            healing_id=key,
            timestamp=now,
            healing_type="batch_cleanup",
            trigger_reason="stalled",
            action_taken="patched",
            before_state={},
            after_state={},
            success=outcome is Outcome.HEALED,
            metadata={"run": run},
            outcome=outcome.value,
            root_cause="stalled",
            target="b",
            actor="automatic",
            alert_id=None,
            attempt=1,
            started_at=now,
            finished_at=now,
        )
        record = TrailRecord(TrailKind.HEAL, now, "automatic", "done", key, table="healing_events", row=dump(row))
        self.house.audit.commit([], [record])

    def find(self, subject: str, summary: str = "6 of 8") -> None:
        finding = Finding("Raw", summary, Severity.WARNING)
        now, results = self.clock.now(), (SubjectResult(subject, State.FAIL, finding=finding),)
        self.house.announcer.report(Report("phase2_raw", "r", "tick", now, now, now, results), now)

    def alert(self, check: str) -> Alert:
        (found,) = self.house.ledger.firing(check)
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock, slack = FixedClock(NOW), Channel()
    pipeline = load_pipeline(ROOT / "resilience.yaml")
    house = build(pipeline, tmp_path, open_backends(pipeline, tmp_path, clock), "one")
    presses = PressDesk(house.back.store, house.audit, Routes({}, {}, Does(lambda *_: Reply())), lambda *_: None, "one")

    def card(alert: Alert, _: object) -> Message:
        return draw_alert(alert, zone=pipeline.zone, now=clock.now())

    delivery = Delivery(house.back.store, slack, Draw(card, draw_line), "one", Pace(burst=1000))
    yield World(house, clock, slack, Turn(house, presses, delivery))
    house.close()


def test_healing_too_often_is_one_card_that_closes_when_the_window_has_passed(world: World) -> None:
    world.closed(Outcome.HEALED, "run-1")
    world.closed(Outcome.HEALED, "run-1")
    world.closed(Outcome.HEALED, "run-1")
    world.wheel()
    assert world.slack.posts == []  # three heals of one run are no pattern
    world.clock.advance(timedelta(minutes=2))
    world.closed(Outcome.HEALED, "run-2")
    world.wheel()
    assert [channel for channel, _ in world.slack.posts] == ["#nba-alerts"]
    assert "batch_cleanup" in world.slack.posts[0][1] and "4 heals in 1 h" in world.slack.posts[0][1]
    world.clock.advance(timedelta(hours=2))
    world.wheel()
    assert world.house.ledger.firing(PATTERNS) == [] and len(world.slack.posts) == 1


def test_failing_heals_are_told_where_the_bots_own_faults_are_told(world: World) -> None:
    for number, outcome in enumerate((Outcome.HEALED, Outcome.HEALED, Outcome.HEALED, Outcome.FAILED)):
        world.closed(outcome, f"run-{number // 4}")
    world.wheel()
    assert world.slack.posts == []  # four events are too few to judge
    world.clock.advance(timedelta(minutes=1))
    world.closed(Outcome.INEFFECTIVE, "run-0")
    world.wheel()
    assert [channel for channel, _ in world.slack.posts] == ["#app-error-alerts"]
    assert world.alert(PATTERNS).severity is Severity.CRITICAL


def test_needless_and_refused_heals_make_no_pattern(world: World) -> None:
    for number in range(12):
        world.closed(Outcome.NEEDLESS if number % 2 else Outcome.REFUSED, f"run-{number}")
    world.wheel()
    assert world.slack.posts == []


def test_time_alone_reminds_and_ends_a_snooze(world: World) -> None:
    world.find("2026-11-22")
    world.wheel()
    world.clock.advance(timedelta(hours=4))
    world.wheel()
    assert world.alert("phase2_raw").last_reason is Reason.REMINDER
    now = world.clock.now()
    mark = Mark(MarkKind.SNOOZE, world.alert("phase2_raw").id, "U1", now, "m", until=now + timedelta(hours=1))
    world.house.announcer.mark(mark, now)
    world.clock.advance(timedelta(minutes=59))
    world.wheel()
    assert world.alert("phase2_raw").snooze is not None
    world.clock.advance(timedelta(minutes=1))
    world.wheel()
    assert world.alert("phase2_raw").last_reason is Reason.SNOOZE_ENDED
    assert [loud for _, loud in world.slack.lines] == [True, False, True]
    assert len(world.slack.posts) == 1


def test_the_same_report_again_sends_one_edit_and_no_message(world: World) -> None:
    world.find("2026-11-22")
    world.wheel()
    for _ in range(10):
        world.find("2026-11-22")
    world.wheel()
    assert (len(world.slack.posts), world.slack.lines, world.slack.edits) == (1, [], 1)


def say(world: World, line: str, person: str = "U0ONCALL", source: str = "word") -> Answer:
    return commands.say(world.house, line.split(), person=person, source=source, now=world.clock.now())[0]


def test_a_person_closes_an_alert_with_a_reason_and_the_check_reopens_it(world: World) -> None:
    world.find("2026-11-22")
    with pytest.raises(UsageError, match="the reason is missing"):
        say(world, "resolve phase2_raw")
    with pytest.raises(Refused, match="Only oncall may resolve"):
        say(world, "resolve phase2_raw the league says so", "U0OUTSIDE")
    say(world, "resolve phase2_raw the league says so")
    world.wheel()
    assert world.house.ledger.firing() == []
    world.find("2026-11-22")
    assert world.alert("phase2_raw").last_reason is Reason.REOPENED


@pytest.mark.parametrize("line", ["run phase2_raw", "pause healing", "resume healing", "snooze phase2_raw 1h"])
def test_an_outsider_changes_nothing_by_words(world: World, line: str) -> None:
    world.find("2026-11-22")
    with pytest.raises(Refused, match="nothing was changed"):
        say(world, line, "U0OUTSIDE")


def test_what_no_audience_is_declared_for_nobody_may_do(world: World) -> None:
    world.find("2026-11-22")
    house = replace(world.house, pipeline=replace(world.house.pipeline, audiences={}))
    with pytest.raises(Refused, match="Only nobody may"):
        commands.say(house, ["pause", "healing"], person="U0ONCALL", source="word", now=world.clock.now())
