"""Six canaries of twenty limited metrics each over one gamebook-like table, in GoogleSQL; and what the runner needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from schemas.pipeline import Calendar, CheckSpec, EntrySpec, MetricSpec, Pipeline, Window

PROJECT, TABLE, ROWS = "bench", "nba_raw.gamebook", 1_000_000
AS_OF = datetime(2026, 11, 23, 18, tzinfo=UTC)
DAY = date(2026, 11, 22)
COLUMNS = (
    ("game_id", "STRING"), ("game_date", "DATE"), ("player_name", "STRING"), ("player_lookup", "STRING"),
    ("team_abbr", "STRING"), ("player_status", "STRING"), ("minutes_decimal", "FLOAT64"), ("points", "INT64"),
    ("processed_at", "TIMESTAMP"),
)  # fmt: skip
FILL = f"""INSERT INTO "{PROJECT}".{TABLE} SELECT '002' || lpad(CAST(i // 33 AS VARCHAR), 7, '0'),
    DATE '2026-10-24' + CAST(i * 30 // {ROWS} AS INTEGER),
    CASE WHEN i % 9973 = 0 THEN NULL ELSE 'Player ' || i % 500 END, 'player' || i % 500,
    CASE WHEN i % 7919 = 0 THEN NULL ELSE 'T' || i % 30 END,
    CASE i % 5 WHEN 0 THEN 'dnp' WHEN 1 THEN 'inactive' ELSE 'active' END,
    CASE WHEN i % 5 < 2 THEN NULL ELSE i % 48 + 0.5 END, CASE WHEN i % 5 < 2 THEN NULL ELSE i % 41 END,
    TIMESTAMPTZ '2026-10-25 05:00:00+00' + to_days(CAST(i * 30 // {ROWS} AS INTEGER))
    FROM range({ROWS}) AS numbers(i)"""
SHARED = f"""FROM {TABLE}
WHERE game_date BETWEEN DATE_SUB(@day, INTERVAL 29 DAY) AND @day
  AND LEFT(game_id, 3) IN ('002', '004', '005', '006')"""
YESTERDAY = f"""FROM {TABLE}
WHERE game_date = @day
  AND LEFT(game_id, 3) IN ('002', '004', '005', '006')"""

COUNTED: Mapping[str, tuple[tuple[str, str], ...]] = {  # canary → twenty (metric, expression)
    "nulls": (
        ("row_count", "COUNT(*)"), ("names", "COUNT(player_name)"), ("teams", "COUNT(team_abbr)"),
        ("no_name", "COUNTIF(player_name IS NULL)"), ("no_team", "COUNTIF(team_abbr IS NULL)"),
        ("no_lookup", "COUNTIF(player_lookup IS NULL)"), ("no_status", "COUNTIF(player_status IS NULL)"),
        ("no_minutes", "COUNTIF(minutes_decimal IS NULL)"), ("no_points", "COUNTIF(points IS NULL)"),
        ("no_moment", "COUNTIF(processed_at IS NULL)"), ("no_game", "COUNTIF(game_id IS NULL)"),
        ("active_no_minutes", "COUNTIF(player_status = 'active' AND minutes_decimal IS NULL)"),
        ("active_no_points", "COUNTIF(player_status = 'active' AND points IS NULL)"),
        ("dnp_minutes", "COUNTIF(player_status = 'dnp' AND minutes_decimal IS NOT NULL)"),
        ("dnp_points", "COUNTIF(player_status = 'dnp' AND points IS NOT NULL)"),
        ("share_no_name", "SAFE_DIVIDE(COUNTIF(player_name IS NULL), COUNT(*))"),
        ("share_no_team", "SAFE_DIVIDE(COUNTIF(team_abbr IS NULL), COUNT(*))"),
        ("share_no_minutes", "SAFE_DIVIDE(COUNTIF(minutes_decimal IS NULL), COUNT(*))"),
        ("share_no_points", "SAFE_DIVIDE(COUNTIF(points IS NULL), COUNT(*))"),
        ("share_active", "SAFE_DIVIDE(COUNTIF(player_status = 'active'), COUNT(*))"),
    ),
    "points": (
        ("row_count", "COUNT(*)"), ("played", "COUNTIF(player_status = 'active')"), ("total", "SUM(points)"),
        ("average", "AVG(points)"), ("least", "MIN(points)"), ("most", "MAX(points)"),
        ("negative", "COUNTIF(points < 0)"), ("zero", "COUNTIF(points = 0)"), ("over_10", "COUNTIF(points > 10)"),
        ("over_20", "COUNTIF(points > 20)"), ("over_30", "COUNTIF(points > 30)"), ("over_40", "COUNTIF(points > 40)"),
        ("over_70", "COUNTIF(points > 70)"), ("in_teens", "COUNTIF(points BETWEEN 10 AND 19)"),
        ("share_zero", "SAFE_DIVIDE(COUNTIF(points = 0), COUNT(points))"),
        ("share_over_20", "SAFE_DIVIDE(COUNTIF(points > 20), COUNT(points))"),
        ("share_over_30", "SAFE_DIVIDE(COUNTIF(points > 30), COUNT(points))"),
        ("active_average", "AVG(CASE WHEN player_status = 'active' THEN points END)"),
        ("active_total", "SUM(CASE WHEN player_status = 'active' THEN points END)"),
        ("per_row", "SUM(points) / COUNT(*)"),
    ),
    "minutes": (
        ("row_count", "COUNT(*)"), ("played", "COUNT(minutes_decimal)"), ("total", "SUM(minutes_decimal)"),
        ("average", "AVG(minutes_decimal)"), ("least", "MIN(minutes_decimal)"), ("most", "MAX(minutes_decimal)"),
        ("negative", "COUNTIF(minutes_decimal < 0)"), ("none", "COUNTIF(minutes_decimal = 0)"),
        ("over_12", "COUNTIF(minutes_decimal > 12)"), ("over_24", "COUNTIF(minutes_decimal > 24)"),
        ("over_36", "COUNTIF(minutes_decimal > 36)"), ("over_48", "COUNTIF(minutes_decimal > 48)"),
        ("over_63", "COUNTIF(minutes_decimal > 63)"), ("middle", "COUNTIF(minutes_decimal BETWEEN 20 AND 30)"),
        ("share_over_36", "SAFE_DIVIDE(COUNTIF(minutes_decimal > 36), COUNT(minutes_decimal))"),
        ("share_over_24", "SAFE_DIVIDE(COUNTIF(minutes_decimal > 24), COUNT(minutes_decimal))"),
        ("scorers_average", "AVG(CASE WHEN points > 0 THEN minutes_decimal END)"),
        ("scorers_most", "MAX(CASE WHEN points > 0 THEN minutes_decimal END)"),
        ("no_minutes_points", "COUNTIF(minutes_decimal IS NULL AND points > 0)"),
        ("points_per_minute", "SAFE_DIVIDE(SUM(points), SUM(minutes_decimal))"),
    ),
    "coverage": (
        ("row_count", "COUNT(*)"), ("games", "COUNT(DISTINCT game_id)"), ("days", "COUNT(DISTINCT game_date)"),
        ("first_rows", "COUNTIF(game_date = DATE_SUB(@day, INTERVAL 29 DAY))"),
        ("last_rows", "COUNTIF(game_date = @day)"), ("regular", "COUNTIF(LEFT(game_id, 3) = '002')"),
        ("playoffs", "COUNTIF(LEFT(game_id, 3) = '004')"), ("play_in", "COUNTIF(LEFT(game_id, 3) = '005')"),
        ("cup", "COUNTIF(LEFT(game_id, 3) = '006')"), ("short_ids", "COUNTIF(LENGTH(game_id) <> 10)"),
        ("lookups", "COUNT(player_lookup)"), ("active", "COUNTIF(player_status = 'active')"),
        ("inactive", "COUNTIF(player_status = 'inactive')"), ("dnp", "COUNTIF(player_status = 'dnp')"),
        ("other", "COUNTIF(player_status NOT IN ('active', 'inactive', 'dnp'))"),
        ("share_active", "SAFE_DIVIDE(COUNTIF(player_status = 'active'), COUNT(*))"),
        ("share_dnp", "SAFE_DIVIDE(COUNTIF(player_status = 'dnp'), COUNT(*))"),
        ("share_inactive", "SAFE_DIVIDE(COUNTIF(player_status = 'inactive'), COUNT(*))"),
        ("rows_a_day", "COUNT(*) / COUNT(DISTINCT game_date)"),
        ("share_regular", "SAFE_DIVIDE(COUNTIF(LEFT(game_id, 3) = '002'), COUNT(*))"),
    ),
    "people": (
        ("row_count", "COUNT(*)"), ("players", "COUNT(DISTINCT player_lookup)"), ("named", "COUNT(player_name)"),
        ("blank", "COUNTIF(player_name = '')"), ("unnamed", "COUNTIF(player_name IS NULL)"),
        ("same", "COUNTIF(player_name = player_lookup)"), ("long", "COUNTIF(LENGTH(player_name) > 60)"),
        ("short", "COUNTIF(LENGTH(player_name) < 2)"), ("longest", "MAX(LENGTH(player_name))"),
        ("shortest", "MIN(LENGTH(player_name))"), ("lookup_long", "COUNTIF(LENGTH(player_lookup) > 60)"),
        ("lookup_short", "COUNTIF(LENGTH(player_lookup) < 2)"), ("lookup_longest", "MAX(LENGTH(player_lookup))"),
        ("team_short", "COUNTIF(LENGTH(team_abbr) < 2)"), ("team_long", "COUNTIF(LENGTH(team_abbr) > 3)"),
        ("team_longest", "MAX(LENGTH(team_abbr))"), ("blank_team", "COUNTIF(team_abbr = '')"),
        ("share_named", "SAFE_DIVIDE(COUNT(player_name), COUNT(*))"),
        ("rows_a_player", "COUNT(*) / COUNT(DISTINCT player_lookup)"),
        ("average_length", "AVG(LENGTH(player_name))"),
    ),
    "moments": (
        ("row_count", "COUNT(*)"), ("stamped", "COUNT(processed_at)"), ("unstamped", "COUNTIF(processed_at IS NULL)"),
        ("ahead", "COUNTIF(processed_at > @as_of)"),
        ("early", "COUNTIF(DATE(processed_at, 'America/New_York') < game_date)"),
        ("late", "COUNTIF(DATE(processed_at) > DATE_ADD(game_date, INTERVAL 2 DAY))"),
        ("next_day", "COUNTIF(DATE(processed_at) = DATE_ADD(game_date, INTERVAL 1 DAY))"),
        ("same_day", "COUNTIF(DATE(processed_at) = game_date)"),
        ("hour", "MAX(EXTRACT(HOUR FROM processed_at))"), ("least_hour", "MIN(EXTRACT(HOUR FROM processed_at))"),
        ("last_age", "TIMESTAMP_DIFF(@as_of, MAX(processed_at), MINUTE)"),
        ("first_age", "TIMESTAMP_DIFF(@as_of, MIN(processed_at), MINUTE)"),
        ("span", "DATE_DIFF(MAX(game_date), MIN(game_date), DAY)"),
        ("last_gap", "DATE_DIFF(@day, MAX(game_date), DAY)"),
        ("recent", "COUNTIF(game_date > DATE_SUB(@day, INTERVAL 7 DAY))"),
        ("older", "COUNTIF(game_date <= DATE_SUB(@day, INTERVAL 7 DAY))"),
        ("share_recent", "SAFE_DIVIDE(COUNTIF(game_date > DATE_SUB(@day, INTERVAL 7 DAY)), COUNT(*))"),
        ("share_stamped", "SAFE_DIVIDE(COUNT(processed_at), COUNT(*))"),
        ("recent_points", "SUM(CASE WHEN game_date > DATE_SUB(@day, INTERVAL 7 DAY) THEN points END)"),
        ("recent_average", "AVG(CASE WHEN game_date > DATE_SUB(@day, INTERVAL 7 DAY) THEN points END)"),
    ),
}  # fmt: skip
CALENDAR = "SELECT 'season' AS mode, 11 AS games, 11 AS finals"


def sql_of(canary: str, source: str) -> str:
    """The query as a team would write it."""
    shown = ",\n  ".join(f"{text} AS {name}" for name, text in COUNTED[canary])
    return f"SELECT\n  {shown}\n{source}"


def pipeline(source: str) -> Pipeline:
    """One entry of six canaries; every metric has one limit, and all of them hold (a finding is another figure)."""
    checks = {
        name: CheckSpec(
            name=name, kind="canary_query", title=name, channel="#canary-alerts", layer=2, sql=sql_of(name, source),
            window=Window("yesterday", 1), metrics={metric: MetricSpec(min="-1 * finals") for metric, _ in counted},
        )
        for name, counted in COUNTED.items()
    }  # fmt: skip
    entries = {"canaries": EntrySpec("canaries", "*/30 * * * *", tuple(checks))}
    return Pipeline(
        name=PROJECT, zone="America/New_York", calendar=Calendar(CALENDAR), checks=checks, entries=entries, healers={},
        patterns=(), groups={}, errors_channel="#app-error-alerts", channels=("#canary-alerts", "#app-error-alerts"),
    )  # fmt: skip
