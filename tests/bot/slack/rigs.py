"""The whole rail, from the door to the press desk, on a real store."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.lanes import Lane
from bot.press import Does, Opens, Press, Refused, Reply, Routes, Submits
from bot.presses import PressDesk
from bot.slack.http import Account, Door, Parts
from bot.slack.messenger import SlackMessenger
from bot.slack.openings import Openings
from bot.slack.voice import Voice
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore
from healing.audit import Audit
from schemas.errors import Unavailable, UsageError
from schemas.ports import Batch, Doc, Done, Lost

from .kit import SECRET, TOKEN, StubSlack, served, stub_slack

MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "force",
    "title": {"type": "plain_text", "text": "Force"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "One moment"}}],
}


class MoodyStore(SqliteStore):
    """A real store whose commits of presses can be held up or made to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, clock=SystemClock(), durable=False)
        self.go = threading.Event()
        self.go.set()
        self.fail: Exception | None = None

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        if threading.current_thread().name == "noter":
            self.go.wait(10)
            if self.fail is not None:
                raise self.fail
        return super().commit(*batches)


@dataclass
class Rig:
    port: int
    store: MoodyStore
    slack: StubSlack
    door: Door
    desk: PressDesk
    audit: Audit
    ran: list[Press] = field(default_factory=list)

    def presses(self) -> list[Doc]:
        return self.store.find("presses")

    def outcomes(self) -> list[str]:
        return [str(doc.value.get("outcome", "")) for doc in self.presses()]


def routes(ran: list[Press]) -> Routes:
    def run(press: Press, _now: object) -> Reply:
        ran.append(press)
        if press.text == "crash":
            raise RuntimeError("a secret detail")
        if press.text == "misspelt":
            raise UsageError("there is no word misspelt; say help")
        if press.text == "forbidden":
            raise Refused("only oncall may do that")
        if press.text == "down":
            raise Unavailable("no answer", part="warehouse")
        if press.text == "share":
            return Reply("for all", share=True)
        return Reply(f"did {press.name}", alert_id="a1", heal_id="h1")

    def fill(press: Press, _now: object) -> Reply:
        ran.append(press)
        return Reply(view={**MODAL, "private_metadata": press.value})

    def light(press: Press) -> dict[str, Any]:
        return {**MODAL, "private_metadata": press.value}

    def check(press: Press) -> dict[str, str]:
        if press.values.get("reason") == "explode":
            raise RuntimeError("a secret detail")
        return {} if press.values.get("reason") else {"reason": "Say why"}

    return Routes(
        actions={"heal": Does(run), "force": Opens(light, fill)},
        views={"force": Submits(check, run)},
        words=Does(run),
    )


@contextmanager
def rig(secrets: Sequence[str] = (SECRET,), lane: bool = True) -> Iterator[Rig]:
    ran: list[Press] = []
    table, openings, wake = routes(ran), Openings(), threading.Event()
    with tempfile.TemporaryDirectory() as folder, stub_slack() as slack:
        store = MoodyStore(Path(folder) / "store.db")
        audit = Audit(store)
        voice = Voice(SlackMessenger(TOKEN, slack.api), openings)
        desk = PressDesk(store, audit, table, voice, "me")
        door = Door(Account(TOKEN, secrets, slack.api), Parts(table, store, SystemClock(), openings, wake.set))
        turning = Lane("presses", lambda: desk.step(SystemClock().now()), wake, timedelta(seconds=30))
        if lane:
            turning.start()
        with served(door.mount) as port:
            yield Rig(port, store, slack, door, desk, audit, ran)
            store.go.set()
        assert turning.stop()
        store.close()
