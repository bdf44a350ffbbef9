"""Acknowledgement latency of signed presses: ours (guard, Bolt's dispatch, durably noted) ÷ a bare slack-bolt app.

``python -m benchmarks.acks``. Servers are pinned to one core and the load to another where ``taskset`` exists. Short
rounds alternate between the two; each figure is the median over the rounds, and the ratio is the median of the ratios
of neighbouring rounds, with its lowest and highest quarter, so that other work on the machine meets both alike.
Afterwards every press must be in our store.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from bot.slack.reading import press_id
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ROUNDS = 11
LOADS = ((1, 200), (16, 960), (64, 1280), (500, 2000))  # connections, presses a round
BOUND = 1.5
BOUND_AT = (16, 500)
NOWHERE = "https://hooks.slack.com/actions/T0BENCH/1/abc"  # the peers send no answers
_serial = count()


@dataclass(frozen=True)
class Round:
    """One round's figures in milliseconds, and presses a second."""

    p50: float
    p99: float
    rate: float


def request(trigger: str, answers: str) -> bytes:
    """One whole signed HTTP request of a button press, to be answered at the URL ``answers``."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ONCALL", "username": "oncall", "name": "oncall", "team_id": "T0BENCH"},
        "api_app_id": "A0BENCH",
        "team": {"id": "T0BENCH", "domain": "bench"},
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": "C0BENCH"},
        "trigger_id": trigger,
        "channel": {"id": "C0BENCH", "name": "canary-alerts"},
        "message": {"type": "message", "ts": "1700000000.000100", "text": "Canary failed", "blocks": []},
        "response_url": answers,
        "actions": [{"type": "button", "action_id": "bench:1", "block_id": "b1", "value": "a1", "action_ts": "1.1"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _connection(port: int, requests: Iterator[bytes], took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for asked in requests:
        start = time.perf_counter()
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        took.append(time.perf_counter() - start)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not acknowledged: {head.splitlines()[0].decode()}")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()


async def fire(port: int, connections: int, presses: int, answers: str = NOWHERE) -> tuple[Round, list[str]]:
    """A round of presses, as many at a time as there are connections; its figures, and the triggers."""
    triggers = [f"{next(_serial)}.bench" for _ in range(presses)]
    requests, took = iter([request(one, answers) for one in triggers]), list[float]()
    start = time.perf_counter()
    await asyncio.gather(*(_connection(port, requests, took) for _ in range(connections)))
    seconds, ordered = time.perf_counter() - start, sorted(took)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return Round(p50 * 1000, p99 * 1000, presses / seconds), triggers


@contextmanager
def _server(module: str, *args: str) -> Iterator[int]:
    command = [sys.executable, "-m", f"benchmarks.peers.{module}", SECRET, *args]
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        command = ["taskset", "-c", "0", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


def all_noted(path: Path, triggers: list[str]) -> int:
    """How many of these presses the store has; opened anew, so from the file."""
    store = SqliteStore(path, clock=SystemClock())
    noted = {doc.key for doc in store.find("presses", limit=10_000_000)}
    store.close()
    return len(noted & {press_id(trigger) for trigger in triggers})


def main() -> int:
    """Prints the table; 0 when the bound holds at 16 and 500 connections and no press is missing."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    good = True
    with tempfile.TemporaryDirectory() as folder:
        path, sent = Path(folder) / "store.db", list[str]()
        with _server("bare_bolt") as bare, _server("our_rail", str(path)) as ours:
            asyncio.run(fire(bare, 4, 200))  # both are warm now
            sent += asyncio.run(fire(ours, 4, 200))[1]
            print(" connections  bare p50        p99     /s  ours p50        p99     /s  ratio of p99 (quarters)")
            for connections, presses in LOADS:
                theirs, mine = [], []
                for _ in range(ROUNDS):
                    theirs.append(asyncio.run(fire(bare, connections, presses))[0])
                    figures, triggers = asyncio.run(fire(ours, connections, presses))
                    mine.append(figures)
                    sent += triggers
                good &= _row(connections, theirs, mine)
        noted = all_noted(path, sent)
    print(f"presses acknowledged by ours: {len(sent)}; found in its store: {noted}")
    return 0 if good and noted == len(sent) else 1


def _median(rounds: list[Round]) -> Round:
    return Round(
        statistics.median(one.p50 for one in rounds),
        statistics.median(one.p99 for one in rounds),
        statistics.median(one.rate for one in rounds),
    )


def _row(connections: int, theirs: list[Round], mine: list[Round]) -> bool:
    bare, ours = _median(theirs), _median(mine)
    low, ratio, high = statistics.quantiles(our.p99 / their.p99 for our, their in zip(mine, theirs, strict=True))
    bound = f"  (at most {BOUND:g})" if connections in BOUND_AT else ""
    print(
        f"{connections:>12}  {bare.p50:>6.2f} ms {bare.p99:>6.2f} ms {bare.rate:>6.0f}"
        f"  {ours.p50:>6.2f} ms {ours.p99:>6.2f} ms {ours.rate:>6.0f}  {ratio:.2f} ({low:.2f} to {high:.2f}){bound}",
        flush=True,
    )
    return not bound or ratio <= BOUND


if __name__ == "__main__":
    raise SystemExit(main())
