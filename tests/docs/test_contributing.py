"""The examples of CONTRIBUTING are executed: taken from the page, put where it says, and run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

import healing.deeds
from bot import commands
from bot.config import known_names, read
from bot.config_rules import Known
from bot.house import House, build, open_backends
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.live_state import SqliteLiveState
from schemas.errors import ConfigError, Denied
from schemas.heals import ActState, Heal, Healer, HealRequest, HealState, VerdictState
from schemas.pipeline import HealerSpec, Pipeline
from schemas.ports import Hands
from schemas.reports import State

from .pages import ROOT, blocks

PAGE = ROOT / "CONTRIBUTING.md"
NOW = datetime(2026, 11, 23, 21, 45, tzinfo=UTC)


def block(kind: str, words: str) -> str:
    """The one block of this kind in which the words stand."""
    found = [one for one in blocks(PAGE, kind) if words in one]
    assert len(found) == 1, f"{len(found)} blocks of {kind} with {words!r}"
    return found[0]


def added(text: str, section: str, entry: str) -> str:
    """The configuration with the entry under its section, as the page tells to put it."""
    head = f"\n{section}:\n"
    assert text.count(head) == 1
    return text.replace(head, head + textwrap.indent(entry, "  "))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The repository's configuration and queries in a folder of their own, with the page's canary added."""
    root = tmp_path / "pipeline"
    shutil.copytree(ROOT / "checks/sql", root / "checks/sql")
    shutil.copytree(ROOT / "examples", root / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "checks/sql/booked_twice.sql").write_text(block("sql", "teams_twice"))
    text = added((ROOT / "resilience.yaml").read_text("utf-8"), "checks", block("yaml", "under checks:\n"))
    (root / "resilience.yaml").write_text(added(text, "entries", block("yaml", "under entries:")))
    return root / "resilience.yaml"


@pytest.fixture
def declared(config: Path) -> Pipeline:
    pipeline, faults = read(config)
    assert pipeline is not None, [str(fault) for fault in faults]
    return pipeline


def module(source: str, name: str) -> ModuleType:
    made = ModuleType(name)
    exec(compile(source, f"CONTRIBUTING:{name}", "exec"), made.__dict__)
    return made


def test_the_examples_keep_the_house_rules(tmp_path: Path) -> None:
    for place, source in enumerate(blocks(PAGE, "python")):
        (tmp_path / f"example_{place}.py").write_text(source)
    for command in (["check"], ["format", "--check"]):
        ruff = [str(Path(sys.executable).parent / "ruff"), *command, "--config", str(ROOT / "pyproject.toml")]
        done = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout


# --- a new check -------------------------------------------------------------------------------------------------


def test_the_canary_is_valid(declared: Pipeline) -> None:
    assert declared.checks["booked_twice"].needs == "games"
    assert declared.entries["schedule_hourly"].checks == ("booked_twice",)


def test_the_canary_without_its_entry_is_not(config: Path) -> None:
    config.write_text(config.read_text().replace("checks: [booked_twice]", "checks: []"))
    _, faults = read(config)
    assert any("belongs to no entry" in fault.what for fault in faults)


def test_the_canary_s_own_test_passes(declared: Pipeline) -> None:
    made = module(block("python", "def test_a_team_booked_twice"), "test_booked_twice")
    cast(Callable[[Mapping[str, object]], None], made.test_a_team_booked_twice_is_named)(declared.checks)


def test_the_canary_s_query_runs(declared: Pipeline, warehouse: DuckWarehouse) -> None:
    sql = declared.checks["booked_twice"].sql
    rows = warehouse.query(sql, {"day": NOW.date()}, now=NOW, timeout=timedelta(seconds=20)).dicts()
    assert len(rows) == 1
    assert rows[0]["teams"] > 0
    assert rows[0]["booked_twice"] == 0


@pytest.fixture
def house(declared: Pipeline, seeded: Path, tmp_path: Path) -> Iterator[House]:
    """The page's configuration over a small pipeline, wired as the service wires it."""
    home = tmp_path / "home"
    shutil.copytree(seeded, home, ignore=shutil.ignore_patterns("source", "warehouse.json", "warehouse.lock"))
    made = build(declared, home, open_backends(declared, home, FixedClock(NOW)), "docs")
    yield made
    made.close()


def test_the_canary_runs(house: House) -> None:
    report = house.runner.judge("booked_twice", NOW, cause="manual", run_id="docs", only="2026-11-23")
    assert [(one.subject, one.state) for one in report.results] == [("2026-11-23", State.PASS)], report


# --- a new healer ------------------------------------------------------------------------------------------------


@pytest.fixture
def healer() -> Healer:
    made = module(block("python", "class UnlockBatch"), "unlock_batch")
    return cast(Healer, made.build(HealerSpec("unlock_batch", "oncall"), "America/New_York"))


@pytest.fixture
def hands(tmp_path: Path) -> Hands:
    live = SqliteLiveState(tmp_path / "live.sqlite", clock=FixedClock(NOW), durable=False)
    live.put("prediction_batches", "batch_1", {"locked_by": "worker-7", "is_complete": False})
    nothing = cast(Any, None)
    return Hands(live, nothing, nothing, nothing)


def wish(subject: str = "batch_1") -> HealRequest:
    return HealRequest(
        id="heal_0123456789ab", alert_id="a", check="c", subject=subject, healer="unlock_batch", label="Unlock",
        target=subject, args={}, actor="U0ONCALL", source="button", attempt=1, reason="", requested_at=NOW,
    )  # fmt: skip


def test_the_healer_heals_and_can_be_looked_for(healer: Healer, hands: Hands) -> None:
    look = healer.look(wish(), hands, NOW)
    assert not look.needless and not look.refusal
    assert healer.steps(wish(), look) == ("Take the lock of worker-7 from batch_1",)
    (act,) = healer.acts(wish(), look)
    heal = Heal("heal_0123456789ab", wish(), HealState.DISPATCHING, acts=(act,), before=look.before)
    assert healer.probe(act, heal, hands, NOW).state is ActState.ABSENT
    assert healer.verify(heal, hands, NOW).state is VerdictState.NOT_YET
    assert healer.perform(act, heal, hands, NOW).state is ActState.DONE
    assert healer.probe(act, heal, hands, NOW).state is ActState.DONE
    assert healer.verify(heal, hands, NOW).state is VerdictState.HEALED
    assert healer.look(wish(), hands, NOW).needless


def test_the_healer_refuses_what_changed_and_what_is_absent(healer: Healer, hands: Hands) -> None:
    look = healer.look(wish(), hands, NOW)
    (act,) = healer.acts(wish(), look)
    heal = Heal("heal_0123456789ab", wish(), HealState.DISPATCHING, acts=(act,), before=look.before)
    hands.live.put("prediction_batches", "batch_1", {"locked_by": "worker-8"})
    with pytest.raises(Denied, match="changed hands"):
        healer.perform(act, heal, hands, NOW)
    assert healer.look(wish("batch_2"), hands, NOW).refusal


def test_the_healer_s_entry_is_valid_once_its_file_is_there(config: Path) -> None:
    entry = block("yaml", "under healers:")
    text = added(config.read_text(), "healers", entry)
    offer = textwrap.indent(block("yaml", "remedies:").partition("\n")[2], "      ")
    offered = text.replace("\n    remedies:\n", f"\n    remedies:\n{offer}", 1)
    config.write_text(offered)
    _, faults = read(config)
    assert any("unlock_batch" in fault.what for fault in faults)
    known = known_names()
    folder = config.parent / "deeds"
    folder.mkdir()
    (folder / "unlock_batch.py").write_text(block("python", "class UnlockBatch"))
    healing.deeds.__path__.append(str(folder))
    try:
        pipeline, faults = read(config, known=Known(known.kinds, (*known.healers, "unlock_batch")))
        assert pipeline is not None, [str(fault) for fault in faults]
        assert healing.deeds.healers({"unlock_batch": pipeline.healers["unlock_batch"]}, pipeline.zone)
    finally:
        healing.deeds.__path__.remove(str(folder))
    with pytest.raises(ConfigError):
        healing.deeds.healers({"unlock_batch": pipeline.healers["unlock_batch"]}, pipeline.zone)


# --- a new word --------------------------------------------------------------------------------------------------


def test_the_word_answers(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "whoami.py").write_text(block("python", "USAGE = "))
    commands.__path__.append(str(folder))
    try:
        answer, _ = commands.say(house, ["whoami"], person="U0ONCALL", source="word", now=NOW)
        assert commands.help_of("whoami") == "Tells the groups that you belong to."
    finally:
        commands.__path__.remove(str(folder))
    assert "oncall" in answer.data["groups"]
    assert "whoami" not in commands.names()
