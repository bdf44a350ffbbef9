-- The calendar of @day as of @as_of: mode, its reason, the slate (games, finals), and what looks stale.
-- Real games: regular season 002, play-offs 004, play-in 005, cup final 006; postponed and cancelled ones (4) never count.
WITH real_games AS (
  SELECT game_date, game_status, LEFT(game_id, 3) AS season_part
  FROM nba_reference.nba_schedule
  WHERE game_date BETWEEN DATE_SUB(@day, INTERVAL 21 DAY) AND DATE_ADD(@day, INTERVAL 21 DAY)
    AND game_status <> 4
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
),
counted AS (
  SELECT
    COUNT(*) AS near_games,
    COUNTIF(game_date = @day) AS games,
    COUNTIF(game_date = @day AND game_status = 3) AS finals,
    COUNTIF(game_date BETWEEN DATE_SUB(@day, INTERVAL 3 DAY) AND @day) AS late_games,
    COUNTIF(season_part = '004'
      AND game_date BETWEEN DATE_SUB(@day, INTERVAL 14 DAY) AND DATE_ADD(@day, INTERVAL 14 DAY)) AS playoff_games,
    COUNTIF(season_part = '002' AND game_date > DATE_SUB(@day, INTERVAL 3 DAY)) AS regular_games
  FROM real_games
),
halt_rows AS (
  SELECT halt_active, halt_reason, ROW_NUMBER() OVER (ORDER BY written_at DESC) AS place
  FROM nba_orchestration.halt_state
  WHERE effective_date = @day
    AND sport = 'nba'
    AND written_at <= @as_of
),
halted AS (
  SELECT
    COUNT(*) AS known,
    COUNTIF(halt_active) AS active,
    MAX(halt_reason) AS halt_reason
  FROM halt_rows
  WHERE place = 1
)
SELECT
  CASE
    WHEN counted.near_games = 0 THEN 'off_season'
    WHEN halted.active > 0 THEN 'halt'
    WHEN counted.playoff_games > 0 AND counted.regular_games = 0 THEN 'playoffs'
    WHEN counted.late_games = 0 THEN 'break'
    ELSE 'season'
  END AS mode,
  CASE
    WHEN counted.near_games = 0 THEN 'no game within 21 days'
    WHEN halted.active > 0 THEN halted.halt_reason
    WHEN counted.playoff_games > 0 AND counted.regular_games = 0 THEN 'the regular season is over, play-off games are near'
    WHEN counted.late_games = 0 THEN 'no game on the day or the 3 days before'
    ELSE 'regular season'
  END AS reason,
  counted.games,
  counted.finals,
  CASE
    WHEN halted.known = 0 AND counted.near_games > 0 AND (
      DATE(@as_of, 'America/New_York') > @day
      OR (DATE(@as_of, 'America/New_York') = @day AND EXTRACT(HOUR FROM @as_of AT TIME ZONE 'America/New_York') >= 6)
    ) THEN 'halt state stale'
    ELSE ''
  END AS warning
FROM counted
CROSS JOIN halted
