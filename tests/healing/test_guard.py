"""The guard against a model that knows only the rules: reference pipeline, section 6."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from healing.guard import Admitted, Caps, FleetBook, HealerBook, Refused, admit, release
from schemas.codec import dump, load
from schemas.heals import Outcome
from schemas.pipeline import HealerSpec

from .world import NOON, request

SPEC = HealerSpec("scripted", audience="oncall", hourly=6, daily=9, breaker_failures=3)
CAPS = Caps(fleet=3, targets_per_run=2)
HOUR = timedelta(hours=1)


@dataclass
class Past:
    """One claim as the model remembers it."""

    at: datetime
    heal: str
    target: str
    alert: str
    run: str
    outcome: Outcome | None = None


@dataclass
class Model:
    past: list[Past] = field(default_factory=list)
    failures: int = 0
    opened: datetime | None = None
    probe: str = ""

    def expected(self, asked: Past, attempt: int, now: datetime) -> str:
        costly = [one for one in self.past if one.outcome not in (Outcome.NEEDLESS, Outcome.REFUSED)]
        mine = [one for one in costly if one.target == asked.target]
        tried = [one for one in mine if one.alert == asked.alert and one.at > now - 24 * HOUR]
        if attempt > SPEC.attempts or len(tried) >= SPEC.attempts:
            return "attempts"
        if any(now - one.at < SPEC.cooldown for one in mine):
            return "cooldown"
        if self.opened and (now < self.opened + SPEC.breaker_rest or self.probe):
            return "breaker"
        if sum(one.at > now - HOUR for one in costly) >= SPEC.hourly:
            return "hour"
        if sum(one.at > now - 24 * HOUR for one in costly) >= SPEC.daily:
            return "day"
        if sum(one.run == asked.run and one.at > now - timedelta(minutes=15) for one in self.past) >= 2:
            return "run"
        return "fleet" if sum(one.outcome is None for one in self.past) >= CAPS.fleet else ""


WORDS = {
    "attempts": "times for this alert already",
    "cooldown": "again from",
    "breaker": ("rests until", "is being tried once"),
    "hour": "in one hour",
    "day": "in one day",
    "run": "targets of one run",
    "fleet": "heals are running",
}


class GuardMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now, self.book, self.fleet, self.model, self.serial = NOON, HealerBook(), FleetBook(), Model(), 0

    @rule(minutes=st.sampled_from([0, 1, 5, 14, 15, 16, 29, 30, 31, 60, 600, 1440]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(place=st.integers(0, 6), alert=st.integers(0, 1), run=st.integers(0, 2), attempt=st.integers(1, 4))
    def claim(self, place: int, alert: int, run: int, attempt: int) -> None:
        self.serial += 1
        past = Past(self.now, f"h{self.serial}", f"t{place}", f"a{alert}", f"r{run}")
        asked = request(past.target, alert=past.alert, attempt=attempt, id=past.heal, run_id=past.run)
        answer = admit(SPEC, self.book, self.fleet, asked, CAPS, self.now)
        expected = self.model.expected(past, attempt, self.now)
        if not expected:
            assert isinstance(answer, Admitted), answer
            self.book, self.fleet = load(HealerBook, dump(answer.book)), load(FleetBook, dump(answer.fleet))
            self.model.past.append(past)
            if self.model.opened:
                self.model.probe = past.heal
            return
        assert isinstance(answer, Refused), expected
        known = WORDS[expected]
        assert any(words in answer.words for words in ((known,) if isinstance(known, str) else known)), expected
        assert (answer.wait_until is not None) == (expected in ("run", "fleet"))
        assert answer.wait_until is None or answer.wait_until > self.now

    @precondition(lambda self: self.fleet.running)
    @rule(outcome=st.sampled_from(list(Outcome)), which=st.integers(0, 10))
    def close(self, outcome: Outcome, which: int) -> None:
        heal = self.fleet.running[which % len(self.fleet.running)]
        self.book, self.fleet = release(SPEC, self.book, self.fleet, heal, outcome, self.now)
        model = self.model
        next(one for one in model.past if one.heal == heal).outcome = outcome
        probed, model.probe = model.probe == heal, "" if model.probe == heal else model.probe
        if outcome is Outcome.HEALED:
            model.failures, model.opened, model.probe = 0, None, ""
        elif outcome in (Outcome.INEFFECTIVE, Outcome.FAILED, Outcome.ABANDONED):
            model.failures += 1
            if probed or (model.opened is None and model.failures >= SPEC.breaker_failures):
                model.opened = self.now

    @invariant()
    def limits_hold(self) -> None:
        assert len(self.fleet.running) <= CAPS.fleet
        assert set(self.fleet.running) == {one.heal for one in self.model.past if one.outcome is None}
        assert len(self.book.claims) <= SPEC.daily


TestGuard = GuardMachine.TestCase
TestGuard.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_pause_goes_before_everything() -> None:
    fleet = FleetBook(paused_by="U9", paused_why="moving", paused_at=NOON)
    answer = admit(SPEC, HealerBook(), fleet, request(), CAPS, NOON)
    assert answer == Refused("healing was paused by U9 at 2026-11-23 12:00 UTC: moving")
