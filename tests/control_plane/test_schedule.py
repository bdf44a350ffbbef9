"""Ticks: each once, missed ones coalesced to the newest, the cursor kept; both daylight-saving days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from control_plane.schedule import TICK_LEASE, Schedule, Tick
from schemas.pipeline import EntrySpec

NEW_YORK = "America/New_York"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def schedule(store: SqliteStore, cron: str = "*/15 * * * *", owner: str = "one") -> Schedule:
    return Schedule(store, {"tier": EntrySpec("tier", cron, ())}, NEW_YORK, owner)


def test_the_first_tick_after_registration_is_not_lost(store: SqliteStore) -> None:
    plan = schedule(store)
    plan.register(NOON + timedelta(minutes=1))
    plan.register(NOON + timedelta(minutes=14))  # a restart does not move the cursor
    assert plan.due(NOON + timedelta(minutes=14)) == []
    assert plan.due(NOON + timedelta(minutes=15)) == [Tick("tier", NOON + timedelta(minutes=15))]


def test_missed_runs_are_one_run_that_counts_them(store: SqliteStore) -> None:
    plan = schedule(store)
    plan.register(NOON)
    (tick,) = plan.due(NOON + timedelta(hours=2, minutes=7))
    assert (tick.at, tick.missed) == (NOON + timedelta(hours=2), 7)
    assert plan.claim(tick)
    plan.done(tick)
    assert plan.due(NOON + timedelta(hours=2, minutes=7)) == []


def test_a_tick_is_claimed_once_and_taken_over_only_from_the_silent(store: SqliteStore, clock: FixedClock) -> None:
    one, two = schedule(store), schedule(store, owner="two")
    one.register(NOON)
    (tick,) = one.due(NOON + timedelta(minutes=15))
    assert one.claim(tick) and not two.claim(tick)
    clock.advance(TICK_LEASE - timedelta(seconds=1))
    one.keep(tick)
    clock.advance(TICK_LEASE - timedelta(seconds=1))
    assert not two.claim(tick)
    clock.advance(timedelta(seconds=1))
    assert two.claim(tick)
    two.done(tick)
    clock.advance(TICK_LEASE * 2)
    assert not one.claim(tick)


@pytest.mark.parametrize(
    ("day", "hours", "ticks"),
    [("2026-03-08", 23, 92), ("2026-11-01", 25, 100), ("2026-11-02", 24, 96)],
)
def test_a_quarter_hour_tick_runs_through_both_changes_of_the_clock(
    store: SqliteStore, day: str, hours: int, ticks: int
) -> None:
    plan = schedule(store)
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)
    plan.register(start)
    seen = []
    for minute in range(hours * 60 + 1):
        for tick in plan.due(start + timedelta(minutes=minute)):
            assert plan.claim(tick)
            plan.done(tick)
            seen.append(tick.at)
    assert len(seen) == len(set(seen)) == ticks


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_a_daily_tick_runs_once_on_both_days_of_the_change(store: SqliteStore, day: str) -> None:
    plan = schedule(store, "30 1 * * *")
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)
    plan.register(start)
    (tick,) = plan.due(start + timedelta(hours=23))
    assert tick.missed == 0


def test_the_next_moment_is_in_the_entrys_zone(store: SqliteStore) -> None:
    plan = schedule(store, "10 11 * * *")
    assert plan.next_at("tier", NOON) == datetime(2026, 11, 24, 16, 10, tzinfo=UTC)
    assert plan.last_before("tier", NOON) == datetime(2026, 11, 23, 16, 10, tzinfo=UTC)


def test_old_ticks_are_forgotten_and_never_run_again(store: SqliteStore) -> None:
    plan = schedule(store, "0 0 * * *")
    plan.register(NOON)
    for day in range(1, 21):
        (tick,) = plan.due(NOON + timedelta(days=day))
        assert plan.claim(tick) is not None
        plan.done(tick)
    assert not plan.sweep(NOON + timedelta(days=20))
    assert len(store.find("ticks")) == 14
    assert plan.due(NOON + timedelta(days=20)) == []
