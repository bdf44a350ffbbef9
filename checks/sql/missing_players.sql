-- Who a prediction batch of @day should hold: the quality-ready players of the feature store.
SELECT DISTINCT player_lookup
FROM nba_predictions.ml_feature_store_v2
WHERE game_date = @day
  AND is_quality_ready
ORDER BY player_lookup
