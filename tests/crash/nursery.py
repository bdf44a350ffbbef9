"""Forks whole bots from a process that has imported everything once: ``python -m tests.crash.nursery``.

Each line on stdin is a JSON object with ``env`` (the whole environment) and ``log`` (a file); the answer is the new
bot's process id. The nursery has no threads, so that a fork is a fresh start.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import duckdb  # noqa: F401
import sqlglot  # noqa: F401

import bot.demo
import bot.local
import bot.logs
import bot.service  # noqa: F401
import control_plane.backends.local.corrections
import control_plane.backends.local.duck
import control_plane.backends.local.translation
import control_plane.backends.local.warehouse_server  # noqa: F401
from bot.__main__ import main


def born(line: str) -> int:
    wish = json.loads(line)
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(wish["env"])
    sys.argv = ["resilience", "serve"]
    code = 3
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for one in sys.stdin:
        print(born(one), flush=True)
