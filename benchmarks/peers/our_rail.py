"""Our rail as the bot runs it, without its lanes: ``python -m benchmarks.peers.our_rail SECRET STORE``.

Prints its port. Each press passes the guard and Bolt's dispatch and is durable (SQLite, synchronous=FULL) before the
acknowledgement.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from bot.press import Does, Reply, Routes
from bot.slack.http import Account, Door, Parts
from bot.slack.openings import Openings
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore

from .bare_bolt import serve


def build(secret: str, path: Path) -> web.Application:
    words = Does(lambda _press, _now: Reply())
    clock = SystemClock()
    parts = Parts(Routes({"bench": words}, {}, words), SqliteStore(path, clock=clock), clock, Openings(), lambda: None)
    app = web.Application()
    Door(Account("xoxb-bench", (secret,)), parts).mount(app)
    return app


if __name__ == "__main__":
    asyncio.run(serve(build(sys.argv[1], Path(sys.argv[2]))))
