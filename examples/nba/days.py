"""One game day: what the raw, analytics and precompute phases write about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .league import Game, draw
from .moments import AsOf

Row = dict[str, Any]
Tables = dict[str, list[Row]]

SCHEDULE = "nba_reference.nba_schedule"
RAW = "nba_raw.nbac_gamebook_player_stats"
SUMMARY = "nba_analytics.player_game_summary"
CONTEXT = "nba_analytics.upcoming_player_game_context"
CACHES = tuple(
    f"nba_precompute.{name}" for name in ("player_daily_cache", "player_composite_factors", "player_shot_zone_analysis")
)
DEFENSE = "nba_precompute.team_defense_zone_analysis"
FEATURES = "nba_predictions.ml_feature_store_v2"
BATCH_PLAYERS = 136  # quality-ready players of today
_RAW_SPARE, _SUMMARY_SPARE, _FEATURE_SPARE = timedelta(minutes=40), timedelta(minutes=20), timedelta(minutes=210)


@dataclass(frozen=True)
class GameDay:
    """A day with its real games; ``played`` when they are over."""

    seed: int
    day: date
    games: tuple[Game, ...]
    played: bool


def schedule_row(game: Game) -> Row:
    return {
        "game_id": game.game_id,
        "game_date": game.day.isoformat(),
        "game_status": game.status,
        "home_team_tricode": game.home,
        "away_team_tricode": game.away,
    }


def raw_rows(one: GameDay, at: AsOf) -> list[Row]:
    """The gamebook, loaded in the night after the games: 33 rows a game, a third of them without minutes."""
    if not one.played:
        return []
    rng = draw(one.seed, one.day, "box scores")
    rows: list[Row] = []
    for place, game in enumerate(one.games):
        written = at.early(one.day + timedelta(days=1), f"02:{30 + 2 * place}", _RAW_SPARE)
        for player in game.players():
            status = "active" if player.rank < 10 else rng.choice(("active", "dnp", "dnp", "inactive", "inactive"))
            minutes = round(max(rng.gauss(player.minutes, 2.5), 4.0), 1) if status == "active" else None
            points = None if minutes is None else max(round(minutes * rng.uniform(0.25, 0.65)), 0)
            rows.append(
                {
                    "game_id": game.game_id,
                    "game_date": one.day.isoformat(),
                    "player_name": player.name,
                    "player_lookup": player.lookup,
                    "team_abbr": player.team,
                    "player_status": status,
                    "minutes_decimal": minutes,
                    "points": points,
                    "processed_at": written,
                }
            )
    return rows


def summary_rows(one: GameDay, raw: list[Row], at: AsOf) -> list[Row]:
    """The analytics of a played day, one row for each raw row."""
    written = at.early(one.day + timedelta(days=1), "06:20", _SUMMARY_SPARE)
    return [
        {
            "player_lookup": row["player_lookup"],
            "game_id": row["game_id"],
            "game_date": row["game_date"],
            "team_abbr": row["team_abbr"],
            "points": row["points"],
            "minutes_played": row["minutes_decimal"],
            "is_dnp": row["player_status"] != "active",
            "player_status": row["player_status"],
            "processed_at": written,
        }
        for row in raw
    ]


def precompute(one: GameDay, at: AsOf) -> Tables:
    """Context, caches and zones of a day, written in its morning."""
    day = one.day.isoformat()
    context, cached, zoned = (
        at.early(one.day, clock, _FEATURE_SPARE + timedelta(minutes=spare))
        for clock, spare in (("06:25", 60), ("07:30", 20), ("07:40", 10))
    )
    tables: Tables = {
        CONTEXT: [
            {"player_lookup": player.lookup, "game_id": game.game_id, "game_date": day, "processed_at": context}
            for game in one.games
            for player in game.players()
        ],
        DEFENSE: [
            {"team_abbr": team, "game_date": day, "processed_at": zoned}
            for game in one.games
            for team in (game.home, game.away)
        ],
    }
    for table in CACHES:
        tables[table] = [
            {"player_lookup": player.lookup, "game_date": day, "processed_at": cached}
            for game in one.games
            for player in game.predicted()
        ]
    return tables


def feature_rows(one: GameDay, at: AsOf) -> list[Row]:
    """The feature store of a day. Today exactly 136 players are quality-ready; else about nine in ten."""
    rng = draw(one.seed, one.day, "features")
    players = [(game, player) for game in one.games for player in game.predicted()]
    wanted = BATCH_PLAYERS if one.day == at.today else round(len(players) * rng.uniform(0.86, 0.94))
    ready = set(rng.sample(range(len(players)), wanted))
    slow = set(rng.sample(range(len(players)), round(len(players) * 0.02)))
    written = at.early(one.day, "07:50", _FEATURE_SPARE)
    red = set(rng.sample([place for place in range(len(players)) if place not in ready], 4))
    return [
        _feature(game, player.lookup, rng.random(), (place in ready, place in slow, place in red), written)
        for place, (game, player) in enumerate(players)
    ]


def _feature(game: Game, lookup: str, luck: float, flags: tuple[bool, bool, bool], written: str) -> Row:
    ready, slow, red = flags
    return {
        "player_lookup": lookup,
        "game_id": game.game_id,
        "game_date": game.day.isoformat(),
        "feature_quality_score": round(82 + 16 * luck if ready else 71 + 8 * luck, 1),
        "early_season_flag": False,
        "is_quality_ready": ready,
        "quality_alert_level": "green" if ready else "red" if red else "yellow",
        "matchup_quality_pct": round(62 + 30 * luck, 1),
        "cache_miss_fallback_used": slow,
        "created_at": written,
    }
