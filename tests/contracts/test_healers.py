"""What every healer promises the desk, on each healer that exists as a file. A new healer joins with a scene here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from healing.bench import Limits
from healing.deeds import healers, names
from schemas.codec import dump
from schemas.heals import ActKind, ActState, Heal, Healer, HealRequest, HealState, VerdictState
from schemas.pipeline import HealerSpec
from schemas.times import to_text
from tests.healing.world import NOON, World, open_world, request

JOB, KEY = "job-one", "batch_2026-11-23_1763900000"
BATCH = {
    "batch_id": KEY,
    "game_date": "2026-11-23",
    "expected_players": 10,
    "completed_players": [f"p{n}" for n in range(9)],
    "is_complete": False,
    "created_at": to_text(NOON - timedelta(hours=2)),
    "updated_at": to_text(NOON - timedelta(minutes=20)),
}
PARAMS: Mapping[str, Mapping[str, str]] = {
    "complete_stalled_batch": {"collection": "batches", "job": JOB},
    "force_complete_batch": {"collection": "batches", "job": JOB},
    "rerun_job": {},
}


def _batch(world: World) -> HealRequest:
    world.live.put("batches", KEY, BATCH)
    world.jobs.stand(JOB, "running")
    return request(KEY, subject=KEY)


def _job(world: World) -> HealRequest:
    world.jobs.stand(JOB, "running")
    return request(f"{JOB}/2026-11-22", args={"job": JOB, "date": "2026-11-22"})


SCENES: Mapping[str, Callable[[World], HealRequest]] = {
    "complete_stalled_batch": _batch,
    "force_complete_batch": _batch,
    "rerun_job": _job,
}


@dataclass
class Scene:
    world: World
    healer: Healer
    heal: Heal

    def state(self) -> object:
        """All that a healer could have changed."""
        live = [(doc.key, doc.value, doc.version) for doc in self.world.live.find("batches")]
        return live, self.world.jobs.started()


@pytest.fixture(params=names())
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    name = request.param
    specs = {name: HealerSpec(name, audience="oncall", params=PARAMS[name])}
    built = healers(specs, "America/New_York")
    world = open_world(tmp_path, limits=Limits(specs), healers=built)
    asked = replace(SCENES[name](world), healer=name)
    look = built[name].look(asked, world.hands, NOON)
    assert (look.needless, look.refusal) == ("", "")
    acts = built[name].acts(asked, look)
    heal = Heal(asked.id, asked, HealState.DISPATCHING, acts=acts, before=look.before)
    yield Scene(world, built[name], heal)
    world.close()


def test_every_healer_has_a_scene() -> None:
    assert set(SCENES) == set(PARAMS) == set(names())


def test_it_is_called_as_its_file(scene: Scene) -> None:
    assert scene.healer.name == scene.heal.request.healer
    assert scene.healer.healing_type
    assert scene.healer.verified_by
    assert timedelta(0) <= scene.healer.settle < scene.healer.deadline


def test_looking_and_planning_change_nothing(scene: Scene) -> None:
    before = scene.state()
    look = scene.healer.look(scene.heal.request, scene.world.hands, NOON)
    scene.healer.acts(scene.heal.request, look)
    scene.healer.steps(scene.heal.request, look)
    scene.healer.verify(scene.heal, scene.world.hands, NOON)
    for act in scene.heal.acts:
        scene.healer.probe(act, scene.heal, scene.world.hands, NOON)
    assert scene.state() == before


def test_what_it_saw_does_not_age(scene: Scene) -> None:
    """Otherwise an approval would find the target changed by time alone."""
    later = scene.healer.look(scene.heal.request, scene.world.hands, NOON + timedelta(minutes=3))
    assert dump(later.before) == dump(scene.heal.before)
    assert later.before


def test_each_act_has_a_name_of_its_own_and_a_step_in_the_plan(scene: Scene) -> None:
    acts = scene.heal.acts
    assert acts
    assert len({act.name for act in acts}) == len(acts)
    stem = scene.heal.id.replace("_", "-")
    assert all(act.name.startswith(stem) and act.words for act in acts)
    look = scene.healer.look(scene.heal.request, scene.world.hands, NOON)
    assert len(scene.healer.steps(scene.heal.request, look)) == len(acts)
    other = replace(scene.heal.request, id="heal_ffffffffffff")
    assert not {act.name for act in scene.healer.acts(other, look)} & {act.name for act in acts}


def test_an_act_is_absent_before_and_there_after(scene: Scene) -> None:
    for act in scene.heal.acts:
        assert scene.healer.probe(act, scene.heal, scene.world.hands, NOON).state is ActState.ABSENT
        done = scene.healer.perform(act, scene.heal, scene.world.hands, NOON)
        assert done.state in (ActState.DONE, ActState.RUNNING)
        assert scene.healer.probe(act, scene.heal, scene.world.hands, NOON).state is done.state


def test_a_named_act_sent_twice_has_one_effect(scene: Scene) -> None:
    for act in scene.heal.acts:
        scene.healer.perform(act, scene.heal, scene.world.hands, NOON)
        if act.kind is not ActKind.NAMED:
            continue
        before = scene.state()
        scene.healer.perform(act, scene.heal, scene.world.hands, NOON)
        assert scene.state() == before


def test_nothing_done_is_not_healed(scene: Scene) -> None:
    assert scene.healer.verify(scene.heal, scene.world.hands, NOON).state is not VerdictState.HEALED
