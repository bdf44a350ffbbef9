"""Local jobs when processes die: with real ones, really killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from control_plane.backends.clock import FixedClock, SystemClock
from control_plane.backends.local import executions
from control_plane.backends.local.jobs import LocalJobs
from schemas.errors import Denied, Unavailable
from tests.contracts.test_jobs import LocalYard, ended, until

ROOT = Path(__file__).resolve().parents[4]
CALLER = """
import os, signal, sys
from pathlib import Path
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.jobs import LocalJobs

class Dying(LocalJobs):
    def _start(self, *args):
        os.kill(os.getpid(), signal.SIGKILL)

kind, home = (Dying if sys.argv[1] == "dies" else LocalJobs), Path(sys.argv[2])
kind(home, SystemClock()).run("gated", sys.argv[3], {"ROWS": "7"})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def yard(tmp_path: Path) -> LocalYard:
    return LocalYard(tmp_path)


def caller(home: Path, name: str, how: str = "starts") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CALLER, how, str(home), name], cwd=ROOT)


def folder(yard: LocalYard, name: str) -> Path:
    return yard.home / "executions" / "gated" / name


def wrapper(at: Path, number: int) -> None:
    """A wrapper that comes up late."""
    words = [sys.executable, "-m", "control_plane.backends.local.job_wrapper", str(at), str(number)]
    assert subprocess.run(words, cwd=ROOT, timeout=20).returncode == 0


def test_a_job_outlives_the_process_that_started_it(yard: LocalYard) -> None:
    assert caller(yard.home, "one").wait(20) == -signal.SIGKILL
    until(lambda: yard.beginnings() == 1)
    yard.let_go()
    assert ended(yard.jobs(), "gated", "one").words == "wrote 7 rows"


def test_racing_processes_begin_once(yard: LocalYard) -> None:
    racing = [caller(yard.home, "race") for _ in range(4)]
    assert {process.wait(30) for process in racing} == {-signal.SIGKILL}
    until(lambda: yard.beginnings() == 1)
    yard.let_go()
    assert ended(yard.jobs(), "gated", "race").state == "succeeded"
    assert yard.beginnings() == 1


def test_a_caller_killed_before_the_start_is_made_good_by_the_next_run(yard: LocalYard) -> None:
    caller(yard.home, "one", "dies").wait(20)
    found = yard.jobs().find("gated", "one")
    assert found is not None and (found.state, found.words) == ("running", "starting")
    assert yard.jobs().run("gated", "one", {"ROWS": "8"}).state == "running"
    yard.let_go()
    assert ended(yard.jobs(), "gated", "one").words == "wrote 7 rows", "the first request stands"
    assert yard.beginnings() == 1


def test_a_start_that_never_came_up_is_certainly_none_and_stays_so(yard: LocalYard) -> None:
    yard.let_go()
    caller(yard.home, "one", "dies").wait(20)
    later = FixedClock(SystemClock().now() + timedelta(seconds=30))
    assert LocalJobs(yard.home, later).find("gated", "one") is None
    wrapper(folder(yard, "one"), 1)
    assert yard.beginnings() == 0, "a late wrapper finds its start void"
    assert yard.jobs().find("gated", "one") is None
    yard.jobs().run("gated", "one", {})
    assert ended(yard.jobs(), "gated", "one").state == "succeeded"
    wrapper(folder(yard, "one"), 1)
    wrapper(folder(yard, "one"), 2)
    assert yard.beginnings() == 1


def test_a_killed_wrapper_is_a_failed_job_and_leaves_nothing_running(yard: LocalYard) -> None:
    jobs = yard.jobs()
    jobs.run("gated", "one", {})
    until(lambda: yard.beginnings() == 1 and (folder(yard, "one") / "pid").exists())
    _, start = executions.last_start(folder(yard, "one"))
    os.kill(start["pid"], signal.SIGKILL)
    done = ended(jobs, "gated", "one")
    assert done.state == "failed" and done.words.startswith("killed")
    assert not executions.held(folder(yard, "one") / executions.LOCK), "failed is said when nothing runs any more"
    assert jobs.run("gated", "one", {}).state == "failed"
    assert yard.beginnings() == 1


def test_a_wrapper_killed_between_its_claim_and_the_command_is_failed_not_running(yard: LocalYard) -> None:
    caller(yard.home, "one", "dies").wait(20)
    mine = executions.claim(folder(yard, "one"), 1, {"pid": 1, "started_at": "2026-11-23T21:45:00+00:00"})
    assert mine is not None
    running = yard.jobs().find("gated", "one")
    assert running is not None and running.state == "running"
    mine.close()
    done = yard.jobs().run("gated", "one", {})
    assert done.state == "failed" and done.words.startswith("killed")
    assert yard.beginnings() == 0


def test_a_wrapper_that_is_asked_to_end_says_so(yard: LocalYard) -> None:
    yard.jobs().run("gated", "one", {})
    until(lambda: yard.beginnings() == 1)
    _, start = executions.last_start(folder(yard, "one"))
    os.kill(start["pid"], signal.SIGTERM)
    assert ended(yard.jobs(), "gated", "one").words == "stopped before its end"


def declare(home: Path, entry: object) -> LocalJobs:
    (home / "jobs.json").write_text(json.dumps({"one": entry}))
    return LocalJobs(home, SystemClock(), {"GIVEN": "yes"})


def test_a_job_sees_its_own_environment_and_none_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    code = "import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'), os.environ['RESILIENCE_HOME'])"
    jobs = declare(tmp_path, {"command": [sys.executable, "-c", code], "env": {"OWN": "1"}})
    jobs.run("one", "x", {"GAME_DATE": "2026-11-22"})
    names = ["EXECUTION_NAME", "GAME_DATE", "GIVEN", "JOB_NAME", "OWN", "RESILIENCE_HOME"]
    assert ended(jobs, "one", "x").words == f"{names} {tmp_path}"


def test_retries_run_the_command_again_until_it_succeeds(tmp_path: Path) -> None:
    code = "import pathlib,sys; p=pathlib.Path('tries'); n=len(p.read_text()) if p.exists() else 0; "
    code += "p.write_text('x'*(n+1)); print('try', n+1); sys.exit(n < 2)"
    jobs = declare(tmp_path, {"command": [sys.executable, "-c", code], "retries": 3})
    jobs.run("one", "x", {})
    assert (ended(jobs, "one", "x").words, (tmp_path / "tries").read_text()) == ("try 3", "xxx")


def test_a_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    wait = "import threading; threading.Event().wait(60)"
    code = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {wait!r}]); print('up', flush=True); {wait}"
    )
    jobs = declare(tmp_path, {"command": [sys.executable, "-c", code], "timeout": "1s"})
    jobs.run("one", "x", {})
    assert ended(jobs, "one", "x").words == "timed out after 1 s"
    until(lambda: not executions.held(tmp_path / "executions" / "one" / "x" / executions.LOCK))


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    jobs = declare(tmp_path, {"command": ["/nowhere/tool"]})
    jobs.run("one", "x", {})
    done = ended(jobs, "one", "x")
    assert (done.state, done.words) == ("failed", "cannot start /nowhere/tool: No such file or directory")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ([], "object"),
        ({"command": "ls"}, "'command' must be a list of words"),
        ({"comand": ["ls"]}, "unknown key 'comand', nearest is 'command'"),
        ({"command": ["ls"], "timeout": "soon"}, "'soon' is not a duration"),
        ({"command": ["ls"], "retries": -1}, "'retries'"),
        ({"command": ["ls"], "env": {"A": 1}}, "'env'"),
    ],
)
def test_a_malformed_job_is_denied_in_a_sentence(tmp_path: Path, entry: object, words: str) -> None:
    with pytest.raises(Denied, match=words):
        declare(tmp_path, entry).known()


def test_a_file_that_is_absent_or_torn(tmp_path: Path) -> None:
    jobs = LocalJobs(tmp_path, SystemClock())
    with pytest.raises(Unavailable, match=r"cannot read .*jobs\.json"):
        jobs.known()
    (tmp_path / "jobs.json").write_text("{")
    with pytest.raises(Denied, match="is not JSON"):
        jobs.known()
