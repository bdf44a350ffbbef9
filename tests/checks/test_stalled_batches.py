"""Stalled batches on the real live state of the embedded mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.stalled_batches import MOST, look
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.live_state import SqliteLiveState
from schemas.errors import ConfigError, Missing, Unavailable
from schemas.pipeline import CheckSpec
from schemas.reports import Fact, State, SubjectResult
from schemas.times import to_text

from .conftest import Answers, asking, et, sight

NOW = et("2026-11-23T12:00")
ID = "batch_2026-11-23_1795400000"
COLLECTION = "prediction_batches"


@pytest.fixture
def spec(specs: Mapping[str, CheckSpec]) -> CheckSpec:
    return specs["stalled_batches"]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[SqliteLiveState]:
    opened = SqliteLiveState(tmp_path / "live.sqlite", clock=FixedClock(datetime(2026, 11, 23, 17, tzinfo=UTC)))
    yield opened
    opened.close()


def players(count: int) -> list[str]:
    return [f"player{number:03}" for number in range(count)]


def batch(done: int = 125, expected: int = 136, *, still: timedelta = timedelta(minutes=16), **changes: Any) -> Any:
    value: dict[str, Any] = {
        "batch_id": ID,
        "game_date": "2026-11-23",
        "expected_players": expected,
        "completed_players": players(done),
        "failed_players": [],
        "is_complete": False,
        "created_at": to_text(NOW - timedelta(hours=2)),
        "updated_at": to_text(NOW - still),
        **changes,
    }
    return {name: one for name, one in value.items() if one is not ...}


def ready(count: int = 136) -> Answers:
    return Answers([{"player_lookup": one} for one in players(count)])


def seen(spec: CheckSpec, live: SqliteLiveState, value: Any, *, answers: Answers | None = None) -> SubjectResult:
    live.put(COLLECTION, ID, value)
    return look(spec, asking(NOW, only=ID), sight(answers or ready(), live))[0]


def offered(result: SubjectResult) -> list[tuple[str, bool, str]]:
    assert result.finding is not None
    return [(one.healer, one.automatic, one.target) for one in result.finding.remedies]


BY_ITSELF = [("complete_stalled_batch", True, ID)]
BY_A_PERSON = [("force_complete_batch", False, ID)]


@pytest.mark.parametrize(
    ("done", "expected", "remedies"),
    [
        (125, 136, BY_ITSELF),
        (124, 136, BY_ITSELF),
        (123, 136, BY_ITSELF),  # 90.44 %
        (122, 136, BY_A_PERSON),  # 89.7 %
        (119, 136, BY_A_PERSON),
        (9, 10, BY_ITSELF),
        (90, 100, BY_ITSELF),
        (89, 100, BY_A_PERSON),
        (899, 1000, BY_A_PERSON),
        (0, 10, BY_A_PERSON),
        (137, 136, BY_ITSELF),
    ],
)
def test_the_share_decides_who_is_asked(
    spec: CheckSpec, live: SqliteLiveState, done: int, expected: int, remedies: list[tuple[str, bool, str]]
) -> None:
    assert offered(seen(spec, live, batch(done, expected))) == remedies


def test_completed_players_are_counted_once(spec: CheckSpec, live: SqliteLiveState) -> None:
    twice = batch(completed_players=players(119) + players(119))
    result = seen(spec, live, twice)
    assert offered(result) == BY_A_PERSON
    assert "119 of 136 (87.5 %)" in result.reason


@pytest.mark.parametrize(
    ("still", "state"),
    [
        (timedelta(minutes=14, seconds=59), State.PASS),
        (timedelta(minutes=15), State.FAIL),
        (timedelta(minutes=-4), State.PASS),
        (timedelta(minutes=-6), State.ERROR),  # its clock is ahead of ours: its age means nothing
    ],
)
def test_stalled_from_fifteen_minutes(spec: CheckSpec, live: SqliteLiveState, still: timedelta, state: State) -> None:
    assert seen(spec, live, batch(still=still)).state is state


@pytest.mark.parametrize(
    ("age", "remedies"),
    [(timedelta(hours=24), BY_ITSELF), (timedelta(hours=24, seconds=1), BY_A_PERSON)],
)
def test_by_itself_only_within_a_day(
    spec: CheckSpec, live: SqliteLiveState, age: timedelta, remedies: list[tuple[str, bool, str]]
) -> None:
    assert offered(seen(spec, live, batch(created_at=to_text(NOW - age)))) == remedies


def test_older_than_a_day_alerts_even_while_it_moves(spec: CheckSpec, live: SqliteLiveState) -> None:
    value = batch(created_at=to_text(NOW - timedelta(hours=25)), still=timedelta(minutes=1))
    result = seen(spec, live, value)
    assert offered(result) == BY_A_PERSON
    assert "unfinished too long" in (result.finding.title if result.finding else "")


def test_one_that_never_moved_is_not_healed_by_itself(spec: CheckSpec, live: SqliteLiveState) -> None:
    result = seen(spec, live, batch(updated_at=...))
    assert offered(result) == BY_A_PERSON
    assert "never moved" in result.reason
    young = batch(updated_at=..., created_at=to_text(NOW - timedelta(minutes=3)))
    assert seen(spec, live, young).state is State.PASS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expected_players": 0}, "expected_players is '0', not a whole number above 0"),
        ({"expected_players": -3}, "expected_players"),
        ({"expected_players": True}, "expected_players"),
        ({"expected_players": "136"}, "expected_players"),
        ({"expected_players": ...}, "expected_players is missing"),
        ({"completed_players": ...}, "completed_players is missing"),
        ({"completed_players": "all"}, "completed_players"),
        ({"completed_players": [1, 2]}, "completed_players"),
        ({"failed_players": "none"}, "failed_players"),
        ({"is_complete": "no"}, "is_complete"),
        ({"is_complete": ...}, "is_complete is missing"),
        ({"created_at": ...}, "created_at is missing"),
        ({"created_at": "2026-11-23"}, "created_at"),
        ({"updated_at": "lately"}, "updated_at is 'lately', not a moment"),
        ({"updated_at": "2026-11-23T10:00:00"}, "updated_at"),
        ({"updated_at": 12}, "updated_at"),
        ({"is_complete": True, "consolidated_at": "yes"}, "consolidated_at"),
    ],
)
def test_a_malformed_document_is_an_error_never_healthy(
    spec: CheckSpec, live: SqliteLiveState, changes: dict[str, Any], words: str
) -> None:
    result = seen(spec, live, batch(**changes))
    assert (result.state, result.finding) == (State.ERROR, None)
    assert words in result.reason


# --- complete, and consolidated or not --------------------------------------------------------------------------


def test_complete_and_consolidated_is_healthy(spec: CheckSpec, live: SqliteLiveState) -> None:
    value = batch(is_complete=True, consolidated_at=to_text(NOW - timedelta(minutes=1)))
    assert seen(spec, live, value).state is State.PASS


@pytest.mark.parametrize(
    ("still", "state"),
    [(timedelta(minutes=14, seconds=59), State.SKIPPED), (timedelta(minutes=15), State.FAIL)],
)
@pytest.mark.parametrize("consolidated", [..., None])
def test_complete_but_never_consolidated_is_a_finding(
    spec: CheckSpec, live: SqliteLiveState, still: timedelta, state: State, consolidated: Any
) -> None:
    """Before that it is no pass either: an open alert must not close on a batch that is half healed."""
    result = seen(spec, live, batch(is_complete=True, still=still, consolidated_at=consolidated))
    assert result.state is state
    if state is State.FAIL:
        assert offered(result) == BY_A_PERSON
        assert result.finding is not None and "never consolidated" in result.finding.title


# --- who is missing ---------------------------------------------------------------------------------------------


def test_missing_players_are_named_and_failed_ones_apart(spec: CheckSpec, live: SqliteLiveState) -> None:
    result = seen(spec, live, batch(119, failed_players=["player119", "player120", "player000"]))
    assert result.finding is not None
    assert result.finding.members == tuple(players(136)[121:])
    assert result.finding.members_label == "Missing players"
    assert Fact("Failed", "player119, player120") in result.finding.facts
    assert not [fact for fact in result.finding.facts if fact.label == "Counts disagree"]
    assert result.reason == (f"{ID} holds 119 of 136 (87.5 %), last moved 16 min ago; 15 missing, 2 failed")


def test_counts_that_disagree_are_said(spec: CheckSpec, live: SqliteLiveState) -> None:
    result = seen(spec, live, batch(119), answers=ready(134))
    assert result.finding is not None and len(result.finding.members) == 15
    words = "the batch expects 136, 134 are ready for 2026-11-23"
    assert Fact("Counts disagree", words) in result.finding.facts


def test_players_who_cannot_be_looked_up_do_not_hide_the_stall(spec: CheckSpec, live: SqliteLiveState) -> None:
    broken = Answers(error=Missing("there is no table ml_feature_store_v2", part="warehouse"))
    result = seen(spec, live, batch(119), answers=broken)
    assert result.state is State.FAIL and result.finding is not None
    assert result.finding.members == ()
    fact = next(fact for fact in result.finding.facts if fact.label == "Missing players")
    assert fact.value.startswith("could not be looked up") and "ml_feature_store_v2" in fact.value
    undated = seen(spec, live, batch(119, game_date="soon"))
    assert undated.finding is not None and "game_date is not a date" in undated.finding.facts[-1].value


def test_a_day_is_asked_for_once(spec: CheckSpec, live: SqliteLiveState) -> None:
    answers = ready()
    for number in range(4):
        live.put(COLLECTION, f"{ID}{number}", batch(119))
    found = look(spec, asking(NOW), sight(answers, live))
    assert [one.state for one in found] == [State.FAIL] * 4 + [State.PASS]
    assert answers.asked == [{"day": NOW.date()}]


# --- what there is to look at -----------------------------------------------------------------------------------


def whole(spec: CheckSpec, live: object, **how: Any) -> list[tuple[str, State, str]]:
    return [(one.subject, one.state, one.reason) for one in look(spec, asking(NOW, **how), sight(ready(), live))]


def test_no_batch_is_healthy_only_without_games(spec: CheckSpec, live: SqliteLiveState) -> None:
    assert whole(spec, live) == [("stalled_batches", State.SKIPPED, "no batch yet for 2026-11-23")]
    assert whole(spec, live, slate={"games": 0, "finals": 0}) == [
        ("stalled_batches", State.PASS, "no games on 2026-11-23, so no batch")
    ]
    assert whole(spec, live, slate={})[0][1] is State.ERROR


def test_all_unfinished_and_all_late_batches_are_looked_at(spec: CheckSpec, live: SqliteLiveState) -> None:
    done = {"is_complete": True, "consolidated_at": to_text(NOW - timedelta(hours=1))}
    live.put(COLLECTION, "a-fresh", batch(still=timedelta(minutes=1)))
    live.put(COLLECTION, "b-forgotten", batch(game_date="2026-01-02", created_at="2026-01-02T17:00:00Z"))
    live.put(COLLECTION, "c-seven-days", batch(game_date="2026-11-16", **done))
    live.put(COLLECTION, "d-eight-days", batch(game_date="2026-11-15", **done))
    live.put(COLLECTION, "e-no-flag", batch(is_complete=...))
    assert [one[:2] for one in whole(spec, live)] == [
        ("a-fresh", State.PASS),
        ("b-forgotten", State.FAIL),
        ("c-seven-days", State.PASS),
        ("e-no-flag", State.ERROR),
        ("stalled_batches", State.PASS),
    ]


def test_an_open_batch_is_found_wherever_it_is_and_a_vanished_one_is_an_error(
    spec: CheckSpec, live: SqliteLiveState
) -> None:
    consolidated = {"is_complete": True, "consolidated_at": to_text(NOW - timedelta(days=20))}
    live.put(COLLECTION, "long-ago", batch(game_date="2026-10-30", **consolidated))
    found = whole(spec, live, open_subjects=("long-ago", "vanished", "stalled_batches"))
    assert [one[:2] for one in found] == [
        ("long-ago", State.PASS),
        ("vanished", State.ERROR),
        ("stalled_batches", State.SKIPPED),
    ]
    assert found[1][2].startswith("gone")
    assert whole(spec, live, only="vanished")[0][1] is State.ERROR


def test_too_many_documents_are_said(spec: CheckSpec, live: SqliteLiveState) -> None:
    live.put_many(COLLECTION, {f"b{number:04}": batch(still=timedelta(0)) for number in range(MOST + 1)})
    found = whole(spec, live)
    assert found[-1][:2] == ("stalled_batches", State.ERROR) and "not all" in found[-1][2]


def test_a_live_state_that_does_not_answer_is_an_error_for_every_subject(spec: CheckSpec) -> None:
    class Down:
        def get(self, *_: object) -> None:
            raise Unavailable("no answer", part="live state")

        def find(self, *_: object, **__: object) -> None:
            raise Unavailable("no answer", part="live state")

    found = whole(spec, Down(), open_subjects=(ID,))
    assert [one[:2] for one in found] == [("stalled_batches", State.ERROR), (ID, State.ERROR)]
    assert whole(spec, Down(), only=ID)[0][1] is State.ERROR


@pytest.mark.parametrize("change", [{"ratoi": "0.9"}, {"ratio": "most"}, {"collection": ""}, {"ratio": "1/0"}])
def test_parameters_are_judged(spec: CheckSpec, live: SqliteLiveState, change: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        look(replace(spec, params={**spec.params, **change}), asking(NOW), sight(ready(), live))


def test_moments_are_said_in_the_zone_of_the_pipeline(spec: CheckSpec, live: SqliteLiveState) -> None:
    result = seen(spec, live, batch())
    assert result.finding is not None
    assert Fact("Last moved", "2026-11-23T16:44:00.000000Z") in result.finding.facts
    assert result.finding.since == NOW - timedelta(minutes=16)


def test_only_the_check_itself_looks_at_all(spec: CheckSpec, live: SqliteLiveState) -> None:
    live.put(COLLECTION, ID, batch())
    assert [one[:2] for one in whole(spec, live, only="stalled_batches")] == [
        (ID, State.FAIL),
        ("stalled_batches", State.PASS),
    ]
