"""Acknowledgement latency of the bot's own service with nothing else to do, and beside work: checks over DuckDB, a
computing query, a heal and job processes, all on the same machine.

``python -m benchmarks.acks_beside_work``. Sixteen signed presses are in flight all the time; each figure is the median
over the rounds, with the worst round. Each press is answered late through a Slack of our own that takes its time.
Afterwards every press must be in the store.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from control_plane.backends.clock import SystemClock
from schemas.times import to_text

from .acks import SECRET, Round, all_noted, fire

ROOT = Path(__file__).parents[1]
IN_FLIGHT, PRESSES, ROUNDS = 16, 800, 7
WORK = "checks queries jobs"
BOUND = 50.0  # milliseconds
SLACK_TAKES = 0.02  # seconds


@dataclass
class Measured:
    """Rounds without and beside work, what the work came to, and presses sent and found in the store."""

    idle: list[Round] = field(default_factory=list)
    beside: list[Round] = field(default_factory=list)
    work: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    noted: int = 0


@asynccontextmanager
async def slack() -> AsyncIterator[int]:
    """A Slack that says yes to everything, a little late; its port."""

    async def yes(_request: web.Request) -> web.Response:
        await asyncio.sleep(SLACK_TAKES)
        return web.json_response({"ok": True, "channel": "C0BENCH", "ts": "1700000000.000200", "view": {"id": "V1"}})

    app = web.Application()
    app.router.add_post("/{tail:.*}", yes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def measure(home: Path, work: str = WORK, *, rounds: int = ROUNDS, presses: int = PRESSES) -> Measured:
    """Seeds ``home``, serves it in a process of its own, and presses: first alone, then beside the work."""
    now = to_text(SystemClock().now())
    seed = [sys.executable, str(ROOT / "examples/nba/seed.py"), "--home", str(home), "--now", now]
    await asyncio.to_thread(subprocess.run, seed, check=True, capture_output=True)
    found, triggers = Measured(), list[str]()
    async with slack() as api, _busy_house(home, api) as (process, port):
        assert process.stdin is not None
        answers = f"http://127.0.0.1:{api}/response"

        async def round_of(presses: int) -> Round:
            figures, sent = await fire(port, IN_FLIGHT, presses, answers)
            triggers.extend(sent)
            return figures

        await round_of(presses // 2)  # warm
        found.idle = [await round_of(presses) for _ in range(rounds)]
        process.stdin.write(f"{work}\n".encode())
        await round_of(presses)  # the work begins
        found.beside = [await round_of(presses) for _ in range(rounds)]
        process.terminate()
        said, _ = await asyncio.wait_for(process.communicate(), 20)
    found.work = json.loads(said.splitlines()[-1])
    found.sent, found.noted = len(triggers), await asyncio.to_thread(all_noted, home / "store.sqlite", triggers)
    return found


@asynccontextmanager
async def _busy_house(home: Path, api: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["-m", "benchmarks.peers.busy_house", SECRET, str(home), f"http://127.0.0.1:{api}/api/", str(port)]
    with (home / "busy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout is not None
        if await asyncio.wait_for(process.stdout.readline(), 30) != b"open\n":
            raise SystemExit(f"the house did not open:\n{(home / 'busy.log').read_text()[-2000:]}")
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def main() -> int:
    """Prints the table; 0 when the bound holds beside work and no press is missing."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder) / "home"))
    print("16 in flight        p50        p99   worst p99     /s")
    for name, rounds in (("alone", found.idle), ("beside work", found.beside)):
        p50, p99 = (statistics.median(getattr(one, what) for one in rounds) for what in ("p50", "p99"))
        rate, worst = statistics.median(one.rate for one in rounds), max(one.p99 for one in rounds)
        print(f"{name:<12} {p50:>7.2f} ms {p99:>7.2f} ms  {worst:>7.2f} ms {rate:>6.0f}")
    print(f"beside: {', '.join(f'{n} {what}' for what, n in sorted(found.work.items()))}")
    print(
        f"presses acknowledged: {found.sent}; found in the store: {found.noted}; p99 beside work at most {BOUND:g} ms"
    )
    return 0 if statistics.median(one.p99 for one in found.beside) <= BOUND and found.noted == found.sent else 1


if __name__ == "__main__":
    raise SystemExit(main())
