-- Was it written for @day whether predicting is halted? A missing row suppresses nothing.
SELECT COUNT(*) AS halt_rows
FROM nba_orchestration.halt_state
WHERE effective_date = @day
  AND sport = 'nba'
  AND written_at <= @as_of
