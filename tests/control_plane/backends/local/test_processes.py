"""Several processes on one file, some of them killed: nothing acknowledged is lost, nothing stands half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore

from .claimant import AT

ROOT = Path(__file__).resolve().parents[4]
Claimant = subprocess.Popen[str]


@pytest.fixture
def started() -> Iterator[list[Claimant]]:
    """Processes begun by a test; those that still run are killed at its end."""
    processes: list[Claimant] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait(30)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def begin(started: list[Claimant], deed: str, path: Path, name: str, number: int) -> Claimant:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.control_plane.backends.local.claimant", deed, str(path), name, str(number)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    started.append(process)
    return process


def go(*processes: Claimant) -> None:
    """Lets processes that have finished importing start together."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def acknowledged(process: Claimant, number: int) -> list[str]:
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(number)]
    assert all(lines), f"the process ended with {process.wait(30)}"
    return [line.strip() for line in lines]


def kill(process: Claimant) -> list[str]:
    """SIGKILL; what it had still said before."""
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert process.stdout is not None
    whole = process.stdout.read().rpartition("\n")[0]
    return whole.split("\n") if whole else []


def test_of_four_processes_each_tick_has_one_claimant(tmp_path: Path, started: list[Claimant]) -> None:
    path, ticks = tmp_path / "store.db", 200
    claimants = {name: begin(started, "race", path, name, ticks) for name in ("a", "b", "c", "d")}
    go(*claimants.values())
    won = {name: process.communicate(timeout=90)[0].split() for name, process in claimants.items()}
    assert [process.returncode for process in claimants.values()] == [0, 0, 0, 0]
    assert sorted(int(n) for mine in won.values() for n in mine) == list(range(ticks))
    with closing(SqliteStore(path, clock=SystemClock())) as store:
        said = {f"tick-{int(n):04}": name for name, mine in won.items() for n in mine}
        assert {doc.key: doc.value["by"] for doc in store.find("ticks")} == said
        assert len(store.find("trail")) == ticks
        assert store.tally("decisions", AT, AT + timedelta(seconds=1)) == {"claimed": ticks}


@pytest.mark.crash
def test_a_kill_amid_commits_loses_nothing_acknowledged_and_leaves_nothing_half_done(
    tmp_path: Path, started: list[Claimant]
) -> None:
    path, said = tmp_path / "store.db", []
    for turn in range(6):
        killed = begin(started, "press", path, f"killed{turn}", 20)
        beside = begin(started, "press", path, f"beside{turn}", 3)
        go(killed, beside)
        said += acknowledged(killed, 40 + 37 * turn)
        said += kill(killed)
        said += acknowledged(beside, 30)  # goes on undisturbed, also after the kill
        said += kill(beside)
        look(path, said)


@pytest.mark.crash
def test_a_kill_while_the_file_is_made_leaves_none_or_a_whole_one(tmp_path: Path, started: list[Claimant]) -> None:
    for turn in range(8):
        path = tmp_path / f"home{turn}" / "store.db"
        process = begin(started, "press", path, "early", 1)
        go(process)
        while not path.parent.exists() or len(list(path.parent.iterdir())) < turn % 4:  # a little later each turn
            assert process.poll() is None
        said = kill(process)
        look(path, said)


def look(path: Path, said: list[str]) -> None:
    """Every acknowledged press is there with its event, and counts and heads agree with what is there."""
    with closing(SqliteStore(path, clock=SystemClock())) as store:
        pressed = {doc.key for doc in store.find("presses", limit=100_000)}
        assert set(said) <= pressed
        assert {doc.key for doc in store.find("trail", limit=100_000)} == pressed
        expected = {"pressed": len(pressed)} if pressed else {}
        assert store.tally("decisions", AT, AT + timedelta(seconds=1)) == expected
        assert sum(head.value["seq"] for head in store.find("heads")) == len(pressed)
