"""Job ``nba-grading-recovery``: grades the predictions of GAME_DATE that have a line, a played game and no grade."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from examples.nba.jobs.work import Work, main
from examples.nba.predictions import ACCURACY, accuracy_rows

UNGRADED = """
SELECT p.player_lookup, p.game_id, CAST(p.game_date AS STRING) AS game_date, p.system_id, p.recommendation,
  p.current_points_line
FROM nba_predictions.player_prop_predictions AS p
LEFT JOIN nba_predictions.prediction_accuracy AS a
  ON a.game_date = @day AND a.player_lookup = p.player_lookup AND a.system_id = p.system_id
WHERE p.game_date = @day AND p.is_active AND p.current_points_line IS NOT NULL AND a.player_lookup IS NULL
  AND p.game_id IN (SELECT game_id FROM nba_analytics.player_game_summary WHERE game_date = @day)
ORDER BY p.system_id, p.player_lookup
"""
PLAYED = "SELECT player_lookup, points FROM nba_analytics.player_game_summary WHERE game_date = @day"


def grade(work: Work) -> str:
    rows = accuracy_rows(work.rows(UNGRADED, day=work.day), work.rows(PLAYED, day=work.day), work.stamp)
    return f"wrote {work.append(ACCURACY, rows)} rows"


if __name__ == "__main__":
    main(grade)
