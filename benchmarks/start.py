"""From start to the first answer of ``GET /healthz``: ``resilience serve`` with its local workspace ÷ a bare slack-bolt
app; and the memory of the demo when it has settled.

``python -m benchmarks.start``. Rounds alternate; each figure is the median. The bare app answers its first request on
any path, ours says 200. Settled: every entry has run once, every card is sent, and two readings 1 s apart agree.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, BOUND, MEMORY = 5, 2.0, 160.0  # ratio; MiB
PATIENCE = 120.0
STEP = 0.005


def free_port() -> int:
    with closing(socket.socket()) as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SLACK_")} | {
        "RESILIENCE_HOME": str(home), "RESILIENCE_CONFIG": str(ROOT / "resilience.yaml"), "PORT": str(port),
        "HOST": "127.0.0.1",
    }  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=ROOT
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _status(port: int) -> int:
    """The HTTP status of ``/healthz``; 0 when nobody answers."""
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
    except OSError:
        return 0


def _answered(port: int, start: float, *, wanted: int = 0) -> float:
    """Seconds from ``start`` to the first answer (of status ``wanted``, if given)."""
    while time.perf_counter() - start < PATIENCE:
        status = _status(port)
        if status and status == (wanted or status):
            return time.perf_counter() - start
        time.sleep(STEP)
    raise SystemExit(f"nothing answers on port {port} after {PATIENCE:g} s")


def _ours(home: Path) -> float:
    port, start = free_port(), time.perf_counter()
    with _running([sys.executable, "-m", "bot", "serve"], home, port):
        return _answered(port, start, wanted=200)


def _bare(home: Path) -> float:
    start = time.perf_counter()
    with _running([sys.executable, "-m", "benchmarks.peers.bare_bolt", "secret"], home, 0) as process:
        assert process.stdout is not None
        return _answered(int(process.stdout.readline()), start)


def _resident(pid: int) -> float:
    """MiB of the process that are in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _settled(home: Path) -> float:
    """Starts the demo anew and reads its memory once it has settled."""
    port = free_port()
    with _running([sys.executable, "-m", "bot", "demo"], home, port) as process:
        assert process.stdout is not None
        told = threading.Event()
        threading.Thread(target=_until_running, args=(process, told), daemon=True).start()
        if not told.wait(PATIENCE):
            raise SystemExit("the demo did not say that it is running")
        last, until = 0.0, time.perf_counter() + PATIENCE
        while time.perf_counter() < until:
            time.sleep(1)
            now = _resident(process.pid)
            if abs(now - last) < 0.1 and _quiet(home):
                return now
            last = now
    raise SystemExit("the demo did not settle")


def _until_running(process: subprocess.Popen[str], told: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if "resilience is running" in line:
            told.set()


def _quiet(home: Path) -> bool:
    """No card waits to be sent, and no heal is under way."""
    with closing(sqlite3.connect(f"file:{home / 'store.sqlite'}?mode=ro", uri=True)) as connection:
        (cards,) = connection.execute("SELECT count(*) FROM d_cards WHERE f_dirty = 1").fetchone()
        (heals,) = connection.execute("SELECT count(*) FROM d_heals WHERE f_open = 1").fetchone()
    return int(cards) == 0 and int(heals) == 0


def main() -> int:
    """Prints the table; 0 when both bounds hold."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        memory = _settled(home)
        took = [(_ours(home), _bare(home)) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(column) for column in zip(*took, strict=True))
    print(
        f"start to the first answer: ours {ours:.2f} s, bare {bare:.2f} s, ratio {ours / bare:.2f} (at most {BOUND:g})"
    )
    print(f"memory of the settled demo: {memory:.0f} MiB (at most {MEMORY:g})")
    return 0 if ours / bare <= BOUND and memory <= MEMORY else 1


if __name__ == "__main__":
    raise SystemExit(main())
