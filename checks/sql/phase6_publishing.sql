-- Phase 6: are the signals of @day published for an enabled model, and whole?
WITH enabled_models AS (
  SELECT DISTINCT model_id
  FROM nba_predictions.model_registry
  WHERE enabled
)
SELECT
  COUNT(*) AS signal_rows,
  COUNTIF(enabled_models.model_id IS NOT NULL) AS enabled_rows,
  COUNTIF(signals.daily_signal IS NULL) AS null_signal,
  COUNTIF(signals.pct_over IS NULL) AS null_pct_over
FROM nba_predictions.daily_prediction_signals AS signals
LEFT JOIN enabled_models ON enabled_models.model_id = signals.system_id
WHERE signals.game_date = @day
