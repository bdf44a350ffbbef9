-- Phase 3: does the player summary from @from_day to @day hold a player of a game twice?
WITH keys AS (
  SELECT player_lookup, game_id, COUNT(*) AS times
  FROM nba_analytics.player_game_summary
  WHERE game_date BETWEEN @from_day AND @day
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
  GROUP BY player_lookup, game_id
),
counted AS (
  SELECT COUNT(*) AS pairs, COUNTIF(times > 1) AS repeated
  FROM keys
),
games AS (
  SELECT game_id, COUNTIF(times > 1) AS repeated
  FROM keys
  GROUP BY game_id
),
named AS (
  SELECT ARRAY_AGG(CASE WHEN repeated > 0 THEN game_id END IGNORE NULLS ORDER BY game_id) AS repeated_games
  FROM games
),
played AS (
  SELECT COUNT(*) AS final_games
  FROM nba_reference.nba_schedule
  WHERE game_date BETWEEN @from_day AND @day
    AND game_status = 3
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
)
SELECT played.final_games, counted.pairs, counted.repeated, named.repeated_games
FROM counted
CROSS JOIN named
CROSS JOIN played
