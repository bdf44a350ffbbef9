-- Phase 3: is the player summary of @day whole? Minutes and points are asked of those who played (is_dnp is not true).
SELECT
  COUNT(*) AS row_count,
  COUNTIF(is_dnp IS NOT TRUE) AS played,
  COUNTIF(is_dnp IS NOT TRUE AND minutes_played IS NULL) AS null_minutes,
  COUNTIF(is_dnp IS NOT TRUE AND points IS NULL) AS null_points,
  AVG(CASE WHEN is_dnp IS NOT TRUE THEN minutes_played END) AS average_minutes,
  AVG(CASE WHEN is_dnp IS NOT TRUE THEN points END) AS average_points
FROM nba_analytics.player_game_summary
WHERE game_date = @day
  AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
