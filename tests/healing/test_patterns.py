"""Too many heals, judged at the edge of each threshold; the summary's figures; causes by fingerprint."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from healing.audit import Audit
from healing.causes import root_cause
from healing.events import closing_record
from healing.patterns import judge, level_of
from healing.summary import summary
from schemas.heals import Heal, HealState, Outcome
from schemas.pipeline import PatternSpec
from schemas.reports import Severity, State

from .world import NOON, World, request

HOUR = timedelta(hours=1)
SPECS = (
    PatternSpec("yellow", Severity.WARNING, "#nba-alerts", HOUR, HOUR, count=3, runs=2),
    PatternSpec("red", Severity.CRITICAL, "#nba-alerts", 24 * HOUR, 24 * HOUR, count=10),
    PatternSpec("critical", Severity.CRITICAL, "#app-error-alerts", 24 * HOUR, HOUR, failure_rate=0.2, events=5),
)
SERIAL = iter(range(10_000))


def event(
    world: World, outcome: Outcome = Outcome.HEALED, *, run: str = "r1", at: datetime = NOON, took: int = 60,
    healing_type: str = "batch_cleanup", reason: str = "batch stalled",
) -> None:  # fmt: skip
    asked = request(f"t{next(SERIAL)}", run_id=run, reason=reason)
    heal = Heal(
        asked.id, asked, HealState.CLOSED, outcome=outcome, started_at=at - timedelta(seconds=took), finished_at=at
    )
    Audit(world.store).commit([], [closing_record(heal, healing_type, at)])


def failing(world: World, now: datetime = NOON, types: tuple[str, ...] = ()) -> set[str]:
    return {one.subject for one in judge(world.store, SPECS, types, now) if one.state is State.FAIL}


def test_nothing_passes_for_every_known_type(world: World) -> None:
    results = judge(world.store, SPECS, ("batch_cleanup", "retry"), NOON)
    assert [one.subject for one in results] == [
        f"{kind}/{level}" for kind in ("batch_cleanup", "retry") for level in ("yellow", "red", "critical")
    ]
    assert {one.state for one in results} == {State.PASS}


def test_three_in_an_hour_are_yellow_from_two_runs_on(world: World) -> None:
    event(world, run="r1")
    event(world, run="r1")
    assert failing(world) == set()
    event(world, run="r1")
    assert failing(world) == set(), "one run's burst is no pattern"
    event(world, run="r2")
    assert failing(world) == {"batch_cleanup/yellow"}
    assert failing(world, NOON + HOUR - timedelta(seconds=1)) == {"batch_cleanup/yellow"}
    assert failing(world, NOON + HOUR) == set(), "it closes when the hour is over"


def test_ten_in_a_day_are_red(world: World) -> None:
    for n in range(9):
        event(world, at=NOON - n * HOUR)
    assert failing(world) == set()
    event(world, at=NOON - 10 * HOUR)
    assert failing(world) == {"batch_cleanup/red"}


def test_more_than_a_fifth_failed_is_critical_from_five_events_on(world: World) -> None:
    for outcome in (Outcome.INEFFECTIVE, Outcome.FAILED, Outcome.ABANDONED, Outcome.HEALED):
        event(world, outcome)
    assert failing(world) == set()
    event(world, Outcome.UNVERIFIABLE)
    assert failing(world) == {"batch_cleanup/critical"}
    [result] = [one for one in judge(world.store, SPECS, (), NOON) if one.subject == "batch_cleanup/critical"]
    assert result.finding is not None
    assert result.finding.summary == "3 of 5 heals in 1 d failed (60%, at most 20%)"
    assert result.finding.severity is Severity.CRITICAL
    assert ("Top causes", "5 × batch stalled") in [(fact.label, fact.value) for fact in result.finding.facts]
    assert level_of(result.subject) == "critical"


def test_exactly_a_fifth_is_not_more(world: World) -> None:
    for outcome in (Outcome.FAILED, *[Outcome.HEALED] * 4):
        event(world, outcome, at=NOON - 2 * HOUR)
    assert failing(world) == set()


def test_needless_and_refused_count_for_nothing(world: World) -> None:
    for n in range(12):
        event(world, Outcome.NEEDLESS if n % 2 else Outcome.REFUSED, run=f"r{n}")
    assert failing(world) == set()


def test_presses_count_for_nothing(world: World) -> None:
    world.desk.pause("U9", "", NOON)
    assert judge(world.store, SPECS, (), NOON) == ()


def test_the_summary_in_figures(world: World) -> None:
    for took in (30, 60, 600):
        event(world, took=took, reason=f"batch_2026-11-2{took % 7}_17{took} stalled for {took} min")
    event(world, Outcome.INEFFECTIVE, healing_type="job_rerun", reason="2 of 5 games missing")
    event(world, Outcome.ABANDONED, healing_type="job_rerun", reason="3 of 7 games missing")
    event(world, Outcome.NEEDLESS)
    event(world, at=NOON - 48 * HOUR)
    seen = summary(world.store, NOON - HOUR, NOON + HOUR)
    assert (seen.total, seen.healed, seen.success_rate, seen.needless, seen.refused) == (5, 3, 0.6, 1, 0)
    assert [(one.healing_type, one.count, one.healed, one.ineffective, one.failed) for one in seen.types] == [
        ("batch_cleanup", 3, 3, 0, 0),
        ("job_rerun", 2, 0, 1, 1),
    ]
    assert [one.median_seconds for one in seen.types] == [60.0, None]
    assert [(one.root_cause, one.count, one.share, one.failures) for one in seen.causes] == [
        ("‹id› stalled for ‹n› min", 3, 0.6, 0),
        ("‹n› games missing", 2, 0.4, 2),
    ]
    assert any("60% of the heals (3) have one cause" in words for words in seen.recommendations)
    assert any("job_rerun failed 2 of 2 times" in words for words in seen.recommendations)
    only = summary(world.store, NOON - HOUR, NOON + HOUR, "job_rerun")
    assert (only.total, only.healed) == (2, 0)
    nothing = summary(world.store, NOON + HOUR, NOON + 2 * HOUR)
    assert (nothing.total, nothing.success_rate, nothing.recommendations) == (0, None, ("Nothing was healed.",))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "batch_2026-11-22_1763800000 stalled at 125/136 (91.9 %) for 16 min",
            "‹id› stalled at ‹n› (‹n›) for ‹n› min",
        ),
        ("2 of 5 games missing: 0022500123, 0022500124", "‹n› games missing: ‹id›"),
        ("last moved at 2026-11-22T14:05:00.000Z", "last moved at ‹date›"),
        ("heal_0123456789ab failed, see https://example.org/x?y=1", "‹id› failed, see ‹link›"),
        ("asked for by <@U0ONCALL> and bob@example.org", "asked for by ‹name› and ‹name›"),
        ("null team for 'LeBron James' and LeBron James", "null team for ‹name› and ‹name›"),
        ("missing: lebronjames, stephencurry and 3 more", "missing: ‹name›"),
        ("nba-phase3-reprocess timed out after 600 s", "nba-phase3-reprocess timed out after ‹n› s"),
        ("", "no reason given"),
    ],
)
def test_a_cause_without_its_particulars(text: str, cause: str) -> None:
    assert root_cause(text) == cause


def test_five_hundred_stalls_are_one_cause() -> None:
    texts = {
        f"batch_2026-{n % 12 + 1:02}-{n % 28 + 1:02}_{1763800000 + n * 977} at {100 + n}/{136 + n} for {n + 1} min"
        for n in range(500)
    }
    assert len(texts) == 500
    assert len({root_cause(text) for text in texts}) == 1


def test_what_the_caller_knows_for_a_name_goes_out_first() -> None:
    assert root_cause("tonyparker of spurs is missing", ("tonyparker", "spurs")) == "‹id› of ‹id› is missing"
    assert root_cause("a cat sat", ("a", "")) == "a cat sat", "too short to be a name"
