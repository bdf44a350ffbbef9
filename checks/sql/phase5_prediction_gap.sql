-- Phase 5: is there any active prediction for the real games of @day?
WITH games AS (
  SELECT game_id
  FROM nba_reference.nba_schedule
  WHERE game_date = @day
    AND game_status <> 4
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
)
SELECT COUNT(*) AS active_predictions
FROM nba_predictions.player_prop_predictions
WHERE game_date = @day
  AND is_active
  AND game_id IN (SELECT game_id FROM games)
