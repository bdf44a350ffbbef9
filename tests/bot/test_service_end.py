"""SIGTERM: the process is gone within ten seconds, whatever hangs in it, and nothing that was noted is lost."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.slack.reading import press_id
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore

from .slack.kit import command, send, signed, stub_slack, wait_for

ROOT = Path(__file__).parents[2]


class Running:
    """The service as a process; ``wait`` waits for a line that it says."""

    def __init__(self, home: Path, api_url: str, how: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = home.with_name("service.log")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bot.hanging_service", str(home), api_url, str(self.port), how],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.log.open("a"),
            text=True,
        )
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(line.strip())

    def wait(self, word: str) -> None:
        try:
            while self._said.get(timeout=30) != word:
                pass
        except queue.Empty:
            raise AssertionError(f"it never said {word}:\n{self.log.read_text()[-3000:]}") from None

    def say(self, text: str, trigger: str) -> None:
        body = command(text, trigger)
        assert send(self.port, body, signed(body)).status == 200

    def end(self) -> float:
        """Seconds from SIGTERM to the end."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return time.monotonic() - begun


@contextmanager
def running(home: Path, api_url: str, how: str) -> Iterator[Running]:
    one = Running(home, api_url, how)
    try:
        one.wait("open")
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def state(home: Path, trigger: str) -> str:
    with closing(SqliteStore(home / "store.sqlite", clock=SystemClock())) as store:
        doc = store.get("presses", press_id(trigger))
        return str(doc.value["state"]) if doc else "absent"


@pytest.mark.parametrize("how", ["silent", "computing", "stuck"])
def test_it_ends_while_a_check_hangs_and_what_was_noted_is_done_by_the_next(tmp_path: Path, how: str) -> None:
    home = tmp_path / "home"
    with stub_slack() as slack:
        with running(home, slack.api, how) as first:
            first.say("run phase2_raw", "t-hangs")
            first.wait("hangs")
            first.say("help", "t-behind")
            assert first.end() < 10
        assert state(home, "t-behind") == "noted"
        assert state(home, "t-hangs") in ("working", "done")  # done: the query was cut, and the press answered so
        with running(home, slack.api, "fine") as second:
            wait_for(lambda: state(home, "t-behind") == "done", 20)
            assert second.end() < 10
    assert "Traceback" not in first.log.read_text()
    assert first.process.returncode == (1 if how == "stuck" else 0)


def test_an_open_connection_does_not_hold_it_up(tmp_path: Path) -> None:
    with stub_slack() as slack, running(tmp_path / "home", slack.api, "fine") as one:
        with (
            socket.create_connection(("127.0.0.1", one.port)) as idle,
            socket.create_connection(("127.0.0.1", one.port)) as half,
        ):
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
            half.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            assert one.end() < 10
        assert one.process.returncode == 0 and "Traceback" not in one.log.read_text()
