-- Phase 5: are there enough active predictions for @day, and are they usable?
SELECT
  COUNT(*) AS active_rows,
  COUNT(DISTINCT player_lookup) AS players,
  COUNTIF(predicted_points IS NULL) AS null_points,
  COUNTIF(current_points_line IS NOT NULL) AS with_line,
  AVG(confidence_score) AS average_confidence
FROM nba_predictions.player_prop_predictions
WHERE game_date = @day
  AND is_active
  AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
