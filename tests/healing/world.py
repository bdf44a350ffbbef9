"""A small world around the desk: the real stores, and a healer that follows a script written beside them on disk, so
that a second process meets the same world. Effects are counted on disk too."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.store import SqliteStore
from healing.audit import Audit
from healing.bench import Limits, Pace
from healing.desk import Desk
from healing.guard import Caps
from schemas.errors import Denied, Missing, Unavailable
from schemas.heals import (
    Act,
    ActKind,
    ActResult,
    ActState,
    Heal,
    HealRequest,
    Look,
    Risk,
    Verdict,
    VerdictState,
    heal_id,
)
from schemas.pipeline import HealerSpec
from schemas.ports import Execution, Hands, JsonMap, Rows, Store
from schemas.reports import Report, State, SubjectResult

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class FileJobs:
    """Jobs whose executions are files: a name is taken once. ``states.json`` says how each job stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.calls = 0

    def stand(self, job: str, state: str, words: str = "") -> None:
        states = self._states()
        (self.folder / "states.json").write_text(json.dumps({**states, job: [state, words]}))

    def _states(self) -> dict[str, Any]:
        path = self.folder / "states.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def known(self) -> tuple[str, ...]:
        return tuple(sorted(self._states()))

    def find(self, job: str, name: str) -> Execution | None:
        if not (self.folder / f"{job}@{name}").exists():
            return None
        state, words = self._states()[job]
        if state == "unavailable":
            raise Unavailable("no answer", part="jobs")
        return Execution(job, name, state, words, NOON, None if state == "running" else NOON)

    def run(self, job: str, name: str, args: Mapping[str, str]) -> Execution:
        self.calls += 1
        if job not in self._states():
            raise Missing(f"there is no job {job!r}", part="jobs")
        try:
            with (self.folder / f"{job}@{name}").open("x") as file:
                json.dump(dict(args), file)
        except FileExistsError:
            pass
        found = self.find(job, name)
        assert found is not None
        return found

    def started(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if "@" in path.name)


class NoWarehouse:
    def query(
        self, sql: str, params: JsonMap | None = None, *, now: datetime, timeout: timedelta, max_rows: int = 10_000
    ) -> Rows:
        raise Denied("no warehouse here", part="warehouse")

    def estimate(self, sql: str, params: JsonMap | None = None, *, now: datetime) -> int:
        raise Denied("no warehouse here", part="warehouse")


class Judge:
    """A recheck whose state is set by the test."""

    def __init__(self) -> None:
        self.state = State.FAIL
        self.reason = "2 of 5 games"
        self.asked = 0

    def __call__(self, check: str, subject: str, now: datetime) -> Report:
        self.asked += 1
        result = SubjectResult(subject, self.state, self.reason)
        return Report(check, "verify", "verify", now, now, now, (result,))


class Scripted:
    """A healer that does what ``script.json`` says: look, kinds, perform, probe, verify, before, risk."""

    name = "scripted"
    healing_type = "script"
    risk = Risk.CONFIRM
    settle = timedelta(seconds=10)
    deadline = timedelta(minutes=2)
    verified_by = "the script says so"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "effects").mkdir(parents=True, exist_ok=True)

    def script(self, **changes: object) -> None:
        path = self.folder / "script.json"
        now = json.loads(path.read_text()) if path.exists() else {}
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps({**now, **changes}))
        beside.replace(path)

    def says(self, name: str, default: str) -> Any:
        path = self.folder / "script.json"
        return (json.loads(path.read_text()) if path.exists() else {}).get(name, default)

    def effects(self) -> dict[str, int]:
        """How often each act took effect."""
        return {path.name: len(path.read_text()) for path in sorted((self.folder / "effects").iterdir())}

    def look(self, request: HealRequest, hands: Hands, now: datetime) -> Look:
        said = _raised(self.says("look", "ok"))
        return Look(
            {"value": self.says("before", "broken")},
            "broken as ever",
            needless="well already" if said == "needless" else "",
            refusal="not this one" if said == "refusal" else "",
            risk=Risk(self.says("risk", "confirm")),
        )

    def acts(self, request: HealRequest, look: Look) -> tuple[Act, ...]:
        kinds = str(self.says("kinds", "named")).split(",")
        return tuple(Act(f"{request.id}-{n}-{kind}", ActKind(kind), f"act {n}") for n, kind in enumerate(kinds) if kind)

    def steps(self, request: HealRequest, look: Look) -> tuple[str, ...]:
        return tuple(act.words for act in self.acts(request, look))

    def perform(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:
        said = self.says("perform", "done")
        if said.endswith("_after"):
            self.effect(act)
            _raised(said.removesuffix("_after"))
        _raised(said)
        self.effect(act)
        return ActResult(ActState(said), f"ref-{act.name}", f"sent {act.words}")

    def effect(self, act: Act) -> None:
        """A named callee takes a name once; the others do it as often as they are asked."""
        path = self.folder / "effects" / act.name
        if act.kind is ActKind.NAMED and path.exists():
            return
        with path.open("a") as file:
            file.write("x")

    def probe(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:
        said = _raised(self.says("probe", "look"))
        there = (self.folder / "effects" / act.name).exists()
        if said == "look":
            return ActResult(ActState.DONE if there else ActState.ABSENT, f"ref-{act.name}", "found")
        return ActResult(ActState(said), f"ref-{act.name}", f"probed: {said}")

    def verify(self, heal: Heal, hands: Hands, now: datetime) -> Verdict:
        said = _raised(self.says("verify", "healed"))
        return Verdict(VerdictState(said), {"value": said}, f"seen: {said}")


def _raised(said: str) -> str:
    if said == "unavailable":
        raise Unavailable("no answer", part="script")
    if said == "denied":
        raise Denied("not allowed", part="script")
    if said == "bug":
        raise KeyError("oops")
    return said


SPEC = HealerSpec("scripted", audience="oncall")


@dataclass
class World:
    folder: Path
    clock: FixedClock
    store: Store
    live: SqliteLiveState
    jobs: FileJobs
    judge: Judge
    healer: Scripted
    hands: Hands
    audit: Audit
    desk: Desk

    def now(self) -> datetime:
        return self.clock.now()

    def close(self) -> None:
        self.store.close()
        self.live.close()

    def heal(self, heal_id: str) -> Heal:
        heal = self.desk.get(heal_id)
        assert heal is not None
        return heal

    def to_end(self, heal_id: str, *, beat: timedelta = MINUTE, beats: int = 60) -> Heal:
        """Steps until the heal is closed."""
        for _ in range(beats):
            if self.heal(heal_id).outcome is not None:
                return self.heal(heal_id)
            self.clock.advance(beat)
            self.desk.step(heal_id, self.now())
        raise AssertionError(f"not closed: {self.heal(heal_id)}")


def open_world(
    folder: Path,
    start: datetime = NOON,
    *,
    identity: str = "one",
    wrap: Any = None,
    spec: HealerSpec = SPEC,
    caps: Caps | None = None,
    limits: Limits | None = None,
    healers: Mapping[str, Any] | None = None,
    wrap_healer: Any = None,
) -> World:
    clock = FixedClock(start)
    store: Store = SqliteStore(folder / "store.db", clock=clock, durable=False)
    store = wrap(store) if wrap else store
    live = SqliteLiveState(folder / "live.db", clock=clock, durable=False)
    jobs, judge, healer = FileJobs(folder / "jobs"), Judge(), Scripted(folder)
    hands = Hands(live, jobs, NoWarehouse(), judge)
    audit = Audit(store)
    limits = limits or Limits({spec.name: spec}, caps or Caps())
    known = healers or {"scripted": wrap_healer(healer) if wrap_healer else healer}
    desk = Desk(store, audit, hands, known, limits, identity, Pace())
    return World(folder, clock, store, live, jobs, judge, healer, hands, audit, desk)


def request(
    target: str = "t1", *, attempt: int = 1, at: datetime = NOON, actor: str = "U1", alert: str = "a1", **changes: Any
) -> HealRequest:
    asked = HealRequest(
        id=heal_id(alert, 1, "scripted", target, attempt),
        alert_id=alert,
        check="coverage",
        subject="2026-11-22",
        healer="scripted",
        label="Heal now",
        target=target,
        args={},
        actor=actor,
        source="button",
        attempt=attempt,
        reason="2 of 5 games missing",
        requested_at=at,
        channel="#nba-alerts",
        run_id=target,
    )
    return replace(asked, **changes)
