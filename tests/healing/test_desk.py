"""The desk, on the real store: one heal per wish, one effect per act, a true outcome."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from healing.approvals import Approvals
from healing.bench import Limits
from healing.guard import Caps
from schemas.errors import Unavailable, UsageError
from schemas.heals import HealState, Outcome, Risk
from schemas.pipeline import HealerSpec
from schemas.ports import Batch, Done, Lost, Store
from schemas.trail import TrailKind

from .world import MINUTE, NOON, SPEC, World, open_world, request

LATER = timedelta(days=1)


def asked(world: World, **changes: object) -> str:
    return world.desk.ask(request(**changes), world.now()).heal.id  # type: ignore[arg-type]


class Overtaken:
    """Lets somebody else go first, once, right before the commit that carries ``move``."""

    def __init__(self, store: Store, move: str) -> None:
        self._store, self._move, self.first, self.met = store, move, lambda: None, 0

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        moves = [one.value["move"] for batch in batches for one in batch if getattr(one, "collection", "") == "heals"]
        if self._move in moves and not self.met:
            self.met = 1
            self.first()
        return self._store.commit(*batches)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_a_heal_from_wish_to_proof(world: World) -> None:
    world.healer.script(kinds="probeable,named")
    heal_id = asked(world)
    assert world.desk.due(world.now()) == [heal_id]
    assert world.desk.step(heal_id, world.now())
    assert world.heal(heal_id).state is HealState.CLAIMED
    assert world.desk.step(heal_id, world.now())
    assert world.heal(heal_id).state is HealState.VERIFYING
    assert not world.desk.step(heal_id, world.now()), "it has to settle first"
    world.clock.advance(timedelta(seconds=10))
    assert world.desk.due(world.now()) == [heal_id]
    assert world.desk.step(heal_id, world.now())
    heal = world.heal(heal_id)
    assert (heal.outcome, heal.state, heal.words) == (Outcome.HEALED, HealState.CLOSED, "seen: healed")
    assert (heal.before, heal.after) == ({"value": "broken"}, {"value": "healed"})
    assert set(world.healer.effects().values()) == {1}
    assert world.desk.due(world.now() + LATER) == []
    assert not world.desk.step(heal_id, world.now())


def test_the_event_has_all_fields_and_is_counted(world: World) -> None:
    heal_id = asked(world)
    world.to_end(heal_id)
    event = world.audit.event(heal_id)
    assert event is not None
    assert event["success"] is True
    assert event["outcome"] == "healed"
    assert event["healing_type"] == "script"
    assert event["before_state"] == {"value": "broken"}
    assert event["after_state"] == {"value": "healed"}
    assert event["root_cause"] == "‹n› games missing"
    assert event["metadata"]["acts"][0]["ref"].startswith("ref-heal_")
    assert event["action_taken"] == "act 0"
    assert world.store.tally("heals", NOON, NOON + LATER) == {"script|healed": 1}
    assert world.store.tally("heal_runs", NOON, NOON + LATER) == {"script|t1": 1}
    [record] = world.audit.events(NOON, NOON + LATER, TrailKind.HEAL)
    assert record.heal_id == heal_id
    assert world.audit.verify() == []


def test_who_asks_again_is_told_the_truth(world: World) -> None:
    first = world.desk.ask(request(actor="U1"), world.now())
    second = world.desk.ask(request(actor="U2"), world.now())
    assert (first.created, second.created) == (True, False)
    assert second.words.startswith("already running, started by U1 at 12:00 UTC")
    world.to_end(first.heal.id)
    third = world.desk.ask(request(actor="U3"), world.now())
    assert third.words.startswith("done by U1 at 12:0")
    assert "healed" in third.words


def test_a_thousand_at_once_make_one_heal(world: World) -> None:
    gate, made = threading.Barrier(20), []

    def press(person: int) -> None:
        gate.wait()
        made.extend(world.desk.ask(request(actor=f"U{person}-{n}"), NOON).created for n in range(50))

    threads = [threading.Thread(target=press, args=(person,)) for person in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(made), sum(made)) == (1000, 1)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_wish_whose_answer_was_lost_is_read_back(tmp_path: Path, arrived: bool) -> None:
    class Mute(Overtaken):
        def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
            if arrived:
                self._store.commit(*batches)
            raise Unavailable("no answer", part="store")

    world = open_world(tmp_path, wrap=lambda store: Mute(store, ""))
    if arrived:
        assert world.desk.ask(request(), NOON).created
        assert not world.desk.ask(request(actor="U2"), NOON).created
    else:
        with pytest.raises(Unavailable):
            world.desk.ask(request(), NOON)
    world.close()


def test_an_unknown_healer_is_named_with_the_nearest(world: World) -> None:
    with pytest.raises(UsageError, match="did you mean 'scripted'"):
        world.desk.ask(request(healer="scriptd"), NOON)


@pytest.mark.parametrize(("look", "outcome"), [("needless", Outcome.NEEDLESS), ("refusal", Outcome.REFUSED)])
def test_the_look_before_acting_may_end_it(world: World, look: str, outcome: Outcome) -> None:
    world.healer.script(look=look)
    heal = world.to_end(asked(world))
    assert heal.outcome is outcome
    assert heal.started_at is None
    assert world.healer.effects() == {}


def test_what_became_needless_after_the_claim_costs_no_budget(world: World) -> None:
    heal_id = asked(world)
    world.desk.step(heal_id, world.now())
    world.healer.script(look="needless")
    assert world.to_end(heal_id).outcome is Outcome.NEEDLESS
    assert world.desk.bench.mover.book("scripted").claims == ()
    assert world.desk.bench.mover.fleet().running == ()


@pytest.mark.parametrize(
    ("script", "outcome", "words"),
    [
        ({"perform": "denied"}, Outcome.FAILED, "failed before acting"),
        ({"perform": "failed"}, Outcome.FAILED, "failed while acting"),
        ({"perform": "bug"}, Outcome.FAILED, "the healer broke (KeyError)"),
        ({"verify": "bug"}, Outcome.FAILED, "the healer broke (KeyError)"),
        ({"look": "bug"}, Outcome.FAILED, "the healer broke (KeyError)"),
        ({"look": "denied"}, Outcome.FAILED, "failed before acting"),
        ({"look": "unavailable"}, Outcome.FAILED, "failed before acting"),
        ({"verify": "not_yet"}, Outcome.INEFFECTIVE, "did not help"),
        ({"verify": "unverifiable"}, Outcome.UNVERIFIABLE, "unverifiable"),
        ({"verify": "unavailable"}, Outcome.UNVERIFIABLE, "could not be seen"),
        ({"perform": "unknown"}, Outcome.ABANDONED, "a person must look"),
        ({"perform": "unavailable"}, Outcome.ABANDONED, "a person must look"),
        ({"perform": "running", "probe": "failed"}, Outcome.FAILED, "failed while acting"),
        ({"perform": "running", "probe": "absent"}, Outcome.ABANDONED, "a person must look"),
        ({"perform": "running", "probe": "running"}, Outcome.ABANDONED, "still runs"),
        ({"perform": "running", "probe": "bug"}, Outcome.FAILED, "the healer broke"),
        ({"kinds": ""}, Outcome.NEEDLESS, "nothing to do"),
    ],
)
def test_every_ending_is_told_as_it_is(world: World, script: dict[str, str], outcome: Outcome, words: str) -> None:
    world.healer.script(**script)
    heal = world.to_end(asked(world), beats=200)
    assert heal.outcome is outcome
    assert words in heal.words
    assert world.desk.bench.mover.fleet().running == ()
    assert len(world.audit.events(NOON, NOON + LATER, TrailKind.HEAL)) == 1


def test_a_long_job_is_polled_until_it_is_done(world: World) -> None:
    world.healer.script(perform="running", probe="running")
    heal_id = asked(world)
    for _ in range(10):
        world.clock.advance(timedelta(seconds=5))
        world.desk.step(heal_id, world.now())
    assert world.heal(heal_id).state is HealState.RUNNING
    world.healer.script(probe="done")
    assert world.to_end(heal_id).outcome is Outcome.HEALED


@pytest.mark.parametrize("kind", ["named", "probeable", "neither"])
@pytest.mark.parametrize("effect", ["unavailable", "unavailable_after"])
def test_no_answer_never_means_twice(world: World, kind: str, effect: str) -> None:
    world.healer.script(kinds=kind, perform=effect)
    heal_id = asked(world)
    world.desk.step(heal_id, world.now())
    world.desk.step(heal_id, world.now())
    assert world.heal(heal_id).state is (HealState.CLOSED if kind == "neither" else HealState.DISPATCHING)
    world.healer.script(perform="done")
    heal = world.to_end(heal_id)
    assert heal.outcome is (Outcome.ABANDONED if kind == "neither" else Outcome.HEALED)
    assert sum(world.healer.effects().values()) == (0 if kind == "neither" and effect == "unavailable" else 1)


def test_a_sender_at_work_is_left_alone_until_its_lease_lapsed(tmp_path: Path, world: World) -> None:
    """A second instance that meets a dispatch goes by the document's age, not by anyone's clock."""
    world.healer.script(kinds="probeable", perform="unavailable")
    heal_id = asked(world)
    world.desk.step(heal_id, world.now())
    world.desk.step(heal_id, world.now())
    world.healer.script(perform="done")
    other = open_world(tmp_path, world.now(), identity="two")
    assert not other.desk.step(heal_id, world.now() + timedelta(hours=5)), "a wrong clock of ours is no lapsed lease"
    other.clock.advance(timedelta(seconds=59))
    assert not other.desk.step(heal_id, other.now())
    other.clock.advance(timedelta(seconds=1))
    assert other.desk.step(heal_id, other.now())
    assert other.heal(heal_id).state is HealState.VERIFYING
    other.close()


def test_telling_the_card_disturbs_no_move(world: World) -> None:
    """The card's road writes ``told`` on the same document while an act is under way."""
    heal_id = asked(world)
    world.desk.step(heal_id, world.now())
    original = world.healer.effect

    def slow_effect(act: object) -> None:
        assert world.desk.told(heal_id, world.heal(heal_id).step)
        original(act)  # type: ignore[arg-type]

    world.healer.effect = slow_effect  # type: ignore[method-assign,assignment]
    world.desk.step(heal_id, world.now())
    heal = world.heal(heal_id)
    assert heal.state is HealState.VERIFYING
    assert heal.told == heal.step - 1
    assert [one.id for one in world.desk.untold()] == [heal_id]
    assert world.desk.told(heal_id, heal.step)
    assert world.desk.untold() == []
    assert not world.desk.told(heal_id, heal.step)


@pytest.mark.parametrize("kind", ["probeable", "neither"])
@pytest.mark.parametrize("move", ["claim", "intend", "next_act", "acted", "healed"])
def test_who_loses_a_move_does_nothing(tmp_path: Path, move: str, kind: str) -> None:
    stores: list[Overtaken] = []

    def wrap(store: Store) -> Overtaken:
        stores.append(Overtaken(store, move))
        return stores[0]

    other, world = open_world(tmp_path, identity="two"), open_world(tmp_path, wrap=wrap)
    world.healer.script(kinds=f"{kind},{kind}", perform="running", probe="done")
    heal_id = asked(world)

    def overtake() -> None:
        other.clock.set(world.now())
        assert other.desk.step(heal_id, other.now())

    stores[0].first = overtake
    if move in ("next_act", "acted"):
        for _ in range(2):
            world.desk.step(heal_id, world.now())
        if move == "acted":
            world.clock.advance(MINUTE)
            world.desk.step(heal_id, world.now())
    assert world.to_end(heal_id).outcome is Outcome.HEALED
    assert stores[0].met == 1
    assert list(world.healer.effects().values()) == [1, 1]
    assert len(world.audit.events(NOON, NOON + LATER, TrailKind.HEAL)) == 1
    assert world.desk.bench.mover.fleet().running == ()
    world.close()
    other.close()


def test_of_two_who_take_over_one_goes_on(tmp_path: Path) -> None:
    stores: list[Overtaken] = []

    def wrap(store: Store) -> Overtaken:
        stores.append(Overtaken(store, "take_over"))
        return stores[0]

    other, world = open_world(tmp_path, identity="two"), open_world(tmp_path, wrap=wrap)
    world.healer.script(kinds="probeable", perform="unavailable")
    heal_id = asked(world)
    for _ in range(2):
        world.desk.step(heal_id, world.now())
    world.clock.advance(2 * MINUTE)
    entered, go_on = threading.Event(), threading.Event()
    perform = other.healer.perform

    def slow(*args: object) -> object:
        entered.set()
        assert go_on.wait(30)
        return perform(*args)  # type: ignore[arg-type]

    other.healer.perform = slow  # type: ignore[method-assign,assignment]
    taker = threading.Thread(target=lambda: other.desk.step(heal_id, other.now()))

    def overtake() -> None:
        """The other takes over, and is in the middle of its call when we go on."""
        other.clock.set(world.now())
        taker.start()
        assert entered.wait(30)

    stores[0].first = overtake
    world.healer.script(perform="done")
    assert not world.desk.step(heal_id, world.now())
    assert world.healer.effects() == {}
    go_on.set()
    taker.join(30)
    assert list(world.healer.effects().values()) == [1]
    assert world.to_end(heal_id).outcome is Outcome.HEALED
    world.close()
    other.close()


def test_what_was_approved_and_changed_after_the_claim_is_not_done(world: World) -> None:
    world.healer.script(risk="high")
    heal_id = asked(world)
    world.desk.step(heal_id, world.now())
    assert Approvals(world.desk).approve(heal_id, "U2", world.now()).done
    world.desk.step(heal_id, world.now())
    assert world.heal(heal_id).state is HealState.CLAIMED
    world.healer.script(before="worse")
    world.desk.step(heal_id, world.now())
    heal = world.heal(heal_id)
    assert (heal.outcome, heal.words) == (Outcome.REFUSED, "what was approved has changed since; ask for it again")
    assert world.healer.effects() == {}


def test_two_desks_and_many_threads_make_one_effect(tmp_path: Path) -> None:
    worlds = [open_world(tmp_path, identity=name) for name in ("one", "two")]
    worlds[0].healer.script(kinds="probeable,neither,named")
    ids = [worlds[0].desk.ask(request(f"t{n}", alert=f"a{n}"), NOON).heal.id for n in range(5)]
    gate, problems = threading.Barrier(8), []

    def work(world: World) -> None:
        gate.wait()
        try:
            for _ in range(6):
                for heal_id in ids:
                    world.desk.step(heal_id, NOON)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(worlds[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    for heal_id in ids:
        assert worlds[0].to_end(heal_id).outcome is Outcome.HEALED
    effects = worlds[0].healer.effects()
    assert (len(effects), set(effects.values())) == (15, {1})
    assert len(worlds[0].audit.events(NOON, NOON + LATER, TrailKind.HEAL)) == 5
    assert worlds[0].audit.verify() == []
    for world in worlds:
        world.close()


def test_the_fleet_is_capped_and_the_rest_waits(tmp_path: Path) -> None:
    world = open_world(tmp_path, caps=Caps(fleet=2))
    ids = [asked(world, target=f"t{n}", alert=f"a{n}") for n in range(3)]
    for heal_id in ids:
        world.desk.step(heal_id, world.now())
    waiting = world.heal(ids[2])
    assert (waiting.state, waiting.words) == (HealState.REQUESTED, "waiting: 2 heals are running, the limit is 2")
    pending = world.desk.pending(world.now())
    assert (len(pending.running), len(pending.waiting)) == (2, 1)
    for heal_id in ids:
        assert world.to_end(heal_id).outcome is Outcome.HEALED
    world.close()


def test_a_repeated_wait_is_no_news(tmp_path: Path) -> None:
    world = open_world(tmp_path, caps=Caps(fleet=0))
    heal_id = asked(world)
    world.desk.step(heal_id, world.now())
    world.desk.told(heal_id, world.heal(heal_id).step)
    world.clock.advance(MINUTE)
    assert world.desk.step(heal_id, world.now())
    assert world.desk.untold() == []
    world.close()


def test_targets_of_one_run_beyond_the_limit_wait(tmp_path: Path) -> None:
    world = open_world(tmp_path, caps=Caps(fleet=50, targets_per_run=10))
    ids = [asked(world, target=f"t{n}", alert=f"a{n}", run_id="r1") for n in range(12)]
    for heal_id in ids:
        world.desk.step(heal_id, world.now())
    states = [world.heal(heal_id).state for heal_id in ids]
    assert states.count(HealState.CLAIMED) == 10
    assert "10 targets of one run" in world.heal(ids[11]).words
    assert world.to_end(ids[11]).outcome is Outcome.HEALED
    world.close()


def test_the_kill_switch_stops_what_has_not_acted(world: World) -> None:
    claimed, fresh = asked(world), asked(world, target="t2", alert="a2")
    world.desk.step(claimed, world.now())
    world.desk.pause("U9", "the warehouse is being moved", world.now())
    assert world.to_end(claimed).outcome is Outcome.REFUSED
    heal = world.to_end(fresh)
    assert heal.outcome is Outcome.REFUSED
    assert "paused by U9" in heal.words
    assert "the warehouse is being moved" in heal.words
    assert "U9" in world.desk.pending(world.now()).paused
    assert world.healer.effects() == {}
    world.desk.resume("U9", world.now())
    assert world.to_end(asked(world, target="t3", alert="a3")).outcome is Outcome.HEALED
    switches = world.audit.events(NOON, NOON + LATER, TrailKind.SWITCH)
    assert [record.words for record in switches] == ["resumed healing", "paused healing: the warehouse is being moved"]
    doc = world.store.get("switches", "healing")
    assert doc is not None
    assert doc.value["paused"] is False


def test_what_has_begun_to_act_is_brought_to_its_end_despite_a_pause(world: World) -> None:
    world.healer.script(kinds="named,named", perform="running", probe="running")
    heal_id = asked(world)
    for _ in range(2):
        world.desk.step(heal_id, world.now())
    world.desk.pause("U9", "", world.now())
    world.healer.script(probe="done", perform="done")
    assert world.to_end(heal_id).outcome is Outcome.HEALED
    assert len(world.healer.effects()) == 2


def test_the_calendar_lets_nothing_start(tmp_path: Path) -> None:
    limits = Limits({"scripted": SPEC}, off_calendar=lambda _request, _now: "off_season: no games")
    world = open_world(tmp_path, limits=limits)
    heal = world.to_end(asked(world))
    assert (heal.outcome, heal.words) == (Outcome.REFUSED, "off_season: no games")
    world.close()


def test_nothing_heals_while_the_calendar_cannot_be_read(tmp_path: Path) -> None:
    silent = True

    def calendar(_request: object, _now: object) -> str:
        if silent:
            raise Unavailable("no answer", part="warehouse")
        return ""

    world = open_world(tmp_path, limits=Limits({"scripted": SPEC}, off_calendar=calendar))
    heal_id = asked(world)
    assert world.desk.step(heal_id, world.now())
    heal = world.heal(heal_id)
    assert (heal.state, heal.words) == (HealState.REQUESTED, "waiting: could not look: warehouse: no answer")
    assert world.desk.due(world.now()) == [], "it does not stand in the way of others"
    silent = False
    assert world.to_end(heal_id).outcome is Outcome.HEALED
    world.close()


def test_nothing_heals_while_the_guards_store_cannot_be_read(tmp_path: Path) -> None:
    class Deaf:
        def __init__(self, store: object) -> None:
            self._store = store

        def get(self, collection: str, key: str) -> object:
            if collection == "guards":
                raise Unavailable("no answer", part="store")
            return self._store.get(collection, key)  # type: ignore[attr-defined]

        def __getattr__(self, name: str) -> object:
            return getattr(self._store, name)

    world = open_world(tmp_path, wrap=Deaf)
    heal_id = asked(world)
    with pytest.raises(Unavailable):
        world.desk.step(heal_id, world.now())
    assert world.heal(heal_id).state is HealState.REQUESTED
    assert world.healer.effects() == {}
    world.close()


def test_a_rule_may_start_only_what_needs_nobody(world: World) -> None:
    heal = world.to_end(asked(world, source="rule", actor="automatic"))
    assert heal.outcome is Outcome.REFUSED
    assert "a person must ask" in heal.words


def test_the_configuration_may_raise_a_risk_but_not_lower_it(tmp_path: Path) -> None:
    for risk, state in ((Risk.HIGH, HealState.APPROVAL), (Risk.AUTO, HealState.CLAIMED)):
        spec = replace(SPEC, risk=risk)
        folder = tmp_path / risk
        folder.mkdir()
        world = open_world(folder, spec=spec)
        heal_id = asked(world)
        world.desk.step(heal_id, world.now())
        assert world.heal(heal_id).state is state
        world.close()


def test_cooldown_breaker_and_attempts_refuse_in_words(tmp_path: Path) -> None:
    spec = HealerSpec("scripted", audience="oncall", breaker_failures=2)
    world = open_world(tmp_path, spec=spec)
    world.healer.script(verify="not_yet")
    assert world.to_end(asked(world)).outcome is Outcome.INEFFECTIVE
    again = world.to_end(asked(world, attempt=2))
    assert again.outcome is Outcome.REFUSED
    assert "again from 12:3" in again.words
    assert world.to_end(asked(world, target="t2", alert="a2")).outcome is Outcome.INEFFECTIVE
    resting = world.to_end(asked(world, target="t3", alert="a3"))
    assert "rests until" in resting.words
    assert "2 heals in a row did not help" in resting.words
    assert list(world.desk.pending(world.now()).resting) == ["scripted"]
    world.clock.advance(timedelta(minutes=30))
    world.healer.script(verify="healed")
    assert world.to_end(asked(world, target="t4", alert="a4")).outcome is Outcome.HEALED
    assert world.desk.pending(world.now()).resting == {}
    fourth = world.to_end(asked(world, attempt=4))
    assert "a person must look" in fourth.words
    world.close()


def test_the_plan_changes_nothing_and_says_what_would_be_refused(world: World) -> None:
    world.healer.script(kinds="probeable,named")
    plan = world.desk.plan(request(), NOON)
    assert (plan.title, plan.steps, plan.risk) == ("Heal now: t1", ("act 0", "act 1"), Risk.CONFIRM)
    assert plan.verified_by == "the script says so"
    assert (plan.refusal, plan.needless) == ("", "")
    assert world.store.find("heals") == []
    assert world.store.find("guards") == []
    world.healer.script(look="needless")
    assert world.desk.plan(request(), NOON).needless == "well already"
    world.healer.script(look="ok")
    world.desk.pause("U9", "", NOON)
    assert "paused by U9" in world.desk.plan(request(), NOON).refusal


def test_a_wish_can_be_part_of_another_commit(world: World) -> None:
    creation = world.desk.creation(request(), NOON)
    assert isinstance(world.store.commit((creation,))[0], Done)
    assert not world.desk.ask(request(), NOON).created
    assert world.desk.due(NOON) == [request().id]


def test_a_healer_that_is_gone_does_not_leave_a_heal_stuck(tmp_path: Path, world: World) -> None:
    heal_id = asked(world)
    other = open_world(tmp_path, healers={"another": world.healer})
    assert other.desk.step(heal_id, NOON)
    assert other.heal(heal_id).outcome is Outcome.FAILED
    other.close()
