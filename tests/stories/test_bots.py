"""Two and five bots on one store and one workspace, while one is killed and one is stopped past its lease.

How several run on one machine: one data folder, one ``resilience serve`` each with a PORT of its own, all with the same
SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET and SLACK_API_URL. Beside a demo these stand in its ``demo.env``, and the address
is ``http://127.0.0.1:8765/api/``.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.judge import Estate
from tests.crash.town import Bot, Town, quick_config, seeded

from .demo import COLLEAGUE, ONCALL, Demo, until
from .test_buttons import CANARY, COVERAGE, now_says, pressed

pytestmark = pytest.mark.crash
LONG = pytest.mark.skipif("CRASH_SEEDS" not in os.environ, reason="a long story: make crash")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    running = Town()
    yield running
    running.close()


@pytest.fixture
def bots(tmp_path: Path, town: Town, request: pytest.FixtureRequest) -> Iterator[list[Bot]]:
    """So many bots as the test's ``count`` says, all up."""
    count, home, config = request.getfixturevalue("count"), seeded(tmp_path / "home"), quick_config(tmp_path / "config")
    started = [Bot(home, town, config, f"bot{one}").launch() for one in range(count)]
    try:
        for bot in started:
            bot.await_up()
        yield started
    finally:
        for bot in started:
            bot.kill()


def typed(town: Town, person: Demo, words: list[str]) -> None:
    """Says each word; the next bot is asked first each time."""
    for text in words:
        town.ports[:] = [*town.ports[1:], *town.ports[:1]]
        person.say(f"/resilience {text}")


def holder(estate: Estate, bots: list[Bot], lease: str) -> Bot | None:
    """The bot that holds the lease now."""
    doc = estate.get("leases", lease)
    return next((bot for bot in bots if doc and bot.process and f"-{bot.process.pid}-" in doc["owner"]), None)


def holds_warehouse(bots: list[Bot]) -> Bot | None:
    """The bot that holds the DuckDB file, as it says itself."""
    try:
        pid = int(json.loads((bots[0].home / "warehouse.json").read_text("utf-8"))["pid"])
    except FileNotFoundError:
        return None
    return next((bot for bot in bots if bot.process and bot.process.pid == pid), None)


def freeze(bot: Bot, estate: Estate) -> None:
    """Stops the process, though not in the midst of a commit: while SQLite's one writer is frozen, nobody can write."""

    def outside() -> bool:
        bot.signal(signal.SIGSTOP)
        with closing(sqlite3.connect(estate.home / "store.sqlite", timeout=0.5, isolation_level=None)) as probe:
            try:
                probe.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError:
                bot.signal(signal.SIGCONT)
                return False

    until(outside, "a moment outside a commit")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("count", [2, pytest.param(5, marks=LONG)])
def test_each_tick_heal_and_card_once_whatever_becomes_of_a_bot(
    tmp_path: Path, town: Town, bots: list[Bot], count: int
) -> None:
    estate, person = Estate(bots[0].home, town), town.person()
    card = person.card(CANARY, *COVERAGE)
    person.card("nba-alerts", "125 of 136", "Healed")
    until(lambda: len(estate.find("ticks")) >= 9, "some ticks")
    assert set(estate.looks().values()) <= {1}  # nobody was disturbed: each check of each tick once
    until(lambda: len(estate.posts()) == len(estate.find("cards")) >= 4, "one card a trouble", 20)

    victim = until(lambda: holds_warehouse(bots), "a bot to hold the warehouse")
    stopped = next(bot for bot in bots if bot is not victim)
    town.ports.remove(stopped.port)
    freeze(stopped, estate)
    typed(town, person, [f"why first-{one}" for one in range(6)])
    pressed(person, CANARY, card, "heal:0")
    pressed(person, CANARY, card, "heal:0", COLLEAGUE)
    plan = ("nba-phase3-reprocess", "It starts at once")
    first, second = person.view(ONCALL, *plan), person.view(COLLEAGUE, *plan)
    person.submit(first)
    person.submit(second, COLLEAGUE)
    now_says(person, CANARY, card["ts"], "Healed", seconds=60)  # told by whoever took the channel over
    assert holder(estate, bots, f"channel:#{CANARY}") is not stopped
    stopped.signal(signal.SIGCONT)
    town.ports.append(stopped.port)

    victim.kill()
    typed(town, person, [f"why second-{one}" for one in range(6)])
    bots.append(Bot(victim.home, town, victim.config, "another").start())
    typed(town, person, [f"why third-{one}" for one in range(6)])
    assert len(town.acknowledged) == 18
    until(estate.settled, "everything to be done", 60)

    estate.no_act_twice()
    assert estate.executions() == {"nba-prediction-consolidate": 1, "nba-phase3-reprocess": 1}
    estate.trail_holds()
    estate.no_press_lost()
    estate.one_card_a_trouble(doubts=2)
    codes = [bot.stop() for bot in bots if bot is not victim]
    assert codes == [0] * count
    looks = estate.looks(warehouse=True)
    assert len(looks) >= 20 and sum(times > 1 for times in looks.values()) <= 2 * 3  # ticks of the stopped and the dead
    ticks = estate.find("ticks")
    assert len(ticks) == len({(one["entry"], one["at"]) for one in ticks})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("count", [2])
def test_when_the_holder_of_the_warehouse_dies_another_takes_it_over(town: Town, bots: list[Bot], count: int) -> None:
    dead = until(lambda: holds_warehouse(bots), "a bot to hold the warehouse")
    dead.kill()
    started = time.monotonic()
    until(lambda: holds_warehouse([bot for bot in bots if bot is not dead]), "the other to take it over", 5)
    assert time.monotonic() - started < 5


@LONG
@pytest.mark.timeout(120)
@pytest.mark.parametrize("count", [2])
def test_while_nobody_answers_for_the_warehouse_nothing_reads_as_healthy(
    town: Town, bots: list[Bot], count: int
) -> None:
    """The holder is stopped, not dead: its lock cannot be taken. Checks are ERROR, and status ends with 1."""
    stopped = until(lambda: holds_warehouse(bots), "a bot to hold the warehouse")
    alive = next(bot for bot in bots if bot is not stopped)
    estate = Estate(stopped.home, town)
    until(lambda: estate.get("latest", "phase2_raw"), "the check to have run")
    freeze(stopped, estate)

    def blind() -> bool:
        return (estate.get("latest", "phase2_raw") or {})["state"] == "ERROR"

    until(blind, "the check to say that it could not look", 60)
    reason = (estate.get("latest", "phase2_raw") or {})["reasons"][0]
    assert "warehouse" in reason or "time limit" in reason, reason
    said = alive.shell("status", "--json")
    assert said.returncode == 1 and not json.loads(said.stdout)["healthy"]
    stopped.signal(signal.SIGCONT)
    until(lambda: not blind(), "the check to look again", 60)
