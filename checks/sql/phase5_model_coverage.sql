-- Phase 5: which models that were at work before 08:00 of @day have no prediction for it?
WITH models AS (
  SELECT DISTINCT model_id
  FROM nba_predictions.model_registry
  WHERE enabled
    AND status = 'active'
    AND created_at < TIMESTAMP(DATETIME_ADD(DATETIME(@day), INTERVAL 8 HOUR), 'America/New_York')
),
predicting AS (
  SELECT DISTINCT system_id
  FROM nba_predictions.player_prop_predictions
  WHERE game_date = @day
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
)
SELECT
  COUNT(*) AS models,
  COUNTIF(predicting.system_id IS NULL) AS dark_models,
  ARRAY_AGG(CASE WHEN predicting.system_id IS NULL THEN models.model_id END IGNORE NULLS ORDER BY models.model_id)
    AS dark
FROM models
LEFT JOIN predicting ON predicting.system_id = models.model_id
