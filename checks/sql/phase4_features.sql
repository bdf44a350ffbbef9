-- Phase 4: is the feature store of @day whole, and good enough to predict from?
SELECT
  COUNT(*) AS row_count,
  COUNT(DISTINCT player_lookup) AS players,
  AVG(feature_quality_score) AS average_quality,
  COUNTIF(feature_quality_score < 70) AS low_quality,
  SAFE_DIVIDE(100 * COUNTIF(is_quality_ready), COUNT(*)) AS ready_share,
  COUNTIF(quality_alert_level = 'red') AS red,
  AVG(matchup_quality_pct) AS average_matchup,
  SAFE_DIVIDE(100 * COUNTIF(cache_miss_fallback_used), COUNT(*)) AS cache_misses
FROM nba_predictions.ml_feature_store_v2
WHERE game_date = @day
  AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
