"""Job ``nba-phase2-reprocess``: fetches the gamebook of GAME_DATE again and writes its final games anew.

The source that a real job would ask is the generated league, which gives the same box score each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from examples.nba.days import RAW, GameDay, raw_rows
from examples.nba.jobs.work import Work, main
from examples.nba.league import FINAL, slate
from examples.nba.moments import AsOf

FINALS = "SELECT game_id FROM nba_reference.nba_schedule WHERE game_date = @day AND game_status = 3"


def reprocess(work: Work) -> str:
    finals = {row["game_id"] for row in work.rows(FINALS, day=work.day)}
    games = tuple(game for game in slate(work.seed, work.day, FINAL) if game.counts)
    fetched = raw_rows(GameDay(work.seed, work.day, games, played=True), AsOf(work.now))
    rows = [{**row, "processed_at": work.stamp} for row in fetched if row["game_id"] in finals]
    written = work.replace(RAW, rows, game_date=work.day.isoformat())
    return f"wrote {written} rows for {len({row['game_id'] for row in rows})} games"


if __name__ == "__main__":
    main(reprocess)
