"""The demo: a generated pipeline with planted faults, and one tour of every entry: the cards are there at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from control_plane.backends.clock import SystemClock
from schemas.errors import ConfigError
from schemas.reports import State
from schemas.times import day_of, to_text

from .config import load_demo
from .house import House
from .settings import Settings

SEED = "7"
MARKER = "resilience-home"


def prepare(settings: Settings, *, reset: bool) -> None:
    """Generates the pipeline into the data folder where there is none; ``reset`` empties the folder first."""
    demo, home = load_demo(settings.config), settings.home
    if reset and home.exists():
        _empty(home)
    if (home / "warehouse.duckdb").exists():
        print(f"using the pipeline in {home} (RESET=1 starts anew)", flush=True)
        return
    print("generating the pipeline with its planted faults", flush=True)
    script = settings.config.parent / demo.seed
    now = to_text(SystemClock().now())
    command = [sys.executable, str(script), "--home", str(home), "--now", now, "--seed", SEED]
    if subprocess.run(command, check=False).returncode != 0:
        raise ConfigError("the seed did not finish", file=str(script), key="demo.seed", hint="RESET=1 starts anew")
    (home / MARKER).touch()


def tour(house: House) -> None:
    """Runs every entry once, saying each result; a dated canary that is not due yet judges yesterday by name."""
    clock, pipeline = house.back.clock, house.pipeline
    for entry in pipeline.entries.values():
        for check in entry.checks:
            now = clock.now()
            report = house.runner.judge(check, now, cause="manual", run_id=f"tour-{to_text(now)}")
            house.announcer.report(report, now)
            if any(one.state is State.SKIPPED and "not due" in one.reason for one in report.results):
                yesterday = day_of(now, pipeline.zone) - timedelta(days=1)
                report = house.check_again(check, yesterday.isoformat(), now, cause="manual")
            for one in report.results:
                said = one.finding.summary if one.finding else one.reason
                print(f"  {one.state:8} {check} {one.subject}: {said}", flush=True)


def _empty(home: Path) -> None:
    """Removes what the demo made; never a folder that it did not make."""
    if any(home.iterdir()) and not (home / MARKER).exists() and not (home / "demo.env").exists():
        raise ConfigError(f"{home} was not made by the demo", key="RESILIENCE_HOME", hint="name another folder")
    for one in home.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
