-- Phase 3: which final games of @day have no row in the player summary?
WITH finals AS (
  SELECT game_id, CONCAT(away_team_tricode, ' @ ', home_team_tricode, ' (', game_id, ')') AS game
  FROM nba_reference.nba_schedule
  WHERE game_date = @day
    AND game_status = 3
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
),
processed AS (
  SELECT DISTINCT game_id
  FROM nba_analytics.player_game_summary
  WHERE game_date = @day
)
SELECT
  COUNT(*) AS final_games,
  COUNTIF(processed.game_id IS NOT NULL) AS games_processed,
  COUNTIF(processed.game_id IS NULL) AS games_missing,
  ARRAY_AGG(CASE WHEN processed.game_id IS NULL THEN finals.game END IGNORE NULLS ORDER BY finals.game) AS missing_games
FROM finals
LEFT JOIN processed ON processed.game_id = finals.game_id
