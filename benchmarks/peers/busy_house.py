"""The bot's own service over a seeded home, with work beside it when told: ``python -m benchmarks.peers.busy_house
SECRET HOME API_URL PORT``.

Says ``open`` once the port is. A line on its input starts the work that it names, over and over until SIGTERM:
``checks`` (every check through the runner with its decisions, and at first the heals that rules and a word ask for),
``queries`` (computing over DuckDB), ``jobs`` (processes). At the end it prints one JSON object: how often each was
done.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot.commands import say
from bot.config import load_pipeline
from bot.house import House, build, open_backends
from bot.service import Place, Service
from bot.slack.http import Account
from control_plane.backends.clock import SystemClock
from schemas.errors import ResilienceError
from schemas.times import day_of

CONFIG = Path(__file__).parents[2] / "resilience.yaml"
JOB = "nba-phase3-reprocess"
HEAVY = (
    "SELECT COUNT(*) AS pairs, SUM(a.points * b.points) AS product"
    " FROM `nba-props-platform.nba_analytics.player_game_summary` AS a"
    " JOIN `nba-props-platform.nba_analytics.player_game_summary` AS b ON a.points < b.points"
)
MINUTE = timedelta(minutes=1)


class Work:
    """Threads that keep the house busy; ``done`` counts what each has finished."""

    def __init__(self, house: House) -> None:
        self._house, self._over = house, threading.Event()
        self.done: Counter[str] = Counter()

    def start(self, names: list[str]) -> None:
        steps = {"checks": self._checks, "queries": self._query, "jobs": self._job}
        for name in names:
            threading.Thread(target=self._turn, args=(steps[name],), daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def _turn(self, step: Callable[[int], None]) -> None:
        for number in count():
            if self._over.is_set():
                return
            try:
                step(number)
            except ResilienceError as error:
                if not self._over.is_set():
                    self.done[f"failed: {error}"] += 1

    def _checks(self, number: int) -> None:
        house = self._house
        for check in house.pipeline.checks:
            if self._over.is_set():
                return
            now = house.back.clock.now()
            house.announcer.report(house.runner.judge(check, now, cause="manual", run_id=f"busy-{number}"), now)
            self.done["checks"] += 1
        if number == 0:
            now = house.back.clock.now()
            day = str(day_of(now, house.pipeline.zone) - timedelta(days=1))
            house.check_again("phase3_coverage", day, now, cause="manual")
            say(house, ["heal", f"phase3_coverage/{day}"], person="shell:bench", source="command", now=now)
        self.done["heals closed"] = len([one for one in house.back.store.find("heals") if not one.value["open"]])

    def _query(self, _number: int) -> None:
        house = self._house
        house.back.warehouse.query(HEAVY, now=house.back.clock.now(), timeout=MINUTE)
        self.done["heavy queries"] += 1

    def _job(self, number: int) -> None:
        house, name, pause = self._house, f"busy-{number}", threading.Event()
        house.back.jobs.run(JOB, name, {"GAME_DATE": "2026-11-01"})
        while not self._over.is_set():
            found = house.back.jobs.find(JOB, name)
            if found is not None and found.state != "running":
                self.done[f"jobs {found.state}"] += 1
                return
            pause.wait(0.1)


def main(secret: str, home: Path, api_url: str, port: int) -> None:
    pipeline = load_pipeline(CONFIG)
    house = build(pipeline, home, open_backends(pipeline, home, SystemClock()), "busy")
    work = Work(house)

    def started() -> None:
        print("open", flush=True)
        work.start(sys.stdin.readline().split())

    try:
        Service(house, Account("xoxb-bench", (secret,), api_url), Place("127.0.0.1", port)).run(started)
    finally:
        work.stop()
        house.close()
        print(json.dumps(work.done), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
