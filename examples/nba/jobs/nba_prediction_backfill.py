"""Job ``nba-prediction-backfill``: predicts GAME_DATE for the enabled models that have no prediction for it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from examples.nba.jobs.work import Work, main
from examples.nba.predictions import PREDICTIONS, prediction_rows

DARK = """
SELECT model_id
FROM nba_predictions.model_registry
WHERE enabled AND status = 'active' AND model_id NOT IN (
  SELECT system_id FROM nba_predictions.player_prop_predictions WHERE game_date = @day AND is_active
)
ORDER BY model_id
"""
FEATURES = """
SELECT player_lookup, game_id, CAST(game_date AS STRING) AS game_date, is_quality_ready
FROM nba_predictions.ml_feature_store_v2
WHERE game_date = @day
ORDER BY game_id, player_lookup
"""


def backfill(work: Work) -> str:
    day = work.day
    models = [row["model_id"] for row in work.rows(DARK, day=day)]
    features = work.rows(FEATURES, day=day) if models else []
    written = 0
    for model in models:
        rows = prediction_rows(work.seed, day, model, features, work.stamp)
        written += work.replace(PREDICTIONS, rows, game_date=day.isoformat(), system_id=model)
    return f"wrote {written} rows for {len(models) if written else 0} models"


if __name__ == "__main__":
    main(backfill)
