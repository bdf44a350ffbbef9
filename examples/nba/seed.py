"""Generates the reference pipeline into a folder: ``python examples/nba/seed.py --home DIR --now MOMENT --seed 7``.

Writes ``warehouse.duckdb``, ``live.sqlite``, ``services.json``, ``jobs.json``, ``seed.json`` and the git work tree
``source/``; the warehouse comes last and by a rename, so that it tells a finished seed. The same seed and day give the
same rows. Faults are planted unless ``--healthy``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from control_plane.backends.clock import FixedClock  # noqa: E402
from control_plane.backends.local.live_state import SqliteLiveState  # noqa: E402
from examples.nba import declared, live, repo  # noqa: E402
from examples.nba.loading import load_warehouse  # noqa: E402
from examples.nba.moments import DAYS, AsOf  # noqa: E402
from examples.nba.world import World, build  # noqa: E402
from schemas.errors import ResilienceError  # noqa: E402
from schemas.times import from_text, to_text  # noqa: E402

WAREHOUSE = "warehouse.duckdb"


def main(argv: Sequence[str] | None = None) -> int:
    """0 done; 1 something could not be written; 2 usage, or the folder holds a warehouse already."""
    options = _options(argv)
    home: Path = options.home
    if (home / WAREHOUSE).exists():
        print(f"seed: {home / WAREHOUSE} is there already; remove it or choose another folder", file=sys.stderr)
        return 2
    try:
        seed(home, AsOf(options.now), options.seed, faults=not options.healthy)
    except (OSError, ResilienceError) as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    return 0


def seed(home: Path, at: AsOf, number: int, *, faults: bool) -> World:
    """Generates and writes everything, saying each step in a line."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(home)
    world = build(at, number, faults=faults)
    _say(f"{DAYS} game days up to {at.today}, {sum(map(len, world.tables.values())):,} rows")
    _live(home, at, world)
    _deployed(home, at, faults)
    _write(home / "jobs.json", declared.declarations())
    _write(home / "seed.json", {"seed": number, "now": to_text(at.now), "faults": faults})
    load_warehouse(home / WAREHOUSE, world.tables)
    for words in world.planted.words() if world.planted else ("no faults planted",):
        _say(words)
    return world


def _clear(home: Path) -> None:
    """Removes what a seed that was cut short left behind."""
    for path in (*home.glob("live.sqlite*"), *home.glob(f"{WAREHOUSE}.*")):
        path.unlink()
    shutil.rmtree(home / "source", ignore_errors=True)


def _live(home: Path, at: AsOf, world: World) -> None:
    state = SqliteLiveState(home / "live.sqlite", clock=FixedClock(at.now), durable=False)
    state.put_many(live.COLLECTION, world.batches)
    state.close()
    stalled = [key for key, batch in world.batches.items() if not batch["is_complete"]]
    _say(f"{len(world.batches)} prediction batches, stalled: {', '.join(stalled) or 'none'}")


def _deployed(home: Path, at: AsOf, faults: bool) -> None:
    commits, deployed = repo.history(faults=faults)
    ids = repo.write_source(home / "source", at.now, commits)
    rows = repo.services(at.now, commits, ids, deployed)
    _write(home / "services.json", rows)
    if not ids:
        _say("git is not installed: no source tree, so services have no commit")
    drift = f", {repo.DRIFTED} is behind" if ids and faults else ""
    _say(f"{len(rows)} services, {len(ids)} commits{drift}")


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", "utf-8")


def _say(words: str) -> None:
    print(f"seed: {words}", flush=True)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="seed.py", description="Generates the reference pipeline into a folder.")
    parser.add_argument("--home", type=Path, required=True, help="the data folder, made when absent")
    parser.add_argument("--now", type=from_text, required=True, help="as of when, such as 2026-11-23T21:45:00Z")
    parser.add_argument("--seed", type=int, default=7, help="another number, another league (default: 7)")
    parser.add_argument("--healthy", action="store_true", help="plant no faults")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
