"""An invented league: real-looking team codes, players that are only numbers, slates drawn by (seed, day)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

TEAMS = (
    "ATL", "BKN", "BOS", "CHA", "CHI", "CLE", "DAL", "DEN", "DET", "GSW",
    "HOU", "IND", "LAC", "LAL", "MEM", "MIA", "MIL", "MIN", "NOP", "NYK",
    "OKC", "ORL", "PHI", "PHX", "POR", "SAC", "SAS", "TOR", "UTA", "WAS",
)  # fmt: skip
ROSTER = 17  # the home side lists all, the visitors one fewer: 33 player rows a game
PREDICTED = 9  # players a team whose points are predicted
SLATE = (8, 11)  # games a day
SCHEDULED, LIVE, FINAL, POSTPONED = 1, 2, 3, 4
_MINUTES = (36, 34, 32, 30, 27, 22, 18, 15, 13, 12, 11)
_EPOCH = date(2020, 1, 1)


@dataclass(frozen=True)
class Player:
    """``lookup`` is how every table spells the player; ``rank`` 0 plays most."""

    lookup: str
    name: str
    team: str
    rank: int

    @property
    def minutes(self) -> int:
        return _MINUTES[min(self.rank, len(_MINUTES) - 1)]


@dataclass(frozen=True)
class Game:
    """``counts`` is False for exhibitions and postponed games, which have no player rows."""

    game_id: str
    day: date
    status: int
    home: str
    away: str
    counts: bool = True

    def players(self) -> tuple[Player, ...]:
        return roster(self.home) + roster(self.away)[: ROSTER - 1]

    def predicted(self) -> tuple[Player, ...]:
        return roster(self.home)[:PREDICTED] + roster(self.away)[:PREDICTED]


@lru_cache(maxsize=len(TEAMS))
def roster(team: str) -> tuple[Player, ...]:
    first = TEAMS.index(team) * ROSTER + 1
    numbers = range(first, first + ROSTER)
    return tuple(
        Player(f"player_{number:03}_{team.lower()}", f"Player {number:03} {team}", team, number - first)
        for number in numbers
    )


def draw(seed: int, day: date, what: str) -> Random:
    """A stream of its own for each (seed, day, purpose), so that a day looks the same whenever it is generated."""
    return Random(f"{seed}/{day}/{what}")


def slate(seed: int, day: date, status: int) -> tuple[Game, ...]:
    """The games of ``day`` that count, then one that was postponed."""
    rng = draw(seed, day, "slate")
    teams = rng.sample(TEAMS, 2 * rng.randint(*SLATE) + 2)
    first = 1 + 12 * ((day - _EPOCH).days % 100)
    games = [
        Game(f"002{season(day)}{first + place:05}", day, status, teams[2 * place], teams[2 * place + 1])
        for place in range(len(teams) // 2)
    ]
    last = games.pop()
    return (*games, Game(last.game_id, day, POSTPONED, last.home, last.away, counts=False))


def exhibition(day: date) -> Game:
    """A pre-season game: final, and never counted."""
    return Game(f"001{season(day)}00001", day, FINAL, TEAMS[0], TEAMS[1], counts=False)


def season(day: date) -> str:
    """Two digits: the year in which the season of ``day`` began (July turns it over)."""
    return f"{(day - timedelta(days=181)).year % 100:02}"
