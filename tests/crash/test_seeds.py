"""Whole bots killed (SIGKILL) at random moments while ticks, heals, presses and deliveries are under way, and started
again; then everything is brought to its end and judged. ``CRASH_SEEDS`` says how many seeds (``make crash``: hundreds).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.stories.demo import COLLEAGUE, ONCALL, ROOT, buttons, until

from .judge import Estate
from .town import Bot, Town, copied, quick_config, seeded

pytestmark = pytest.mark.crash
SEEDS = int(os.environ.get("CRASH_SEEDS", "1"))
LIVES = 3  # how often a bot is started and killed before the last one may finish
ROOMS = ("canary-alerts", "nba-alerts")


@dataclass
class Born(Bot):
    """A bot from the nursery; nobody waits for it, so that its end is seen from outside."""

    nursery: subprocess.Popen[str] | None = None
    pid: int = 0

    def launch(self) -> Born:
        assert self.nursery is not None and self.nursery.stdin is not None and self.nursery.stdout is not None
        print(json.dumps({"env": self.environment, "log": str(self.log)}), file=self.nursery.stdin, flush=True)
        self.pid = int(self.nursery.stdout.readline())
        return self

    def await_up(self) -> None:
        until(lambda: self._up() or not self.alive(), f"{self.name} to be up", 60)
        assert self.alive(), self.log.read_text()[-3000:]
        self.town.ports.append(self.port)

    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        if self.port in self.town.ports:
            self.town.ports.remove(self.port)
        if self.pid and self.alive():
            os.kill(self.pid, 9)
            until(lambda: not self.alive(), "the killed bot to be gone")


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.nursery"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    process.wait(10)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seeded(Path(tmp_path_factory.mktemp("seeded")) / "home")


@pytest.fixture
def town() -> Iterator[Town]:
    running = Town()
    yield running
    running.close()


class Crowd:
    """People who press and type, at random, whatever the bot's state."""

    def __init__(self, town: Town, dice: random.Random) -> None:
        self._town, self._person, self._dice, self._said = town, town.person(), dice, 0

    def act(self) -> None:
        try:
            self._dice.choice((self._type, self._type, self._press, self._submit))()
        except (requests.RequestException, KeyError, StopIteration):
            return  # what a person sees when nobody answers

    def _type(self) -> None:
        self._said += 1
        self._person.say(f"/resilience why word-{self._said}", channel=self._dice.choice(ROOMS))

    def _press(self) -> None:
        room = self._dice.choice(ROOMS)
        cards = [one for one in self._person.cards(room) if buttons(one)]
        if cards:
            card = self._dice.choice(cards)
            self._person.press(room, card, self._dice.choice(sorted(buttons(card))), self._who())

    def _submit(self) -> None:
        who = self._who()
        views: list[dict[str, Any]] = self._person.state(who)["views"]
        if views and views[-1].get("submit"):
            self._person.submit(views[-1], who)

    def _who(self) -> str:
        return self._dice.choice((ONCALL, COLLEAGUE))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_nothing_is_done_twice_and_nothing_is_lost(
    tmp_path: Path, nursery: subprocess.Popen[str], template: Path, town: Town, seed: int
) -> None:
    dice, home, config = random.Random(seed), copied(template, tmp_path / "home"), quick_config(tmp_path / "config")
    estate, crowd, never = Estate(home, town), Crowd(town, dice), threading.Event()
    for life in range(LIVES):
        bot = Born(home, town, config, f"life{life}", nursery=nursery)
        bot.launch()
        try:
            if dice.random() < 0.8:
                bot.await_up()
                for _ in range(dice.randrange(12)):
                    crowd.act()
                    never.wait(dice.random() * 0.2)
            else:
                never.wait(dice.random() * 0.5)  # killed while it starts
        finally:
            bot.kill()
    last = Born(home, town, config, "last", nursery=nursery)
    last.launch()
    try:
        last.await_up()
        until(lambda: len(estate.find("cards")) >= 4 and estate.settled(), f"seed {seed} to come to its end", 90)
    finally:
        last.kill()
    judge(estate, doubts=LIVES)
    shutil.rmtree(tmp_path / "home")


def judge(estate: Estate, doubts: int) -> None:
    try:
        estate.no_act_twice()
        estate.trail_holds()
        estate.no_press_lost()
        estate.one_card_a_trouble(doubts)
    except AssertionError as error:
        logs = "".join(one.read_text()[-1500:] for one in sorted(estate.home.parent.glob("home-*.log")))
        raise AssertionError(f"{error}\n{logs}") from error
