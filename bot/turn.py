"""One pass of the wheel: run what is due, decide what it means, heal what may be healed, tell it, write it down.

Each method takes one small durable step and says whether there was anything to do; the lanes turn them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from control_plane.delivery import Delivery
from healing.patterns import judge
from schemas.errors import BackendError
from schemas.ports import Where
from schemas.reports import Report

from .announce import PATTERNS
from .house import House
from .presses import PressDesk

JUDGE_EVERY = timedelta(minutes=1)


class Turn:
    def __init__(self, house: House, presses: PressDesk, delivery: Delivery) -> None:
        self._house, self._presses, self._delivery = house, presses, delivery
        self._judged_at: datetime | None = None

    def _now(self) -> datetime:
        return self._house.back.clock.now()

    def ticks(self) -> bool:
        """Runs each entry whose moment has come and that no other instance has taken."""
        house, did = self._house, False
        for tick in house.schedule.due(self._now()):
            if not house.schedule.claim(tick):
                house.schedule.skip(tick)
                continue
            held = partial(house.schedule.keep, tick)
            for report in house.runner.run(tick.entry, self._now(), cause="tick", run_id=tick.id, held=held):
                house.announcer.report(report, self._now(), held=held)
            house.schedule.done(tick)
            did = True
        return did

    def presses(self) -> bool:
        """Does what people have pressed and typed."""
        return self._presses.step(self._now())

    def passing(self) -> bool:
        """Decides the alerts whose answer may have changed by time alone, and judges how often we heal."""
        now = self._now()
        did = self._house.announcer.due(now)
        if self._judged_at is None or abs(now - self._judged_at) >= JUDGE_EVERY:
            self._patterns(now)
        return did

    def heals(self) -> bool:
        """Tells each heal's alert how far it is, and moves each due heal one step."""
        house, now = self._house, self._now()
        moved = self._tell(now)
        for heal_id in house.desk.due(now, limit=20):
            moved = house.desk.step(heal_id, now) or moved
            self._tell(now)
        return moved

    def cards(self) -> bool:
        """Brings one card in Slack to what is wanted."""
        return self._delivery.step(self._now())

    def books(self) -> bool:
        """Ships the trail and the rows of runs, metrics and decisions to the warehouse; forgets old presses, ticks."""
        swept = any([self._presses.sweep(self._now()), self._house.schedule.sweep(self._now())])
        shipped = self._house.exporter.step(self._now()) > 0
        return self._house.outbox.step() or shipped or swept

    def _tell(self, now: datetime) -> bool:
        docs = self._house.back.store.find("heals", Where("untold", "==", 1), limit=50)
        for doc in docs:
            self._house.announcer.tell(doc, now)
            if not doc.value["open"]:
                self._patterns(now)
        return bool(docs)

    def _patterns(self, now: datetime) -> None:
        """Both windows are judged at every event (reference pipeline, section 6), and again as they pass."""
        house = self._house
        self._judged_at = now
        try:
            results = judge(house.back.store, house.pipeline.patterns, house.healing_types, now)
        except BackendError:
            self._judged_at = None  # looked at again at the next turn
            return
        if results:
            run_id = f"patterns-{now:%Y%m%dT%H%M%S%f}"
            house.announcer.report(Report(PATTERNS, run_id, "tick", now, now, now, tuple(results)), now, own=True)
