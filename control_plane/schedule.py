"""Cron entries with a zone. A tick is (entry, newest cron moment ≤ now), claimed by create.

The cursor of an entry is persisted when it is registered, so that the first tick after a start is not lost; missed
runs are coalesced to the newest one and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from schemas.pipeline import EntrySpec
from schemas.ports import Create, Doc, Done, Put, Replace, Store
from schemas.times import from_text, to_text

TICK_LEASE = timedelta(minutes=2)
LOOK_BACK = timedelta(days=8)  # a bot that was away longer reports only this far


@dataclass(frozen=True)
class Tick:
    """One due moment of one entry; ``missed`` counts the earlier moments that it stands for."""

    entry: str
    at: datetime
    missed: int = 0

    @property
    def id(self) -> str:
        return f"{self.entry}@{to_text(self.at)}"


class Schedule:
    def __init__(self, store: Store, entries: Mapping[str, EntrySpec], zone: str, owner: str) -> None:
        self._store, self._entries, self._zone, self._owner = store, entries, ZoneInfo(zone), owner

    def register(self, now: datetime) -> None:
        """Gives every new entry its cursor, once."""
        for name in self._entries:
            self._store.commit((Create("schedule", name, {"cursor": to_text(now)}),))

    def due(self, now: datetime) -> list[Tick]:
        """Each entry's newest moment after its cursor and not after now, with the count of those it skips."""
        ticks = []
        for name, spec in self._entries.items():
            doc = self._store.get("schedule", name)
            if doc is None:
                continue
            moments = self._moments(spec, from_text(doc.value["cursor"]), now)
            if moments:
                ticks.append(Tick(name, moments[-1], len(moments) - 1))
        return ticks

    def next_at(self, entry: str, now: datetime) -> datetime:
        local = now.astimezone(self._zone)
        return next(CronSim(self._entries[entry].cron, local)).astimezone(now.tzinfo)

    def last_before(self, entry: str, now: datetime) -> datetime | None:
        """The newest cron moment not after now; None if there was none in the last days."""
        moments = self._moments(self._entries[entry], now - LOOK_BACK, now)
        return moments[-1] if moments else None

    def claim(self, tick: Tick) -> bool:
        """True when this instance runs the tick: it created it, or its owner has fallen silent in the middle."""
        value = {"entry": tick.entry, "at": to_text(tick.at), "state": "running", "owner": self._owner, "beat": 0}
        if isinstance(self._store.commit((Create("ticks", tick.id, value),))[0], Done):
            return True
        doc = self._store.get("ticks", tick.id)
        if doc is None or doc.value["state"] == "done" or doc.age < TICK_LEASE:
            return False
        taken = {**doc.value, "owner": self._owner, "beat": int(doc.value["beat"]) + 1}
        return isinstance(self._store.commit((Replace("ticks", tick.id, taken, doc.version),))[0], Done)

    def keep(self, tick: Tick) -> None:
        """The owner's sign of life while a long run is under way."""
        doc = self._store.get("ticks", tick.id)
        if doc is not None and doc.value["owner"] == self._owner:
            beat = {**doc.value, "beat": int(doc.value["beat"]) + 1}
            self._store.commit((Replace("ticks", tick.id, beat, doc.version),))

    def done(self, tick: Tick) -> None:
        """Marks the tick done and moves the cursor on; moving it twice is no harm."""
        value = {"entry": tick.entry, "at": to_text(tick.at), "state": "done", "owner": self._owner, "beat": 0}
        self._store.commit((Put("ticks", tick.id, value),))
        doc = self._store.get("schedule", tick.entry)
        if doc is not None and from_text(doc.value["cursor"]) < tick.at:
            self._move(tick, doc)

    def skip(self, tick: Tick) -> None:
        """Another instance has this tick: only the cursor moves, once the tick is done."""
        doc = self._store.get("ticks", tick.id)
        cursor = self._store.get("schedule", tick.entry)
        if doc is not None and doc.value["state"] == "done" and cursor is not None:
            self._move(tick, cursor)

    def _move(self, tick: Tick, doc: Doc) -> None:
        self._store.commit((Replace("schedule", tick.entry, {"cursor": to_text(tick.at)}, doc.version),))

    def _moments(self, spec: EntrySpec, after: datetime, until: datetime) -> list[datetime]:
        moments: list[datetime] = []
        start = max(after, until - LOOK_BACK).astimezone(self._zone)
        for moment in CronSim(spec.cron, start):
            utc = moment.astimezone(after.tzinfo)
            if utc > until:
                break
            moments.append(utc)
        return moments
