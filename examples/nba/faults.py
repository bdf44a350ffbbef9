"""The planted faults in the tables. Those of the live state and of the services stand in `live` and `repo`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from .days import RAW, SUMMARY, Row, Tables
from .league import Game, draw
from .predictions import ACCURACY, DARK_MODEL, PREDICTIONS, SIGNALS

NULL_TEAMS = 0.12  # share of yesterday's gamebook rows whose team is lost


@dataclass(frozen=True)
class Planted:
    """What was broken in the tables, all of the game day ``day``."""

    day: date
    uncovered: tuple[Game, ...]  # final, but missing from player_game_summary
    absent: Game  # final, but missing from the gamebook
    null_teams: int
    dark_model: str

    def words(self) -> tuple[str, ...]:
        uncovered = ", ".join(_say(game) for game in self.uncovered)
        return (
            f"{SUMMARY} lacks 2 final games of {self.day}: {uncovered}",
            f"{RAW} lacks 1 final game of {self.day}: {_say(self.absent)}",
            f"{RAW} has {self.null_teams} rows of {self.day} without team_abbr",
            f"model {self.dark_model} has no prediction since {self.day}",
        )


def plant(tables: Tables, games: tuple[Game, ...], seed: int) -> Planted:
    """Breaks yesterday (``games`` are its final ones) in place."""
    day = games[0].day
    rng = draw(seed, day, "faults")
    first, second, absent = rng.sample(games, 3)
    lost = {first.game_id, second.game_id}
    _drop(tables, SUMMARY, lambda row: row["game_id"] in lost)
    _drop(tables, RAW, lambda row: row["game_id"] == absent.game_id)
    for table in (PREDICTIONS, SIGNALS, ACCURACY):
        _drop(tables, table, lambda row: row["system_id"] == DARK_MODEL and row["game_date"] >= day.isoformat())
    rows = [row for row in tables[RAW] if row["game_date"] == day.isoformat()]
    nameless = rng.sample(rows, round(NULL_TEAMS * len(rows)))
    for row in nameless:
        row["team_abbr"] = None
    return Planted(day, (first, second), absent, len(nameless), DARK_MODEL)


def _drop(tables: Tables, table: str, broken: Callable[[Row], bool]) -> None:
    tables[table] = [row for row in tables[table] if not broken(row)]


def _say(game: Game) -> str:
    return f"{game.game_id} {game.away} at {game.home}"
