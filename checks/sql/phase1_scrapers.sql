-- Phase 1: did the scrapers bring anything at all for the days from @from_day to @day?
SELECT
  COUNT(DISTINCT game_id) AS games_seen,
  COUNT(DISTINCT game_date) AS dates_seen
FROM nba_raw.nbac_gamebook_player_stats
WHERE game_date BETWEEN @from_day AND @day
  AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
