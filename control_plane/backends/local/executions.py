"""One execution of a local job as files in a folder, shared by `jobs` (asks) and `job_wrapper` (runs).

``request.json``  what to run; comes with the folder, by one rename, so that a name is taken once
``asked.json``    the latest request to start: which start it shall be, and when it was asked for
``start-N``       the N-th start, made exclusively by a hard link: by the wrapper that will run the job, which holds a
                  lock on the file as long as it lives, or by an asker that declares this start void
``job.lock``      locked by the job's own processes as long as one of them lives
``result.json``   how it ended, by rename

At most one start is ever not void, so the command begins at most once, whoever is killed whenever.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import IO, Any

REQUEST, ASKED, RESULT, LOCK, OUTPUT = "request.json", "asked.json", "result.json", "job.lock", "output.log"


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Whole or not at all: written beside, synced, renamed."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """None when it is not there; ValueError when it is not a JSON object."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(value, dict):
        raise ValueError(f"{path} does not hold a JSON object")
    return value


def start_path(folder: Path, number: int) -> Path:
    return folder / f"start-{number}"


def last_start(folder: Path) -> tuple[int, dict[str, Any]]:
    """The number and content of the latest start; ``(0, {})`` before the first."""
    number, content = 0, {}
    while (found := read_json(start_path(folder, number + 1))) is not None:
        number, content = number + 1, found
    return number, content


def claim(folder: Path, number: int, content: Mapping[str, Any]) -> IO[str] | None:
    """Makes ``start-N``, locked and filled, or None when somebody has made it. The lock goes with the file's close."""
    beside = folder / f".start-{number}.{os.getpid()}.{get_ident()}"
    file = beside.open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
        os.link(beside, start_path(folder, number))
    except FileExistsError:
        file.close()
        return None
    except BaseException:
        file.close()
        raise
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    return file


def held(path: Path) -> bool:
    """Whether a living process holds the lock on ``path``."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
