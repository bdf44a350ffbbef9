"""Snoozes and reminders while the machine's clock is moved: none is lost, and none ends in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.alerts import Mark, MarkKind, Reason
from tests.bot.test_turn import World, world  # noqa: F401

HOUR = timedelta(hours=1)


def snoozed(world: World) -> None:  # noqa: F811
    world.find("2026-11-22")
    world.wheel()
    now = world.clock.now()
    mark = Mark(MarkKind.SNOOZE, world.alert("phase2_raw").id, "U1", now, "m", until=now + HOUR)
    world.house.announcer.mark(mark, now)
    world.wheel()


@pytest.mark.parametrize("jump", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=-1)], ids=str)
def test_a_snooze_outlasts_a_jump_of_the_clock_and_ends_at_its_time(world: World, jump: timedelta) -> None:  # noqa: F811
    snoozed(world)
    until = world.clock.now() + HOUR
    world.clock.advance(jump)
    world.wheel()
    assert world.alert("phase2_raw").snooze is not None
    world.clock.set(until - timedelta(seconds=1))
    world.wheel()
    assert world.alert("phase2_raw").snooze is not None
    world.clock.set(until)
    world.wheel()
    assert world.alert("phase2_raw").last_reason is Reason.SNOOZE_ENDED


@pytest.mark.parametrize("back", [False, True])
def test_a_clock_that_jumps_past_a_snooze_ends_it_aloud_once(world: World, back: bool) -> None:  # noqa: F811
    snoozed(world)
    before = len(world.slack.lines)
    world.clock.advance(timedelta(days=1))
    world.wheel()
    if back:
        world.clock.advance(timedelta(days=-1))
    for _ in range(3):
        world.clock.advance(timedelta(seconds=40))
        world.wheel()
    assert world.alert("phase2_raw").snooze is None
    said = world.slack.lines[before:]
    assert [loud for text, loud in said if "ended" in text] == [True], said
    assert len(world.slack.posts) == 1


def test_healing_too_often_is_judged_again_soon_after_the_clock_was_set_back(world: World) -> None:  # noqa: F811
    from schemas.heals import Outcome

    world.wheel()
    world.clock.advance(timedelta(days=-1))
    for run in ("run-1", "run-1", "run-2"):
        world.closed(Outcome.HEALED, run)
    world.wheel()
    assert [channel for channel, _ in world.slack.posts] == ["#nba-alerts"]
