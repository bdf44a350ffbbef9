"""The process is killed (SIGKILL) around every move of the transition table and around every call of an act, over the
SQLite store; then another instance goes on. At most one effect an act, one event, an intact chain, a true outcome.

A move without a case fails the suite.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from healing.approvals import Approvals
from healing.moves import MOVES
from schemas.errors import Unavailable
from schemas.heals import HealState, Outcome
from schemas.ports import Batch, Done, Lost, Replace
from schemas.times import from_text, to_text
from schemas.trail import TrailKind

from .world import MINUTE, NOON, World, open_world, request

pytestmark = pytest.mark.crash

Action = Callable[[World, str], object]


@dataclass(frozen=True)
class Beat:
    """Time passes, the script changes, then one step (or another action) is taken."""

    script: Mapping[str, str]
    wait: timedelta = timedelta(0)
    action: Action | None = None


def _step(world: World, heal_id: str) -> object:
    return world.desk.step(heal_id, world.now())


def _approve(world: World, heal_id: str) -> object:
    return Approvals(world.desk).approve(heal_id, "U2", world.now())


def _decline(world: World, heal_id: str) -> object:
    return Approvals(world.desk).decline(heal_id, "U2", world.now())


def _gone(**script: str) -> tuple[Beat, ...]:
    """Wish, claim, then the intent with this script."""
    return (Beat({}), Beat(script))


STEP = Beat({})
SETTLE = Beat({}, timedelta(seconds=10))
TWO = "probeable,named"
CASES: Mapping[str, tuple[Beat, ...]] = {
    "wait": (Beat({"look": "unavailable"}),),
    "await_approval": (Beat({"risk": "high"}),),
    "ask_again": (Beat({"risk": "high"}), Beat({"before": "worse"}, action=_approve)),
    "approve": (Beat({"risk": "high"}), Beat({}, action=_approve)),
    "decline": (Beat({"risk": "high"}), Beat({}, action=_decline)),
    "expire": (Beat({"risk": "high"}), Beat({}, timedelta(minutes=31))),
    "claim": (STEP,),
    "look_later": (STEP, Beat({"look": "unavailable"})),
    "refuse": (STEP, Beat({"look": "refusal"})),
    "needless": (STEP, Beat({"look": "needless"})),
    "intend": _gone(kinds=TWO),
    "sent": _gone(kinds=TWO, perform="running", probe="running"),
    "next_act": _gone(kinds=TWO),
    "acted": _gone(kinds=TWO),
    "doubt": _gone(kinds=TWO, perform="unavailable_after"),
    "take_over": (*_gone(kinds=TWO, perform="unavailable_after"), Beat({"perform": "done"}, 2 * MINUTE)),
    "poll": (*_gone(perform="running", probe="running"), Beat({}, MINUTE)),
    "look_again": (*_gone(kinds=TWO), Beat({"verify": "not_yet"}, MINUTE)),
    "fail": _gone(kinds=TWO, perform="failed"),
    "abandon": _gone(kinds="neither", perform="unavailable_after"),
    "healed": (*_gone(kinds=TWO), SETTLE),
    "ineffective": (*_gone(kinds=TWO), Beat({"verify": "not_yet"}, timedelta(minutes=3))),
    "unverifiable": (*_gone(kinds=TWO), Beat({"verify": "unverifiable"}, MINUTE)),
}
BENIGN = {"look": "ok", "perform": "done", "probe": "look", "verify": "healed"}


def test_every_move_of_the_table_has_a_case() -> None:
    assert set(CASES) == {move.name for move in MOVES}


class KillerStore:
    """Kills this process before or after the commit that carries ``move``."""

    def __init__(self, store: Any, move: str, when: str) -> None:
        self._store, self._move, self._when = store, move, when

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        hit = any(
            isinstance(write, Replace) and write.collection == "heals" and write.value["move"] == self._move
            for batch in batches
            for write in batch
        )
        if hit and self._when == "before":
            die()
        answers: tuple[Done | Lost, ...] = self._store.commit(*batches)
        if hit:
            die()
        return answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class MuteStore:
    """Gives no answer, once, to the commit that carries ``move``: before or after it took effect."""

    def __init__(self, store: Any, move: str, when: str) -> None:
        self._store, self._move, self._when, self.met = store, move, when, False

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        hit = not self.met and any(
            isinstance(write, Replace) and write.collection == "heals" and write.value["move"] == self._move
            for batch in batches
            for write in batch
        )
        if hit and self._when == "before":
            self.met = True
            raise Unavailable("no answer", part="store")
        answers: tuple[Done | Lost, ...] = self._store.commit(*batches)
        if hit:
            self.met = True
            raise Unavailable("no answer", part="store")
        return answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class KillerHealer:
    """Kills this process before or after the n-th act takes effect."""

    def __init__(self, healer: Any, nth: int, when: str) -> None:
        self._healer, self._left, self._when = healer, nth, when

    def perform(self, *args: Any) -> Any:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            die()
        result = self._healer.perform(*args)
        if self._left == 0:
            die()
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._healer, name)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(folder: Path, beats: tuple[Beat, ...], **wraps: Any) -> str:
    """Plays the beats in a process of its own until it is killed; the heal's id."""
    child = os.fork()
    if child == 0:
        try:
            world = open_world(folder, identity="killed", **wraps)
            world.healer.script(**BENIGN)
            heal_id = world.desk.ask(request(), world.now()).heal.id
            for beat in beats:
                world.healer.script(**beat.script)
                world.clock.advance(beat.wait)
                (folder / "now").write_text(to_text(world.now()))
                (beat.action or _step)(world, heal_id)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the beats ended without the move (exit {os.waitstatus_to_exitcode(status)})"
    assert os.WTERMSIG(status) == signal.SIGKILL
    return request().id


def gone_on(folder: Path, heal_id: str) -> World:
    """Another instance brings the heal to its end."""
    start: datetime = from_text((folder / "now").read_text())
    world = open_world(folder, start, identity="next")
    world.healer.script(**BENIGN)
    for _ in range(60):
        heal = world.heal(heal_id)
        if heal.state is HealState.CLOSED:
            break
        world.clock.advance(2 * MINUTE)
        if heal.state is HealState.APPROVAL:
            _approve(world, heal_id)
        world.desk.step(heal_id, world.now())
    return world


def judge(world: World, heal_id: str) -> None:
    heal = world.heal(heal_id)
    assert heal.state is HealState.CLOSED, heal
    effects = world.healer.effects()
    assert all(times == 1 for times in effects.values()), effects
    assert set(effects) <= {act.name for act in heal.acts}
    if heal.outcome is Outcome.HEALED:
        assert set(effects) == {act.name for act in heal.acts}
    if heal.outcome in (Outcome.NEEDLESS, Outcome.REFUSED):
        assert effects == {}
    until = world.now() + timedelta(days=1)
    records = world.audit.events(NOON - MINUTE, until)
    assert [one.record_id for one in records if one.kind is TrailKind.HEAL] == [heal_id]
    assert len({one.record_id for one in records}) == len(records)
    assert world.store.tally("heals", NOON, until) == {f"script|{heal.outcome}": 1}
    assert len(world.store.find("healing_events")) == 1
    assert world.audit.verify() == []
    assert world.desk.bench.mover.fleet().running == ()
    world.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("move", sorted(CASES))
def test_killed_around_a_move(tmp_path: Path, move: str, when: str) -> None:
    heal_id = killed(tmp_path, CASES[move], wrap=lambda store: KillerStore(store, move, when))
    judge(gone_on(tmp_path, heal_id), heal_id)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("move", sorted(CASES))
def test_no_answer_from_the_store_at_a_move(tmp_path: Path, move: str, when: str) -> None:
    """The commit may or may not have taken effect; nobody acts on a guess."""
    stores: list[MuteStore] = []

    def wrap(store: Any) -> MuteStore:
        stores.append(MuteStore(store, move, when))
        return stores[0]

    world = open_world(tmp_path, wrap=wrap)
    world.healer.script(**BENIGN)
    heal_id = world.desk.ask(request(), world.now()).heal.id
    for beat in CASES[move]:
        world.healer.script(**beat.script)
        world.clock.advance(beat.wait)
        with suppress(Unavailable):
            (beat.action or _step)(world, heal_id)
    assert stores[0].met
    (tmp_path / "now").write_text(to_text(world.now()))
    world.close()
    judge(gone_on(tmp_path, heal_id), heal_id)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_killed_around_an_act(tmp_path: Path, nth: int, when: str) -> None:
    beats = _gone(kinds="probeable,named,probeable")
    heal_id = killed(tmp_path, beats, wrap_healer=lambda healer: KillerHealer(healer, nth, when))
    world = gone_on(tmp_path, heal_id)
    assert world.heal(heal_id).outcome is Outcome.HEALED
    assert len(world.healer.effects()) == 3
    judge(world, heal_id)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_around_an_act_of_the_third_kind(tmp_path: Path, when: str) -> None:
    """Nobody can tell whether it took effect: it is abandoned and a person is called, never repeated."""
    heal_id = killed(tmp_path, _gone(kinds="neither"), wrap_healer=lambda healer: KillerHealer(healer, 1, when))
    world = gone_on(tmp_path, heal_id)
    heal = world.heal(heal_id)
    assert heal.outcome is Outcome.ABANDONED
    assert "a person must look" in heal.words
    assert sum(world.healer.effects().values()) == (0 if when == "before" else 1)
    judge(world, heal_id)


def test_two_processes_make_one_effect(tmp_path: Path) -> None:
    world = open_world(tmp_path)
    world.healer.script(kinds="probeable,neither")
    ids = [world.desk.ask(request(f"t{n}", alert=f"a{n}"), NOON).heal.id for n in range(5)]
    children = []
    for n in range(3):
        child = os.fork()
        if child == 0:
            try:
                mine = open_world(tmp_path, identity=f"process {n}")
                for _ in range(8):
                    for heal_id in ids:
                        mine.desk.step(heal_id, NOON)
                os._exit(0)
            finally:
                os._exit(3)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    for heal_id in ids:
        assert world.to_end(heal_id).outcome is Outcome.HEALED
    assert set(world.healer.effects().values()) == {1}
    assert len(world.healer.effects()) == 10
    assert len(world.audit.events(NOON, NOON + timedelta(days=1), TrailKind.HEAL)) == 5
    assert world.audit.verify() == []
    world.close()
