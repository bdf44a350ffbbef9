-- Phase 2: did the gamebooks of all final games of @day arrive, whole?
WITH finals AS (
  SELECT game_id, CONCAT(away_team_tricode, ' @ ', home_team_tricode, ' (', game_id, ')') AS game
  FROM nba_reference.nba_schedule
  WHERE game_date = @day
    AND game_status = 3
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
),
player_rows AS (
  SELECT game_id, player_name, team_abbr
  FROM nba_raw.nbac_gamebook_player_stats
  WHERE game_date = @day
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
),
counted AS (
  SELECT
    COUNT(DISTINCT game_id) AS games_with_rows,
    COUNT(*) AS row_count,
    COUNTIF(player_name IS NULL) AS null_player_name,
    COUNTIF(team_abbr IS NULL) AS null_team_abbr
  FROM player_rows
),
with_rows AS (
  SELECT DISTINCT game_id FROM player_rows
),
absent AS (
  SELECT ARRAY_AGG(finals.game IGNORE NULLS ORDER BY finals.game) AS missing_games
  FROM finals
  LEFT JOIN with_rows ON with_rows.game_id = finals.game_id
  WHERE with_rows.game_id IS NULL
)
SELECT
  counted.games_with_rows,
  counted.row_count,
  counted.null_player_name,
  counted.null_team_abbr,
  absent.missing_games
FROM counted
CROSS JOIN absent
