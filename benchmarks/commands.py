"""Cold commands: ``resilience status --json`` and ``resilience run --tier all --json`` − a bare script that reads the
same, each in a process of its own.

``python -m benchmarks.commands``. Rounds alternate over one generated pipeline; the bare scripts have their SQL ready,
translated and with its values, and judge and keep nothing. Each figure is the median of wall times from start to exit.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.config import load_pipeline
from bot.house import build, open_backends
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.corrections_days import NOW
from control_plane.backends.local.duck_file import DuckFile
from control_plane.backends.local.macros import MACROS
from control_plane.backends.local.translation import translate
from schemas.ports import Rows
from schemas.times import to_text

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, BOUND = 7, 0.4  # seconds over the bare script


class Recorder:
    """A warehouse that notes what it is asked."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.asked = inner, list[tuple[str, Mapping[str, Any]]]()

    def query(self, sql: str, params: Any = None, **more: Any) -> Rows:
        self.asked.append((sql, {**(params or {}), NOW: more["now"]}))
        found: Rows = self._inner.query(sql, params, **more)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def prepared(home: Path) -> str:
    """Generates the pipeline, runs every check once and leaves ``queries.json`` for the bare script; the project."""
    now = SystemClock().now()
    seed = [
        sys.executable,
        str(ROOT / "examples/nba/seed.py"),
        "--home",
        str(home),
        "--now",
        to_text(now),
        "--seed",
        "7",
    ]
    subprocess.run(seed, check=True, stdout=subprocess.DEVNULL)
    pipeline = load_pipeline(ROOT / "resilience.yaml")
    back = open_backends(pipeline, home, SystemClock())
    heard: Any = Recorder(back.warehouse)
    house = build(pipeline, home, replace(back, warehouse=heard, sight=replace(back.sight, warehouse=heard)), "bench")
    for entry in pipeline.entries.values():
        for report in house.runner.run(entry.name, now, cause="manual", run_id=f"bench-{entry.name}"):
            house.announcer.report(report, now)
    house.close()
    file = DuckFile(home / "warehouse.duckdb", project=pipeline.name)
    checks = {}
    for number, (sql, values) in enumerate(heard.asked):
        plan = translate(sql, {name: value for name, value in values.items() if name != NOW}, file.catalog)
        bound = {name: (type(values[name]).__name__, _plain(values[name])) for name in plan.names}
        checks[f"query {number}"] = {"sql": plan.sql, "values": bound}
    file.close()
    (home / "queries.json").write_text(json.dumps({"macros": MACROS, "checks": checks}))
    return pipeline.name


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _seconds(command: list[str], home: Path) -> float:
    environment = {**os.environ, "RESILIENCE_HOME": str(home), "RESILIENCE_CONFIG": str(ROOT / "resilience.yaml")}
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    took = time.perf_counter() - start
    if done.returncode not in (0, 1) or json.loads(done.stdout)["schema_version"] != 1:  # 1: a check is ERROR or STALE
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return took


def main() -> int:
    """Prints the table; 0 when both commands take at most 0.4 s longer than their bare script."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        project, peers = prepared(home), ROOT / "benchmarks/peers"
        for words, bare in (
            ("status --json", [str(peers / "bare_status.py"), str(home / "store.sqlite")]),
            ("run --tier all --json", [str(peers / "bare_run.py"), str(home), project]),
        ):
            commands = ([sys.executable, "-m", "bot", *words.split()], [sys.executable, *bare])
            took = [[_seconds(command, home) for command in commands] for _ in range(ROUNDS)]
            ours, theirs = (statistics.median(column) for column in zip(*took, strict=True))
            print(f"{words:24} ours {ours:.2f} s, bare {theirs:.2f} s, {ours - theirs:+.2f} s (at most +{BOUND:g})",
                  flush=True)  # fmt: skip
            good &= timedelta(seconds=ours - theirs) <= timedelta(seconds=BOUND)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
