"""The demo: a generated pipeline with planted faults, and one tour of every entry: the cards are there at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.warehouse import in_use
from schemas.errors import ConfigError
from schemas.pipeline import CheckSpec
from schemas.reports import Report, State, SubjectResult
from schemas.times import day_of, to_text

from .config import load_demo
from .house import House
from .settings import Settings

SEED = "7"
MARKER = "resilience-home"


def prepare(settings: Settings, *, reset: bool) -> None:
    """Generates the pipeline into the data folder where there is none; ``reset`` empties the folder first."""
    demo, home = load_demo(settings.config), settings.home
    if home.exists() and not home.is_dir():
        raise ConfigError("is not a folder", file=str(home), hint="RESILIENCE_HOME names another")
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
    """Runs every entry once and says what was found. A canary of last night that is not due yet judges it by name;
    one of tonight waits for its hour."""
    clock, pipeline = house.back.clock, house.pipeline
    for name, entry in pipeline.entries.items():
        seen: list[tuple[str, SubjectResult]] = []
        for check in entry.checks:
            now = clock.now()
            report = house.runner.judge(check, now, cause="manual", run_id=f"tour-{to_text(now)}")
            house.announcer.report(report, now)
            if _waits_for_its_hour(pipeline.checks[check], report):
                yesterday = day_of(now, pipeline.zone) - timedelta(days=1)
                report = house.check_again(check, yesterday.isoformat(), now, cause="manual")
            seen += [(check, one) for one in report.results]
        for line in _said(seen):
            print(f"  {name}: {line}", flush=True)


def _waits_for_its_hour(spec: CheckSpec, report: Report) -> bool:
    of_last_night = spec.window.ends == "yesterday" and not spec.subject
    return of_last_night and any(one.state is State.SKIPPED and "not due" in one.reason for one in report.results)


def _said(seen: Sequence[tuple[str, SubjectResult]]) -> Iterator[str]:
    """A line for each trouble; then who passed, and who was not looked at for which reason."""
    troubles = [(check, one) for check, one in seen if one.state in (State.FAIL, State.ERROR)]
    for check, one in troubles:
        yield f"{one.state} {check} {one.subject}: {one.finding.summary if one.finding else one.reason}"
    quiet: dict[str, list[str]] = {}
    for check, one in seen:
        if check not in {check for check, _ in troubles}:
            words = one.state.value if one.state is State.PASS else f"{one.state}, {one.reason}"
            quiet.setdefault(words, []).append(check)
    for words, checks in sorted(quiet.items()):
        yield f"{words}: {', '.join(dict.fromkeys(checks))}"


def _empty(home: Path) -> None:
    """Removes what the demo made; never a folder that it did not make."""
    if any(home.iterdir()) and not (home / MARKER).exists() and not (home / "demo.env").exists():
        raise ConfigError(f"{home} was not made by the demo", key="RESILIENCE_HOME", hint="name another folder")
    if in_use(home):
        raise ConfigError("a running bot uses this folder", file=str(home), hint="stop it, then start anew")
    for one in home.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
