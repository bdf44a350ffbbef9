"""Cron entries with a zone. A tick is (entry, newest cron moment ≤ now), claimed by create.

The cursor of an entry is persisted when it is registered, so that the first tick after a start is not lost; missed
runs are coalesced to the newest one and counted. A clock that is set back leaves the cursor ahead: the newest moment is
then run if no tick of it exists, so that nothing stands still and no tick runs twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from schemas.pipeline import EntrySpec
from schemas.ports import Create, Delete, Doc, Done, Replace, Store, Where
from schemas.times import from_text, to_text

TICK_LEASE = timedelta(minutes=2)
LOOK_BACK = timedelta(days=8)  # a bot that was away longer reports only this far
KEEP = timedelta(days=14)  # longer than anyone looks back
SWEPT = 200


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
    """``lease`` is how long the owner of a tick may be silent: longer than any one check may take."""

    def __init__(
        self, store: Store, entries: Mapping[str, EntrySpec], zone: str, owner: str, lease: timedelta = TICK_LEASE
    ) -> None:
        self._store, self._entries, self._zone, self._owner = store, entries, ZoneInfo(zone), owner
        self._lease = lease

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
            cursor = from_text(doc.value["cursor"])
            moments = self._moments(spec, cursor, now) if cursor <= now else self._behind(name, now)
            if moments:
                ticks.append(Tick(name, moments[-1], len(moments) - 1))
        return ticks

    def _behind(self, entry: str, now: datetime) -> list[datetime]:
        """The newest moment not after now, if nobody has run it: the cursor is ahead, for the clock was set back."""
        newest = self.last_before(entry, now)
        if newest is None:
            return []
        doc = self._store.get("ticks", Tick(entry, newest).id)
        return [newest] if doc is None or doc.value["state"] == "running" else []

    def next_at(self, entry: str, now: datetime) -> datetime:
        local = now.astimezone(self._zone)
        return next(CronSim(self._entries[entry].cron, local)).astimezone(now.tzinfo)

    def last_before(self, entry: str, now: datetime) -> datetime | None:
        """The newest cron moment not after now; None if there was none in the last days."""
        for span in (timedelta(hours=1), timedelta(days=1), LOOK_BACK):
            moments = self._moments(self._entries[entry], now - span, now)
            if moments:
                return moments[-1]
        return None

    def claim(self, tick: Tick) -> bool:
        """True when this instance runs the tick: it created it, or its owner has fallen silent in the middle."""
        cursor = self._cursor(tick.entry)
        value = {
            "entry": tick.entry, "at": to_text(tick.at), "state": "running", "owner": self._owner, "beat": 0,
            "cursor": cursor.value["cursor"] if cursor else "",
        }  # fmt: skip
        if isinstance(self._store.commit((Create("ticks", tick.id, value),))[0], Done):
            return True
        doc = self._store.get("ticks", tick.id)
        if doc is None or doc.value["state"] != "running" or doc.age < self._lease:
            return False
        taken = {**doc.value, "owner": self._owner, "beat": int(doc.value["beat"]) + 1, "cursor": value["cursor"]}
        return isinstance(self._store.commit((Replace("ticks", tick.id, taken, doc.version),))[0], Done)

    def keep(self, tick: Tick) -> bool:
        """The owner's sign of life while a long run is under way. False: the tick is no longer ours, or a newer one of
        the entry is done already; whatever was seen for ours is no news any more."""
        return not self._overtaken(tick) and self._write(tick, {})

    def done(self, tick: Tick) -> bool:
        """Marks our tick done and moves the cursor on. False: another instance took it, and nothing was written, or
        a newer one was done meanwhile, and this one is marked overtaken."""
        overtaken = self._overtaken(tick)
        if not self._write(tick, {"state": "overtaken" if overtaken else "done"}) or overtaken:
            return False
        self._move(tick)
        return True

    def skip(self, tick: Tick) -> None:
        """Another instance has this tick: only the cursor moves, once the tick is done."""
        doc = self._store.get("ticks", tick.id)
        if doc is not None and doc.value["state"] == "done":
            self._move(tick)

    def _write(self, tick: Tick, changes: Mapping[str, str]) -> bool:
        doc = self._store.get("ticks", tick.id)
        if doc is None or doc.value["owner"] != self._owner or doc.value["state"] != "running":
            return False
        value = {**doc.value, **changes, "beat": int(doc.value["beat"]) + 1}
        return isinstance(self._store.commit((Replace("ticks", tick.id, value, doc.version),))[0], Done)

    def _cursor(self, entry: str) -> Doc | None:
        return self._store.get("schedule", entry)

    def _overtaken(self, tick: Tick) -> bool:
        """The cursor has gone past the tick since it was claimed."""
        cursor, doc = self._cursor(tick.entry), self._store.get("ticks", tick.id)
        if cursor is None or doc is None or cursor.value["cursor"] == doc.value.get("cursor"):
            return False
        return from_text(cursor.value["cursor"]) > tick.at

    def _move(self, tick: Tick) -> None:
        """Forward only: who comes late must not make others run the way again."""
        doc = self._cursor(tick.entry)
        if doc is not None and from_text(doc.value["cursor"]) < tick.at:
            self._store.commit((Replace("schedule", tick.entry, {"cursor": to_text(tick.at)}, doc.version),))

    def sweep(self, now: datetime) -> bool:
        """Forgets ticks that no cursor can come back to; True when there may be more."""
        docs = self._store.find("ticks", Where("at", "<", to_text(now - KEEP)), order_by="at", limit=SWEPT)
        self._store.commit(*((Delete("ticks", doc.key, doc.version),) for doc in docs))
        return len(docs) == SWEPT

    def _moments(self, spec: EntrySpec, after: datetime, until: datetime) -> list[datetime]:
        moments: list[datetime] = []
        start = max(after, until - LOOK_BACK).astimezone(self._zone)
        for moment in CronSim(spec.cron, start):
            utc = moment.astimezone(after.tzinfo)
            if utc > until:
                break
            moments.append(utc)
        return moments
