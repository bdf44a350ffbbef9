"""What every plug of the Jobs port promises. A further plug adds a `Yard` of its own to ``YARDS``."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.jobs import LocalJobs
from schemas.errors import Denied, Missing
from schemas.ports import Execution, Jobs

GATE = """
import os, pathlib, sys, threading
gate = pathlib.Path(os.environ["GATE"])
with open(gate.parent / "beginnings", "a") as file:
    file.write(os.environ["EXECUTION_NAME"] + "\\n")
while not gate.exists():
    threading.Event().wait(0.01)
print("working")
print(f"wrote {os.environ.get('ROWS', 'no')} rows")
sys.exit(int(os.environ.get("CODE", "0")))
"""


class Yard(Protocol):
    """A plug with the jobs ``gated`` (ends when `let_go` is called, with exit code CODE) and ``hasty`` (a time limit
    of one second, which ``gated`` does not have)."""

    def jobs(self) -> Jobs:
        """The plug; each call may give another client of the same platform."""

    def let_go(self) -> None: ...

    def beginnings(self) -> int:
        """How often a ``gated`` or ``hasty`` command began."""

    def settle(self) -> None:
        """Waits until no start is on its way any more."""


@dataclass
class LocalYard:
    home: Path
    clients: list[LocalJobs] = field(default_factory=list)

    def __post_init__(self) -> None:
        gated = {"command": [sys.executable, "-c", GATE], "env": {"GATE": str(self.home / "gate")}, "timeout": "2m"}
        (self.home / "jobs.json").write_text(json.dumps({"gated": gated, "hasty": {**gated, "timeout": "1s"}}))

    def jobs(self) -> Jobs:
        self.clients.append(LocalJobs(self.home, SystemClock()))
        return self.clients[-1]

    def settle(self) -> None:
        wrappers = [wrapper for client in self.clients for wrapper in client._wrappers]
        until(lambda: all(wrapper.poll() is not None for wrapper in wrappers))

    def let_go(self) -> None:
        (self.home / "gate").touch()

    def beginnings(self) -> int:
        file = self.home / "beginnings"
        return len(file.read_text().splitlines()) if file.exists() else 0


YARDS: dict[str, Callable[[Path], Yard]] = {"local": LocalYard}


@pytest.fixture(params=sorted(YARDS))
def yard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Yard]:
    one = YARDS[request.param](tmp_path)
    yield one
    one.let_go()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    tick = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        tick.wait(0.02)
    raise AssertionError("it did not come to pass")


def ended(jobs: Jobs, job: str, name: str) -> Execution:
    def over() -> bool:
        found = jobs.find(job, name)
        return found is not None and found.state != "running"

    until(over)
    found = jobs.find(job, name)
    assert found is not None
    return found


def test_known_are_the_declared_jobs_by_name(yard: Yard) -> None:
    assert yard.jobs().known() == ("gated", "hasty")


def test_a_job_that_was_not_started_is_certainly_none(yard: Yard) -> None:
    assert yard.jobs().find("gated", "never") is None


def test_run_does_not_wait_and_find_follows_it_to_its_end(yard: Yard) -> None:
    jobs = yard.jobs()
    first = jobs.run("gated", "one", {"ROWS": "66"})
    assert (first.job, first.name, first.state, first.finished_at) == ("gated", "one", "running", None)
    until(lambda: yard.beginnings() == 1)
    running = jobs.find("gated", "one")
    assert running is not None and running.state == "running"
    yard.let_go()
    done = ended(jobs, "gated", "one")
    assert (done.state, done.words) == ("succeeded", "wrote 66 rows")
    assert done.finished_at is not None and done.finished_at >= done.started_at


def test_a_job_that_fails_says_its_code_and_its_last_words(yard: Yard) -> None:
    yard.let_go()
    yard.jobs().run("gated", "bad", {"CODE": "3"})
    done = ended(yard.jobs(), "gated", "bad")
    assert done.state == "failed"
    assert "3" in done.words and "wrote no rows" in done.words


def test_a_second_run_under_the_same_name_starts_nothing_and_gives_the_first(yard: Yard) -> None:
    first = yard.jobs().run("gated", "one", {"ROWS": "1"})
    until(lambda: yard.beginnings() == 1)
    again = yard.jobs().run("gated", "one", {"ROWS": "2"})
    assert again.state == "running" and again.started_at >= first.started_at
    yard.let_go()
    assert ended(yard.jobs(), "gated", "one").words == "wrote 1 rows"
    late = yard.jobs().run("gated", "one", {"ROWS": "3"})
    assert (late.state, late.words) == ("succeeded", "wrote 1 rows")
    yard.settle()
    assert yard.beginnings() == 1


def test_other_names_are_other_executions(yard: Yard) -> None:
    yard.let_go()
    for name in ("one", "two"):
        yard.jobs().run("gated", name, {"ROWS": name})
    assert {ended(yard.jobs(), "gated", name).words for name in ("one", "two")} == {"wrote one rows", "wrote two rows"}
    assert yard.beginnings() == 2


def test_racing_runs_of_one_name_begin_once(yard: Yard) -> None:
    barrier = threading.Barrier(6)

    def race(_: int) -> Execution:
        jobs = yard.jobs()
        barrier.wait(20)
        return jobs.run("gated", "race", {})

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(race, range(6)))
    assert {one.state for one in found} == {"running"}
    yard.let_go()
    assert ended(yard.jobs(), "gated", "race").state == "succeeded"
    yard.settle()
    assert yard.beginnings() == 1


def test_a_job_over_its_time_limit_fails_and_says_so(yard: Yard) -> None:
    yard.jobs().run("hasty", "slow", {})
    done = ended(yard.jobs(), "hasty", "slow")
    assert (done.state, done.words) == ("failed", "timed out after 1 s")


def test_a_job_that_is_not_declared_is_missing_with_the_nearest_name(yard: Yard) -> None:
    with pytest.raises(Missing, match="gated"):
        yard.jobs().run("gatde", "one", {})
    assert yard.jobs().find("gatde", "one") is None


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".", "..", ".hidden", "a b", "a\n", "x" * 300])
def test_a_name_that_is_a_path_is_denied(yard: Yard, name: str) -> None:
    with pytest.raises(Denied, match="name"):
        yard.jobs().run("gated", name, {})
    with pytest.raises(Denied, match="name"):
        yard.jobs().find("gated", name)
    assert yard.beginnings() == 0


@pytest.mark.parametrize("key", ["", "lower", "A=B", "LD_PRELOAD", "RESILIENCE_HOME"])
def test_an_argument_that_is_no_free_variable_is_denied(yard: Yard, key: str) -> None:
    with pytest.raises(Denied, match="environment variable"):
        yard.jobs().run("gated", "one", {key: "x"})
    assert yard.jobs().find("gated", "one") is None
