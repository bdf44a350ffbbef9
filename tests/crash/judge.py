"""What must hold in a data folder and its workspace after bots have been killed, stopped and started at will."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore
from control_plane.backends.local.warehouse import SharedWarehouse
from healing.audit import Audit
from schemas.ports import Where
from schemas.trail import TrailKind

from .town import Town

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PROJECT, RUNS = "nba-props-platform", "nba_orchestration.check_runs"


@dataclass
class Estate:
    """A data folder, looked at from outside through a store of our own."""

    home: Path
    town: Town

    def store(self) -> closing[SqliteStore]:
        return closing(SqliteStore(self.home / "store.sqlite", clock=SystemClock(), durable=False))

    def find(self, collection: str, *where: Where, limit: int = 10_000) -> list[dict[str, Any]]:
        with self.store() as store:
            return [dict(doc.value) for doc in store.find(collection, *where, limit=limit)]

    def get(self, collection: str, key: str) -> dict[str, Any] | None:
        with self.store() as store:
            doc = store.get(collection, key)
            return None if doc is None else dict(doc.value)

    def settled(self) -> bool:
        """Every press is done, every heal closed and told, every card sent."""
        waits = (
            *self.find("presses", Where("state", "in", ["noted", "working"])),
            *self.find("heals", Where("open", "==", 1)),
            *self.find("heals", Where("untold", "==", 1)),
            *self.find("cards", Where("dirty", "==", 1)),
        )
        return not waits

    def executions(self) -> Counter[str]:
        """Executions by job."""
        folder = self.home / "executions"
        return Counter(one.parent.name for one in folder.glob("*/*")) if folder.exists() else Counter()

    def posts(self) -> list[dict[str, Any]]:
        """Top-level messages of the bot, in all channels."""
        names = [one.name for one in self.town.workspace.core.state.channels.values() if not one.owner]
        found = [one for name in names for one in self.town.messages(name)]
        return [one for one in found if one.get("thread_ts", one["ts"]) == one["ts"] and one.get("bot_id")]

    def looks(self, *, warehouse: bool = False) -> Counter[tuple[str, str]]:
        """How often each (tick, check) was looked at and kept. With ``warehouse`` no bot may be running."""
        rows = [row for doc in self.find("outbox", Where("table", "==", "check_runs")) for row in doc["rows"]]
        if warehouse:
            sql = f"SELECT run_id, `check`, cause, started_at FROM {RUNS} WHERE started_at > TIMESTAMP '2020-01-01'"
            with closing(SharedWarehouse(self.home, project=PROJECT, serve=False)) as held:
                rows += held.query(
                    sql, now=SystemClock().now(), timeout=timedelta(seconds=20), max_rows=100_000
                ).dicts()
        seen = {(row["run_id"], row["check"], str(row["started_at"])[:19]) for row in rows if row["cause"] == "tick"}
        return Counter((run, check) for run, check, _ in seen)

    # --- invariants -------------------------------------------------------------------------------------------

    def no_act_twice(self) -> None:
        """Each execution is one act of one heal, begun once; no batch is consolidated twice, none healed twice."""
        heals = self.find("heals")
        acts = [act["name"] for heal in heals for act in heal["acts"]]
        assert len(acts) == len(set(acts)), acts
        consolidated = []
        for folder in (self.home / "executions").glob("*/*"):
            assert folder.name in acts, folder
            starts = [json.loads(one.read_text("utf-8")) for one in folder.glob("start-*")]
            assert sum(not one.get("void") for one in starts) <= 1, (folder, starts)
            if folder.parent.name == "nba-prediction-consolidate":
                consolidated.append(json.loads((folder / "request.json").read_text("utf-8"))["env"]["BATCH_ID"])
        assert len(consolidated) == len(set(consolidated)), consolidated
        healed = Counter((heal["alert_id"], heal["healer"]) for heal in heals if heal["outcome"] == "healed")
        assert all(times == 1 for times in healed.values()), healed

    def trail_holds(self) -> None:
        with self.store() as store:
            audit = Audit(store)
            assert audit.verify() == []
            until = SystemClock().now() + timedelta(days=1)
            events = [one.record_id for one in audit.events(EPOCH, until, TrailKind.HEAL, limit=10_000)]
        assert len(events) == len(set(events))
        assert set(events) == {heal["id"] for heal in self.find("heals") if not heal["open"]}

    def no_press_lost(self) -> None:
        """Each acknowledged word was done, once, and stands in the trail."""
        with self.store() as store:
            until = SystemClock().now() + timedelta(days=1)
            words = [one.words for one in Audit(store).events(EPOCH, until, TrailKind.PRESS, limit=10_000)]
        done = Counter(text for said in words for text in self.town.acknowledged if f"/resilience {text}:" in said)
        assert all(done[text] == 1 for text in self.town.acknowledged), (self.town.acknowledged, done)

    def one_card_a_trouble(self, doubts: int) -> None:
        """Every alert has its card in Slack; a message too many has a twin that says "repeated"."""
        cards, posts = self.find("cards"), self.posts()
        stamps = {card["ts"] for card in cards}
        assert all(card["dirty"] == 0 and card["ts"] for card in cards), cards
        assert stamps <= {one["ts"] for one in posts} and len(stamps) == len(cards)
        orphans = [one for one in posts if one["ts"] not in stamps]
        repeated = sum(card["repeated"] for card in cards)
        assert len(orphans) <= doubts and bool(orphans) <= bool(repeated), [one["text"] for one in orphans]
        spoken = {alert["id"] for alert in self.find("alerts") if alert["said_at"]}
        assert {card["alert_id"] for card in cards} == spoken
