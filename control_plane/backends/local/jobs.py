"""Jobs as real processes on this machine, declared in ``HOME/jobs.json``, with their state on disk.

A job outlives the bot: each execution is a folder ``HOME/executions/<job>/<name>/`` (`executions`) and a wrapper
process (`job_wrapper`) in a session of its own. A name is taken by making the folder, so that a second `run` under
the same name starts nothing, from whatever process it comes; where the first caller died before its wrapper was up,
the second one starts it.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock, get_ident
from typing import Any

from schemas.durations import parse_duration
from schemas.errors import Denied, Missing, Unavailable, UsageError
from schemas.ports import Clock, Execution
from schemas.times import from_text, to_text

from .executions import ASKED, LOCK, REQUEST, RESULT, claim, held, last_start, read_json, start_path, write_json

_ROOT = Path(__file__).resolve().parents[3]
_PART = "jobs"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_RESERVED = frozenset({"RESILIENCE_HOME", "EXECUTION_NAME", "JOB_NAME", "PATH", "PYTHONPATH", "LD_PRELOAD"})
_KEYS = frozenset({"command", "env", "timeout", "retries"})


@dataclass(frozen=True)
class JobSpec:
    """An entry of ``jobs.json``: ``{"command": [...], "env": {...}, "timeout": "10m", "retries": 0}``."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    timeout: timedelta
    retries: int


class LocalJobs:
    """`schemas.ports.Jobs`. ``env`` is the environment that every job gets (nothing else of ours is handed down);
    added are ``RESILIENCE_HOME``, ``JOB_NAME``, ``EXECUTION_NAME``, the job's own and the caller's.

    A start whose wrapper is not up within ``patience`` is declared void: `find` then says None, and certainly none
    will come up; a further `run` under the name starts anew. Raises Unavailable when a file cannot be read, Denied
    for a malformed ``jobs.json`` or name, Missing for a job that is not declared.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock,
        env: Mapping[str, str] | None = None,
        *,
        patience: timedelta = timedelta(seconds=15),
    ) -> None:
        self._home = home.absolute()
        self._clock = clock
        self._env = dict(env or {})
        self._patience = patience
        self._wrappers: list[subprocess.Popen[bytes]] = []
        self._guard = Lock()

    def known(self) -> tuple[str, ...]:
        return tuple(sorted(self._declared()))

    def find(self, job: str, name: str) -> Execution | None:
        folder = self._folder(job, name)
        self._reap()
        try:
            return self._look(folder, job, name)
        except (OSError, ValueError, KeyError) as error:
            raise Unavailable(f"cannot read the execution {folder}: {error}", part=_PART) from error

    def run(self, job: str, name: str, args: Mapping[str, str]) -> Execution:
        folder = self._folder(job, name)
        spec = self._spec(job)
        self._reap()
        asked_at = to_text(self._clock.now())
        try:
            self._make(folder, self._request(spec, job, name, args, asked_at))
        except OSError as error:
            raise Denied(f"cannot make the execution {folder}: {error.strerror or error}", part=_PART) from error
        try:
            number, content = last_start(folder)
            if not number or content.get("void"):
                self._start(folder, number + 1, asked_at)
            found = self._look(folder, job, name)
        except (OSError, ValueError, KeyError) as error:
            raise Unavailable(f"cannot start the execution {folder}: {error}", part=_PART) from error
        if found is None:
            raise Unavailable(f"the execution {folder} did not come up", part=_PART)
        return found

    # --- starting ---------------------------------------------------------------------------------------------

    def _request(self, spec: JobSpec, job: str, name: str, args: Mapping[str, str], asked_at: str) -> Mapping[str, Any]:
        for key, value in args.items():
            if not _VARIABLE.fullmatch(key) or key in _RESERVED or "\0" in value:
                raise Denied(f"{key!r} cannot be handed to {job} as an environment variable", part=_PART)
        ours = {"RESILIENCE_HOME": str(self._home), "JOB_NAME": job, "EXECUTION_NAME": name}
        return {
            "job": job,
            "name": name,
            "command": list(spec.command),
            "env": {**self._env, **spec.env, **args, **ours},
            "cwd": str(self._home),
            "timeout": spec.timeout.total_seconds(),
            "retries": spec.retries,
            "asked_at": asked_at,
        }

    def _make(self, folder: Path, request: Mapping[str, Any]) -> None:
        """Makes the folder with its request by one rename, or leaves the one that is there."""
        if folder.exists():
            return
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = folder.parent / f".{folder.name}.{os.getpid()}.{get_ident()}"
        beside.mkdir(mode=0o700, exist_ok=True)
        try:
            write_json(beside / REQUEST, request)
            write_json(beside / ASKED, {"number": 1, "at": request["asked_at"]})
            with suppress(OSError):  # not empty: the name is taken
                beside.rename(folder)
        finally:
            for leftover in beside.glob("*") if beside.exists() else ():
                leftover.unlink()
            with suppress(FileNotFoundError):
                beside.rmdir()
        if not folder.exists():
            raise OSError(f"{folder} could not be made")

    def _start(self, folder: Path, number: int, asked_at: str) -> None:
        write_json(folder / ASKED, {"number": number, "at": asked_at})
        with (folder / "wrapper.log").open("ab") as log:
            wrapper = subprocess.Popen(
                [sys.executable, "-m", "control_plane.backends.local.job_wrapper", str(folder), str(number)],
                cwd=_ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        with self._guard:
            self._wrappers.append(wrapper)

    def _reap(self) -> None:
        """Takes note of wrappers that ended, so that none stays a zombie."""
        with self._guard:
            self._wrappers = [wrapper for wrapper in self._wrappers if wrapper.poll() is None]

    # --- looking ----------------------------------------------------------------------------------------------

    def _look(self, folder: Path, job: str, name: str) -> Execution | None:
        request = read_json(folder / REQUEST)
        if request is None:
            return None
        number, content = last_start(folder)
        if number and not content.get("void"):
            started = Execution(job, name, "running", "at work", from_text(content["started_at"]))
            return self._started(folder, start_path(folder, number), started, request)
        asked = read_json(folder / ASKED) or {}
        asked_at = from_text(asked["at"])
        if asked["number"] > number and self._clock.now() - asked_at <= self._patience:
            return Execution(job, name, "running", "starting", asked_at)
        if asked["number"] <= number:
            return None
        void = claim(folder, number + 1, {"void": True})
        if void is None:
            return self._look(folder, job, name)
        void.close()
        return None

    def _started(self, folder: Path, start: Path, running: Execution, request: Mapping[str, Any]) -> Execution:
        alive = held(start)
        result = read_json(folder / RESULT)  # after the lock: a wrapper writes it before it lets go
        if result is not None:
            return self._ended(running, int(result["exit_code"]), result["words"], from_text(result["finished_at"]))
        if alive:
            return running
        limit = timedelta(seconds=request["timeout"] * (1 + request["retries"]))
        if self._orphaned(folder) and self._clock.now() - running.started_at <= limit + self._patience:
            return replace(running, words="its wrapper was killed; its processes are ending")
        touched = max((file.stat().st_mtime for file in folder.iterdir()), default=0.0)
        finished_at = max(datetime.fromtimestamp(touched, UTC), running.started_at)
        return self._ended(running, 137, "killed: its wrapper is gone and left no result", finished_at)

    def _orphaned(self, folder: Path) -> bool:
        """Ends the job's processes where their wrapper was killed, for nothing stands over their time limit any more;
        says whether some still lived."""
        if not held(folder / LOCK):
            return False
        with suppress(FileNotFoundError, ValueError, ProcessLookupError, PermissionError):
            os.killpg(int((folder / "pid").read_text("utf-8")), signal.SIGKILL)
        return True

    def _ended(self, running: Execution, code: int, words: str, finished_at: datetime) -> Execution:
        if code and not words.startswith(("killed", "timed out", "stopped", "cannot start")):
            words = f"exit code {code}: {words}"
        state = "failed" if code else "succeeded"
        return Execution(running.job, running.name, state, words, running.started_at, finished_at)

    # --- the declaration --------------------------------------------------------------------------------------

    def _folder(self, job: str, name: str) -> Path:
        for value in (job, name):
            if not _NAME.fullmatch(value):
                raise Denied(
                    f"{value[:80]!r} is no name for a job or an execution: letters, digits, '-', '_' and '.', at most"
                    " 128, beginning with a letter or digit",
                    part=_PART,
                )
        return self._home / "executions" / job / name

    def _spec(self, job: str) -> JobSpec:
        declared = self._declared()
        if job in declared:
            return declared[job]
        near = difflib.get_close_matches(job, declared, 1)
        hint = f"; nearest is {near[0]!r}" if near else f"; known are {', '.join(sorted(declared)) or 'none'}"
        raise Missing(f"there is no job {job!r} in {self._home / 'jobs.json'}{hint}", part=_PART)

    def _declared(self) -> dict[str, JobSpec]:
        path = self._home / "jobs.json"
        try:
            entries = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise Unavailable(f"cannot read {path}: {error.strerror or error}", part=_PART) from error
        except ValueError as error:
            raise Denied(f"{path} is not JSON: {error}", part=_PART) from error
        if not isinstance(entries, dict):
            raise Denied(f"{path} must hold an object of jobs by name", part=_PART)
        return {name: _spec_of(path, name, entry) for name, entry in entries.items()}


def _spec_of(path: Path, name: str, entry: Any) -> JobSpec:
    def wrong(what: str) -> Denied:
        return Denied(f"{path}: job {name!r}: {what}", part=_PART)

    if not _NAME.fullmatch(name) or not isinstance(entry, dict):
        raise wrong("must be a plain name with an object")
    if unknown := sorted(set(entry) - _KEYS):
        near = difflib.get_close_matches(unknown[0], _KEYS, 1)
        raise wrong(f"unknown key {unknown[0]!r}{f', nearest is {near[0]!r}' if near else ''}")
    command, env, retries = entry.get("command"), entry.get("env", {}), entry.get("retries", 0)
    if not isinstance(command, list) or not command or not all(isinstance(word, str) and word for word in command):
        raise wrong("'command' must be a list of words")
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise wrong("'env' must be an object of texts")
    if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= 10:
        raise wrong("'retries' must be a whole number from 0 to 10")
    try:
        timeout = parse_duration(str(entry.get("timeout", "10m")))
    except UsageError as error:
        raise wrong(f"'timeout': {error}") from error
    return JobSpec(tuple(command), env, timeout, retries)
