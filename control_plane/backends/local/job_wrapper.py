"""The process that stands over one local job: ``python -m control_plane.backends.local.job_wrapper FOLDER N``.

Claims start N of the execution (`executions`), runs the command in a process group of its own with a time limit and
retries, and writes how it ended. It outlives the bot. Standard library only, so that it starts at once.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.executions import LOCK, OUTPUT, REQUEST, RESULT, claim, read_json, write_json

_TAIL = 4096
_WORDS = 300
_GRACE = 3.0  # seconds between asking a job to end and ending it


class Stopped(Exception):
    """Somebody asked this wrapper to end."""


def main(folder: Path, number: int) -> int:
    clock = SystemClock()
    request = read_json(folder / REQUEST)
    if request is None:
        return 1
    mine = claim(folder, number, {"pid": os.getpid(), "started_at": _text(clock.now())})
    if mine is None:
        return 0  # another wrapper has it
    signal.signal(signal.SIGTERM, _stop)
    with mine:
        try:
            code, words = _run(folder, request)
        except Stopped:
            code, words = 143, "stopped before its end"
        write_json(
            folder / RESULT,
            {"exit_code": code, "words": words or _last_line(folder / OUTPUT), "finished_at": _text(clock.now())},
        )
    return 0


def _run(folder: Path, request: Mapping[str, Any]) -> tuple[int, str]:
    """The exit code and words of the last try; words are empty when the job's own last line says it."""
    code, words = 1, ""
    for _ in range(1 + int(request["retries"])):
        code, words = _once(folder, request)
        if code == 0 or words.startswith("stopped"):
            break
    return code, words


def _once(folder: Path, request: Mapping[str, Any]) -> tuple[int, str]:
    with (folder / OUTPUT).open("ab") as output, (folder / LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            job = _popen(request, output, lock)
        except OSError as error:
            return 127, f"cannot start {request['command'][0]}: {error.strerror or error}"
        (folder / "pid").write_text(str(job.pid), "utf-8")
        return _wait(job, float(request["timeout"]))


def _popen(request: Mapping[str, Any], output: IO[bytes], lock: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        request["command"],
        cwd=request["cwd"],
        env=request["env"],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=(lock.fileno(),),
        process_group=0,
    )


def _wait(job: subprocess.Popen[bytes], limit: float) -> tuple[int, str]:
    """Waits for the command; nothing of its group is left behind, however it ends."""
    try:
        code = job.wait(limit)
    except subprocess.TimeoutExpired:
        _ask_to_end(job)
        return 124, f"timed out after {limit:g} s"
    except Stopped:
        _ask_to_end(job)
        return 143, "stopped before its end"
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()
    return (code, "") if code >= 0 else (128 - code, f"killed by {signal.Signals(-code).name}")


def _ask_to_end(job: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError, subprocess.TimeoutExpired):
        os.killpg(job.pid, signal.SIGTERM)
        job.wait(_GRACE)


def _last_line(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL, 0))
        lines = file.read().decode("utf-8", "replace").split("\n")
    return next((line.strip()[:_WORDS] for line in reversed(lines) if line.strip()), "said nothing")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _text(moment: datetime) -> str:
    return moment.isoformat()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
