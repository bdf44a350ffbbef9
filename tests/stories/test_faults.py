"""Faults of the machine: each ends in one clear sentence and exit code 1 or 2, or the bot lives on and says ERROR.

Nothing is ever begun anew in silence, and nobody sees a traceback.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.crash.judge import Estate
from tests.crash.town import Bot, Town, copied, quick_config, seeded

from .demo import ROOT, free_port, until

ROOT_USER = os.geteuid() == 0
Break = Callable[[Path], None]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that has been in use: seeded, with a store, a trail of runs and a workspace's journal."""
    home = seeded(Path(tmp_path_factory.mktemp("template")) / "home")
    assert resilience(home, "status").returncode == 1  # nothing ever ran
    (home / "workspace.jsonl").write_text('{"op": "channel"', "utf-8")  # torn at its only line: dropped
    return home


def resilience(home: Path, *words: str, port: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "RESILIENCE_"))}
    names = {"RESILIENCE_HOME": str(home), "RESILIENCE_CONFIG": str(ROOT / "resilience.yaml")}
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean | names | {"PORT": str(port or free_port())} | more,
        capture_output=True,
        text=True,
        timeout=60,
    )


def flipped(name: str, share: float = 0.4, length: int = 64) -> Break:
    """Bytes in the midst of a file, turned round."""

    def damage(home: Path) -> None:
        path = home / name
        content = bytearray(path.read_bytes())
        place = int(len(content) * share)
        content[place : place + length] = bytes(255 - one for one in content[place : place + length])
        path.write_bytes(content)

    return damage


def cut(name: str, share: float) -> Break:
    def damage(home: Path) -> None:
        path = home / name
        os.truncate(path, int(path.stat().st_size * share))

    return damage


def written(name: str, text: str) -> Break:
    return lambda home: (home / name).write_text(text, "utf-8") and None


def both(*breaks: Break) -> Break:
    return lambda home: [one(home) for one in breaks] and None


@dataclass(frozen=True)
class Fault:
    """What is broken, what is then started, and what its one sentence names."""

    damage: Break
    words: tuple[str, ...]
    command: str = "status"
    code: int = 2


REFUSED = {
    "store_header": Fault(flipped("store.sqlite", 0, 16), ("store.sqlite", "damaged", "backup")),
    "store_page": Fault(flipped("store.sqlite", 0.1, 40_000), ("store.sqlite", "damaged", "backup")),
    "store_cut": Fault(cut("store.sqlite", 0.5), ("store.sqlite", "damaged", "backup")),
    "store_empty": Fault(cut("store.sqlite", 0), ("store.sqlite", "empty", "backup")),
    "store_gone_wal_left": Fault(
        both(lambda home: (home / "store.sqlite").unlink(), written("store.sqlite-wal", "x" * 100)),
        ("store.sqlite", "gone", "-wal"),
    ),
    "live_header": Fault(flipped("live.sqlite", 0, 16), ("live.sqlite", "damaged", "backup")),
    "live_cut": Fault(cut("live.sqlite", 0.4), ("live.sqlite", "damaged", "backup")),
    "home_is_a_file": Fault(lambda home: (shutil.rmtree(home), home.write_text(""))[0], ("RESILIENCE_HOME",)),
    "journal_damaged": Fault(
        written("workspace.jsonl", 'rubbish\n{"op": "channel"}\n'), ("workspace.jsonl", "line 1"), "serve"
    ),
    "journal_not_text": Fault(
        lambda home: (home / "workspace.jsonl").write_bytes(b"\xff\xfe{}\n{}\n") and None,
        ("workspace.jsonl",),
        "serve",
    ),
    "tokens_half": Fault(written("demo.env", "SLACK_BOT_TOKEN=x\n"), ("demo.env", "SLACK_SIGNING_SECRET"), "serve"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_cannot_be_used_is_refused_in_one_sentence(template: Path, tmp_path: Path, name: str) -> None:
    home, fault = copied(template, tmp_path / "home"), REFUSED[name]
    fault.damage(home)
    said = resilience(home, fault.command)
    refused(said, fault.words, fault.code)


def refused(said: subprocess.CompletedProcess[str], words: tuple[str, ...], code: int) -> None:
    assert said.returncode == code, said.stderr
    assert "Traceback" not in said.stderr + said.stdout
    (line,) = said.stderr.strip().splitlines()
    assert line.startswith("resilience: ") and all(word in line for word in words), line


def test_a_port_that_is_taken_is_named(template: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        refused(resilience(copied(template, tmp_path / "home"), "serve", port=port), ("PORT", str(port)), 2)


@contextmanager
def mounted(where: Path, *how: str) -> Iterator[Path]:
    """A mount of its own; skips where that is not allowed."""
    if not ROOT_USER or subprocess.run(["mount", *how, str(where)], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root in a machine of one's own")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def read_only(home: Path) -> None:
    again = ["mount", "-o", "remount,bind,ro", str(home)]
    if subprocess.run(again, capture_output=True, check=False).returncode:
        pytest.skip("remounting is not allowed here")


@pytest.mark.parametrize("command", ["status", "serve"])
def test_a_read_only_folder_is_said(template: Path, tmp_path: Path, command: str) -> None:
    home = copied(template, tmp_path / "home")
    with mounted(home, "--bind", str(home)):
        read_only(home)
        said = resilience(home, command)
    assert said.returncode in (1, 2) and "Traceback" not in said.stderr
    (line,) = said.stderr.strip().splitlines()
    assert str(home) in line and "read-only" in line.lower(), line


@pytest.mark.parametrize("command", ["status", "serve", "demo"])
def test_a_disk_that_is_full_from_the_start_is_said(tmp_path: Path, command: str) -> None:
    (tmp_path / "home").mkdir()
    with mounted(tmp_path / "home", "-t", "tmpfs", "-o", "size=16k", "tmpfs") as home:
        said = resilience(home, command)
        left = sorted(one.name for one in home.iterdir() if "new-" in one.name)
    assert said.returncode in (1, 2), said.stdout
    assert "Traceback" not in said.stderr + said.stdout
    assert "full" in said.stderr or "space" in said.stderr or "room" in said.stderr, said.stderr
    assert left == []


@pytest.mark.timeout(180)
def test_a_disk_that_fills_up_is_told_and_lived_through(template: Path, tmp_path: Path) -> None:
    """A press that cannot be noted is told so at once; when there is room again all goes on."""
    (tmp_path / "home").mkdir()
    with mounted(tmp_path / "home", "-t", "tmpfs", "-o", "size=40m", "tmpfs") as home:
        shutil.copytree(template, home, dirs_exist_ok=True, symlinks=True)
        town = Town()
        bot = Bot(home, town, quick_config(tmp_path / "config"), "bot")
        try:
            bot.start()
            person, estate = town.person(), Estate(home, town)
            until(lambda: estate.get("latest", "phase2_raw"), "the first run")
            with (home / "ballast").open("wb") as ballast:
                try:
                    while True:
                        ballast.write(b"x" * 65536)
                        ballast.flush()
                except OSError:
                    pass

            def told() -> bool:
                person.say("/resilience why nothing", channel="canary-alerts")
                return any("not" in text for text in person.whispers("canary-alerts", "U0ONCALL", "not noted"))

            until(lambda: told() or "full" in bot.log.read_text(), "the full disk to be told")
            assert bot.process is not None and bot.process.poll() is None
            assert requests.get(f"http://127.0.0.1:{bot.port}/healthz", timeout=5).status_code == 200
            (home / "ballast").unlink()
            before = len(estate.find("ticks"))
            until(lambda: len(estate.find("ticks")) > before + 3, "ticks to go on", 90)
            person.say("/resilience why again", channel="canary-alerts")
            until(lambda: "why again" in town.acknowledged and estate.settled(), "the next word to be done", 60)
            estate.trail_holds()
            estate.no_press_lost()
        finally:
            bot.kill()
            town.close()


def test_a_log_that_was_cut_off_by_a_power_loss_is_no_damage(template: Path, tmp_path: Path) -> None:
    """The WAL of a killed bot, cut in its midst: what was whole is there, and the bot starts."""
    home = copied(template, tmp_path / "home")
    town = Town()
    try:
        bot = Bot(home, town, quick_config(tmp_path / "config"), "bot").start()
        until(lambda: (home / "store.sqlite-wal").stat().st_size > 200_000, "a WAL worth cutting")
        bot.kill()
        cut("store.sqlite-wal", 0.6)(home)
        said = bot.shell("status", "--json")
        assert said.returncode in (0, 1) and json.loads(said.stdout)["schema_version"] == 1, said.stderr
        Estate(home, town).trail_holds()
        assert Bot(home, town, bot.config, "next").start().stop() == 0
    finally:
        town.close()


@pytest.mark.parametrize(("damage", "words"), [
    (flipped("warehouse.duckdb", 0, 64), "warehouse.duckdb"),
    (cut("warehouse.duckdb", 0.5), "warehouse"),
])  # fmt: skip
def test_a_damaged_warehouse_makes_every_check_an_error(
    template: Path, tmp_path: Path, damage: Break, words: str
) -> None:
    home = copied(template, tmp_path / "home")
    damage(home)
    said = resilience(home, "run", "phase2_raw", "--json")
    assert said.returncode in (1, 2) and "Traceback" not in said.stderr, said.stderr
    document = json.loads(said.stdout)
    if "reports" in document:
        (result,) = {one["state"] for report in document["reports"] for one in report["results"]}
        assert result == "ERROR"
    assert words in said.stdout
    assert resilience(home, "status").returncode == 1


@pytest.mark.timeout(90)
def test_a_bot_whose_store_is_damaged_while_it_runs_lives_and_says_so(template: Path, tmp_path: Path) -> None:
    home, town = copied(template, tmp_path / "home"), Town()
    try:
        bot = Bot(home, town, quick_config(tmp_path / "config"), "bot").start()
        (home / "store.sqlite").rename(home / "moved.sqlite")
        until(lambda: "moved or replaced" in bot.log.read_text(), "the log to tell it")
        assert bot.process is not None and bot.process.poll() is None
        assert bot.stop() == 0
    finally:
        bot.kill()
        town.close()


def test_a_hangup_of_the_terminal_is_no_traceback(template: Path, tmp_path: Path) -> None:
    home, town = copied(template, tmp_path / "home"), Town()
    try:
        bot = Bot(home, town, quick_config(tmp_path / "config"), "bot").start()
        bot.signal(signal.SIGINT)
        assert bot.process is not None and bot.process.wait(15) == 0
        assert "Traceback" not in bot.log.read_text()
    finally:
        bot.kill()
        town.close()
