-- Grading: which of the last two days with final games, from @from_day to @day, have no grade?
-- A day on which predicting was halted has nothing to grade; it does not count.
WITH halt_rows AS (
  SELECT
    effective_date,
    halt_active,
    ROW_NUMBER() OVER (PARTITION BY effective_date ORDER BY written_at DESC) AS place
  FROM nba_orchestration.halt_state
  WHERE effective_date BETWEEN @from_day AND @day
    AND sport = 'nba'
    AND written_at <= @as_of
),
halted AS (
  SELECT effective_date
  FROM halt_rows
  WHERE place = 1
    AND halt_active
),
final_days AS (
  SELECT DISTINCT game_date
  FROM nba_reference.nba_schedule
  WHERE game_date BETWEEN @from_day AND @day
    AND game_status = 3
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
),
played AS (
  SELECT final_days.game_date, ROW_NUMBER() OVER (ORDER BY final_days.game_date DESC) AS place
  FROM final_days
  LEFT JOIN halted ON halted.effective_date = final_days.game_date
  WHERE halted.effective_date IS NULL
),
graded AS (
  SELECT DISTINCT game_date
  FROM nba_predictions.prediction_accuracy
  WHERE game_date BETWEEN @from_day AND @day
    AND graded_at IS NOT NULL
    AND LEFT(game_id, 3) IN ('002', '004', '005', '006')
)
SELECT
  COUNT(*) AS days_with_finals,
  COUNTIF(graded.game_date IS NULL) AS ungraded_days,
  ARRAY_AGG(CASE WHEN graded.game_date IS NULL THEN CAST(played.game_date AS STRING) END IGNORE NULLS
    ORDER BY played.game_date) AS ungraded
FROM played
LEFT JOIN graded ON graded.game_date = played.game_date
WHERE played.place <= 2
