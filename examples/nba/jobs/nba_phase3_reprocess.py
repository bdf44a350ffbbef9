"""Job ``nba-phase3-reprocess``: computes the missing player_game_summary rows of GAME_DATE from the gamebook.

A game that the gamebook lacks is left alone. A row whose team was lost takes it from the player's last summary.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from examples.nba.days import SUMMARY
from examples.nba.jobs.work import Work, main

MISSING = """
SELECT player_lookup, game_id, team_abbr, points, minutes_decimal, player_status
FROM nba_raw.nbac_gamebook_player_stats
WHERE game_date = @day
  AND game_id NOT IN (SELECT game_id FROM nba_analytics.player_game_summary WHERE game_date = @day)
ORDER BY game_id, player_lookup
"""
TEAMS = """
SELECT player_lookup, MAX(team_abbr) AS team_abbr
FROM nba_analytics.player_game_summary
WHERE game_date >= @since AND game_date < @day
GROUP BY player_lookup
"""


def reprocess(work: Work) -> str:
    day = work.day
    raw = work.rows(MISSING, day=day)
    known = {
        row["player_lookup"]: row["team_abbr"] for row in work.rows(TEAMS, day=day, since=day - timedelta(days=30))
    }
    rows = [_summary(row, row["team_abbr"] or known.get(row["player_lookup"]), work) for row in raw]
    fit = [row for row in rows if row["team_abbr"]]
    games = sorted({row["game_id"] for row in fit})
    written = sum(work.replace(SUMMARY, [row for row in fit if row["game_id"] == game], game_id=game) for game in games)
    left = f", left out {len(rows) - len(fit)} rows whose team nobody knows" if len(fit) < len(rows) else ""
    return f"wrote {written} rows for {len(games)} games{left}"


def _summary(row: dict[str, Any], team: str | None, work: Work) -> dict[str, Any]:
    return {
        "player_lookup": row["player_lookup"],
        "game_id": row["game_id"],
        "game_date": work.day.isoformat(),
        "team_abbr": team,
        "points": row["points"],
        "minutes_played": row["minutes_decimal"],
        "is_dnp": row["player_status"] != "active",
        "player_status": row["player_status"],
        "processed_at": work.stamp,
    }


if __name__ == "__main__":
    main(reprocess)
