"""The healers themselves, on the real live state: their conditions at the edge, their acts, their proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from healing.approvals import Approvals
from healing.bench import Limits
from healing.deeds import healers, names
from schemas.errors import ConfigError
from schemas.heals import HealRequest, HealState, Outcome, Risk
from schemas.pipeline import HealerSpec
from schemas.ports import Done, JsonMap, Lost, Replace
from schemas.reports import State
from schemas.times import to_text

from .world import MINUTE, NOON, World, open_world, request

ZONE = "America/New_York"
KEY = "batch_2026-11-23_1763900000"
JOB = "consolidate"
BATCHES = {"collection": "batches", "job": JOB}
SPECS = {
    "complete_stalled_batch": HealerSpec("complete_stalled_batch", "oncall", params=BATCHES),
    "force_complete_batch": HealerSpec("force_complete_batch", "oncall", params=BATCHES),
    "rerun_job": HealerSpec("rerun_job", "oncall"),
}
PLAYERS = [f"player{n}" for n in range(136)]


def batch(done: int = 125, **changes: Any) -> dict[str, Any]:
    return {
        "batch_id": KEY,
        "game_date": "2026-11-23",
        "expected_players": 136,
        "completed_players": PLAYERS[:done],
        "failed_players": [],
        "is_complete": False,
        "created_at": to_text(NOON - timedelta(hours=2)),
        "updated_at": to_text(NOON - timedelta(minutes=16)),
    } | changes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_world(tmp_path, limits=Limits(SPECS), healers=healers(SPECS, ZONE))
    made.jobs.stand(JOB, "running")
    yield made
    made.close()


def asked(healer: str, **changes: Any) -> HealRequest:
    rule = {"source": "rule", "actor": "automatic"} if healer == "complete_stalled_batch" else {}
    return request(KEY, healer=healer, subject=KEY, check="stalled_batches", **{**rule, **changes})


def put(world: World, **changes: Any) -> None:
    world.live.put("batches", KEY, batch(**changes))


def value(world: World) -> JsonMap:
    doc = world.live.get("batches", KEY)
    assert doc is not None
    return doc.value


def consolidate(world: World) -> None:
    """What the job does in its own process."""
    world.live.put("batches", KEY, {**value(world), "consolidated_at": to_text(world.now())})
    world.jobs.stand(JOB, "succeeded")


def stepped(world: World, heal_id: str, times: int) -> None:
    for _ in range(times):
        world.clock.advance(timedelta(seconds=5))
        world.desk.step(heal_id, world.now())


def test_a_stalled_batch_is_completed_consolidated_and_proved(world: World) -> None:
    put(world)
    heal_id = world.desk.ask(asked("complete_stalled_batch"), NOON).heal.id
    stepped(world, heal_id, 3)
    assert world.heal(heal_id).state is HealState.RUNNING
    seen = value(world)
    assert seen["is_complete"] is True
    assert seen["auto_completed"] is True
    assert "125 of 136 (91.9 %)" in seen["auto_completion_reason"]
    assert seen["completion_time"] == seen["updated_at"] > to_text(NOON)
    assert seen["completed_players"] == PLAYERS[:125]
    [started] = world.jobs.started()
    assert started.startswith(f"{JOB}@heal-")
    consolidate(world)
    heal = world.to_end(heal_id, beat=timedelta(seconds=5))
    assert heal.outcome is Outcome.HEALED
    assert (heal.before["is_complete"], heal.after["is_complete"]) == (False, True)
    assert (heal.before["consolidated_at"], bool(heal.after["consolidated_at"])) == (None, True)
    assert world.jobs.calls == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"done": 122}, "less than 90 %"),  # 89.7 %
        ({"updated_at": to_text(NOON - timedelta(minutes=14, seconds=59))}, "moved 14 min ago"),
        ({"created_at": to_text(NOON - timedelta(hours=24, seconds=1))}, "more than 1 d"),
        ({"updated_at": None}, "does not say when"),
        ({"created_at": None}, "does not say when"),
        ({"expected_players": 0}, "how many players"),
        ({"completed_players": PLAYERS[:100] + PLAYERS[:100]}, "less than 90 %"),  # the same players twice
    ],
)
def test_what_may_not_be_healed_by_itself(world: World, changes: dict[str, Any], words: str) -> None:
    put(world, **changes)
    heal_id = world.desk.ask(asked("complete_stalled_batch"), NOON).heal.id
    world.desk.step(heal_id, NOON)
    heal = world.heal(heal_id)
    assert heal.outcome is Outcome.REFUSED
    assert words in heal.words
    assert value(world)["is_complete"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"expected_players": 100, "done": 90},
        {"updated_at": to_text(NOON - timedelta(minutes=15))},
        {"created_at": to_text(NOON - timedelta(hours=24))},
    ],
)
def test_what_just_may(world: World, changes: dict[str, Any]) -> None:
    put(world, **changes)
    assert world.desk.plan(asked("complete_stalled_batch"), NOON).refusal == ""


def test_complete_and_consolidated_is_needless_complete_alone_is_not(world: World) -> None:
    put(world, is_complete=True, consolidated_at=to_text(NOON))
    assert "already" in world.desk.plan(asked("complete_stalled_batch"), NOON).needless
    put(world, is_complete=True)
    plan = world.desk.plan(asked("complete_stalled_batch"), NOON)
    assert (plan.needless, plan.refusal, plan.steps) == ("", "", (f"Run {JOB} for it",))


def test_a_batch_that_moved_between_look_and_write_is_left_alone(world: World) -> None:
    """The conditions are judged again on what the write replaces."""
    put(world)
    heal_id = world.desk.ask(asked("complete_stalled_batch"), NOON).heal.id
    stepped(world, heal_id, 1)
    patch, tries = world.live.patch, []

    def overtaken(collection: str, key: str, fields: JsonMap, version: int) -> Done | Lost:
        if not tries:
            put(world, done=126, updated_at=to_text(world.now()))
        tries.append(version)
        return patch(collection, key, fields, version)

    world.live.patch = overtaken  # type: ignore[method-assign]
    stepped(world, heal_id, 1)
    assert len(tries) == 1, "the second reading must refuse"
    heal = world.heal(heal_id)
    assert heal.outcome is Outcome.FAILED
    assert "moved 0 s ago" in heal.words
    assert value(world)["is_complete"] is False
    assert world.jobs.started() == []


def test_a_write_that_lost_without_consequence_is_made_again(world: World) -> None:
    put(world)
    heal_id = world.desk.ask(asked("complete_stalled_batch"), NOON).heal.id
    patch, tries = world.live.patch, []

    def lost_once(collection: str, key: str, fields: JsonMap, version: int) -> Done | Lost:
        tries.append(version)
        if len(tries) == 1:
            return Lost(Replace(collection, key, fields, version))
        return patch(collection, key, fields, version)

    world.live.patch = lost_once  # type: ignore[method-assign]
    stepped(world, heal_id, 2)
    assert len(tries) == 2
    assert value(world)["is_complete"] is True


def test_a_consolidation_that_fails_is_failed_with_its_reason(world: World) -> None:
    put(world)
    world.jobs.stand(JOB, "failed", "exit code 1: out of memory")
    heal = world.to_end(world.desk.ask(asked("complete_stalled_batch"), NOON).heal.id)
    assert heal.outcome is Outcome.FAILED
    assert "out of memory" in heal.words


def test_a_consolidation_that_writes_nothing_is_ineffective(world: World) -> None:
    put(world)
    world.jobs.stand(JOB, "succeeded")
    heal = world.to_end(world.desk.ask(asked("complete_stalled_batch"), NOON).heal.id)
    assert heal.outcome is Outcome.INEFFECTIVE
    assert "not consolidated" in heal.words


def test_forcing_a_batch_of_today_takes_one_person(world: World) -> None:
    put(world, done=119)
    plan = world.desk.plan(asked("force_complete_batch"), NOON)
    assert (plan.risk, plan.steps[0]) == (Risk.CONFIRM, f"Mark {KEY} complete with 119 of 136 players")
    heal_id = world.desk.ask(asked("force_complete_batch"), NOON).heal.id
    stepped(world, heal_id, 2)
    seen = value(world)
    assert (seen["is_complete"], seen["auto_completed"]) == (True, False)
    assert "U1" in seen["auto_completion_reason"]


def test_a_past_date_is_one_of_the_pipelines_zone(world: World) -> None:
    """At 20:30 in New York it is tomorrow in UTC, and still today for the batch."""
    put(world)
    evening = NOON.replace(day=24, hour=1, minute=30)
    assert world.desk.plan(asked("force_complete_batch"), evening).risk is Risk.CONFIRM
    assert world.desk.plan(asked("force_complete_batch"), evening + timedelta(hours=4)).risk is Risk.HIGH


def approval(world: World) -> str:
    put(world, done=119, game_date="2026-11-22")
    heal_id = world.desk.ask(asked("force_complete_batch"), NOON).heal.id
    world.desk.step(heal_id, NOON)
    assert world.heal(heal_id).state is HealState.APPROVAL
    return heal_id


def test_a_past_date_takes_a_second_person(world: World) -> None:
    heal_id, approvals = approval(world), Approvals(world.desk)
    assert not world.desk.step(heal_id, world.now() + MINUTE), "it waits"
    mine = approvals.approve(heal_id, "U1", NOON)
    assert (mine.done, mine.words) == (False, "You asked for this heal, so you cannot approve it; another person must.")
    assert approvals.approve(heal_id, "U2", NOON).done
    assert approvals.approve(heal_id, "U2", NOON).words.startswith("You have answered already")
    assert "Nothing to approve" in approvals.approve(heal_id, "U3", NOON).words
    stepped(world, heal_id, 2)
    consolidate(world)
    heal = world.to_end(heal_id)
    assert (heal.outcome, heal.approver) == (Outcome.HEALED, "U2")
    event = world.audit.event(heal_id)
    assert event is not None
    assert event["metadata"]["approver"] == "U2"


def test_an_approval_expires(world: World) -> None:
    heal_id = approval(world)
    late = NOON + timedelta(minutes=30)
    assert "expired" in Approvals(world.desk).approve(heal_id, "U2", late).words
    assert world.desk.due(late) == [heal_id]
    assert world.desk.step(heal_id, late)
    assert "approval expired" in world.heal(heal_id).words
    assert world.heal(heal_id).outcome is Outcome.REFUSED


def test_a_second_person_may_decline(world: World) -> None:
    heal_id = approval(world)
    answer = Approvals(world.desk).decline(heal_id, "U2", NOON)
    assert answer.done
    assert (world.heal(heal_id).outcome, world.heal(heal_id).words) == (Outcome.REFUSED, "declined")
    assert value(world)["is_complete"] is False


def test_what_changed_must_be_approved_again(world: World) -> None:
    heal_id, approvals = approval(world), Approvals(world.desk)
    put(world, done=120, game_date="2026-11-22")
    answer = approvals.approve(heal_id, "U2", NOON)
    assert not answer.done
    assert "changed since it was asked for" in answer.words
    assert world.heal(heal_id).before["completed_players"] == 120
    assert approvals.approve(heal_id, "U2", NOON).done
    put(world, done=121, game_date="2026-11-22")  # and between the approval and the claim
    world.desk.step(heal_id, NOON)
    assert world.heal(heal_id).state is HealState.APPROVAL
    assert world.heal(heal_id).approver == ""


def rerun(**changes: Any) -> HealRequest:
    args = {"job": "reprocess", "date": "2026-11-22"}
    return request("reprocess/2026-11-22", healer="rerun_job", args=args, **changes)


def test_a_job_is_run_again_and_the_check_judges(world: World) -> None:
    world.jobs.stand("reprocess", "running")
    heal_id = world.desk.ask(rerun(), NOON).heal.id
    stepped(world, heal_id, 4)
    assert world.heal(heal_id).state is HealState.RUNNING
    [started] = world.jobs.started()
    assert f'"DATE": "2026-11-22", "HEAL_ID": "{heal_id}"' in (world.jobs.folder / started).read_text()
    world.jobs.stand("reprocess", "succeeded")
    world.judge.state, world.judge.reason = State.PASS, "5 of 5 games"
    heal = world.to_end(heal_id)
    assert heal.outcome is Outcome.HEALED
    assert heal.before == {"state": "FAIL", "reason": "2 of 5 games"}
    assert heal.after == {"state": "PASS", "reason": "5 of 5 games"}


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (State.FAIL, Outcome.INEFFECTIVE),
        (State.ERROR, Outcome.UNVERIFIABLE),
        (State.SKIPPED, Outcome.UNVERIFIABLE),
    ],
)
def test_a_job_that_exits_0_is_no_proof(world: World, state: State, outcome: Outcome) -> None:
    world.jobs.stand("reprocess", "succeeded")
    heal_id = world.desk.ask(rerun(), NOON).heal.id
    stepped(world, heal_id, 2)
    world.judge.state = state
    assert world.to_end(heal_id).outcome is outcome


def test_a_job_that_fails_gives_its_reason(world: World) -> None:
    world.jobs.stand("reprocess", "failed", "exit code 1: no such table")
    heal = world.to_end(world.desk.ask(rerun(), NOON).heal.id)
    assert heal.outcome is Outcome.FAILED
    assert "no such table" in heal.words


def test_a_job_that_nobody_knows_is_refused_with_the_nearest(world: World) -> None:
    world.jobs.stand("reproces", "running")
    assert "did you mean 'reproces'?" in world.desk.plan(rerun(), NOON).refusal


def test_a_check_that_passes_makes_a_rerun_needless(world: World) -> None:
    world.jobs.stand("reprocess", "running")
    world.judge.state = State.PASS
    assert world.to_end(world.desk.ask(rerun(), NOON).heal.id).outcome is Outcome.NEEDLESS
    assert world.jobs.started() == []


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("rerun_jobs", {}, "did you mean 'rerun_job'"),
        ("force_complete_batch", {"collection": "batches"}, "lacks the parameter 'job'"),
        ("force_complete_batch", {**BATCHES, "jb": "x"}, "did you mean 'job'"),
        ("complete_stalled_batch", {**BATCHES, "ratio": "90"}, "no share"),
        ("complete_stalled_batch", {**BATCHES, "min_age": "soon"}, "not a duration"),
        ("rerun_job", {"deadline": "x"}, "not a duration"),
    ],
)
def test_wrong_entries_are_named_with_the_nearest_right_answer(name: str, params: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as wrong:
        healers({name: HealerSpec(name, "oncall", params=params)}, ZONE)
    assert wrong.value.key.startswith(f"healers.{name}")


def test_every_healer_has_a_file() -> None:
    assert names() == ("complete_stalled_batch", "force_complete_batch", "rerun_job")
