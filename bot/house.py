"""The one composition function: every part of the house, wired once, for the demo, the service, a command and tests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from checks import look_by_kind
from control_plane.backends.local.jobs import LocalJobs
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.services import LocalServices
from control_plane.backends.local.store import SqliteStore
from control_plane.backends.local.warehouse import SharedWarehouse
from control_plane.calendar import CalendarBook
from control_plane.ledger import Ledger
from control_plane.outbox import Outbox
from control_plane.runner import Runner, Runs
from control_plane.schedule import Schedule
from healing.approvals import Approvals
from healing.audit import Audit
from healing.bench import Limits
from healing.deeds import healers
from healing.desk import Desk
from healing.export import Exporter
from healing.guard import Caps
from schemas.alerts import Alert
from schemas.heals import HealRequest, Plan
from schemas.pipeline import Pipeline
from schemas.ports import Clock, Hands, Jobs, LiveState, Recheck, Sight, Store, Warehouse
from schemas.reports import Remedy, Report
from schemas.times import day_of

from .access import Access
from .announce import Announcer
from .asking import wish
from .within import abreast, within


@dataclass(frozen=True)
class Backends:
    """The plugs behind the sockets."""

    clock: Clock
    store: Store
    live: LiveState
    warehouse: Warehouse
    jobs: Jobs
    sight: Sight


@dataclass(frozen=True)
class House:
    """All parts. ``identity`` names this process among its siblings; ``nudge`` wakes the lanes."""

    pipeline: Pipeline
    home: Path
    identity: str
    back: Backends
    audit: Audit
    desk: Desk
    ledger: Ledger
    announcer: Announcer
    runner: Runner
    schedule: Schedule
    outbox: Outbox
    exporter: Exporter
    access: Access
    wakes: list[threading.Event] = field(default_factory=list)

    def nudge(self) -> None:
        """There is something to do soon; may be lost."""
        for wake in self.wakes:
            wake.set()

    @property
    def healing_types(self) -> tuple[str, ...]:
        return tuple(sorted({healer.healing_type for healer in self.desk.bench.healers.values()}))

    def audience(self, what: str) -> str:
        """The group that may do it: a healer's own audience, else the pipeline's; nobody's where none is named."""
        if what in self.pipeline.healers:
            return self.pipeline.healers[what].audience
        return self.pipeline.audiences.get(what, "")

    def check_again(self, check: str, subject: str, now: datetime, *, cause: str) -> Report:
        """One check for one subject, now; its report goes its ordinary way."""
        run_id = f"{cause}-{check}-{now:%Y%m%dT%H%M%S%f}"
        report = self.runner.judge(check, now, cause=cause, run_id=run_id, only=subject)
        self.announcer.report(report, now)
        return report

    def plan(self, alert: Alert, remedy: Remedy, actor: str, now: datetime) -> Plan:
        """What a heal would do, in words and figures; changes nothing."""
        return self.desk.plan(wish(alert, remedy, actor, "plan", now), now)

    def approve(self, heal_id: str, by: str, now: datetime, *, yes: bool) -> str:
        """A second person's word on a heal; empty when it counted, else why not."""
        approvals = Approvals(self.desk)
        answer = approvals.approve(heal_id, by, now) if yes else approvals.decline(heal_id, by, now)
        self.nudge()
        return "" if answer.done else answer.words

    def close(self) -> None:
        self.back.warehouse.close()
        self.back.store.close()


def open_backends(pipeline: Pipeline, home: Path, clock: Clock) -> Backends:
    """The embedded default: SQLite, DuckDB, files and processes in one folder."""
    store = SqliteStore(home / "store.sqlite", clock=clock)
    live = SqliteLiveState(home / "live.sqlite", clock=clock)
    warehouse = SharedWarehouse(home, project=pipeline.name)
    jobs = LocalJobs(home, clock)
    sight = Sight(warehouse, live, jobs, LocalServices(home / "services.json"), store)
    return Backends(clock, store, live, warehouse, jobs, sight)


def build(pipeline: Pipeline, home: Path, back: Backends, identity: str) -> House:
    """The whole house over these backends. Nothing is started; lanes and ports are the caller's."""
    wakes: list[threading.Event] = []
    late: list[House] = []

    def nudge() -> None:
        for wake in wakes:
            wake.set()

    def recheck(check: str, subject: str, now: datetime) -> Report:
        return late[0].check_again(check, subject, now, cause="verify")

    audit = Audit(back.store)
    calendar = CalendarBook(pipeline.calendar, back.warehouse)
    desk = _desk(pipeline, back, audit, calendar, recheck, identity)
    ledger = Ledger(back.store, desk.creation)
    looks = {spec.kind: look_by_kind(spec.kind) for spec in pipeline.checks.values()}
    house = House(
        pipeline=pipeline,
        home=home,
        identity=identity,
        back=back,
        audit=audit,
        desk=desk,
        ledger=ledger,
        announcer=Announcer(pipeline, back.store, ledger, nudge),
        runner=Runner(Runs(pipeline, looks, back.sight, calendar.day, within, abreast), back.store, back.clock),
        schedule=Schedule(back.store, pipeline.entries, pipeline.zone, identity, _tick_lease(pipeline)),
        outbox=Outbox(back.store, back.warehouse, pipeline.dataset),
        exporter=Exporter(back.store, back.warehouse, pipeline.dataset),
        access=Access(pipeline.groups),
        wakes=wakes,
    )
    late.append(house)
    return house


def _tick_lease(pipeline: Pipeline) -> timedelta:
    """A tick's owner gives a sign of life between checks only, so the longest check is added."""
    return 2 * pipeline.lease + max((spec.time_limit for spec in pipeline.checks.values()), default=timedelta(0))


def _desk(
    pipeline: Pipeline, back: Backends, audit: Audit, calendar: CalendarBook, recheck: Recheck, identity: str
) -> Desk:
    """The one door of heals, with the calendar's word on what may start."""

    def off_calendar(request: HealRequest, now: datetime) -> str:
        spec = pipeline.checks.get(request.check)
        if spec is None or not spec.skip_modes:
            return ""
        mode = calendar.day(day_of(now, pipeline.zone), now).mode
        return f"the calendar says {mode}: no heal of {request.check} starts" if mode in spec.skip_modes else ""

    limits = Limits(pipeline.healers, Caps(pipeline.fleet, pipeline.targets_per_run), off_calendar)
    hands = Hands(back.live, back.jobs, back.warehouse, recheck)
    return Desk(back.store, audit, hands, healers(pipeline.healers, pipeline.zone), limits, identity)
