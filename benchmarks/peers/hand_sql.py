"""Six canaries by hand: the same metrics in DuckDB's dialect, read from a cursor, and nothing kept.

``count_if`` is the quickest way to count in DuckDB (NULL over no row at all, which is never asked of it here).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

MONTH = "game_date BETWEEN $day - 29 AND $day AND left(game_id, 3) IN ('002', '004', '005', '006')"
ONE_DAY = "game_date = $day AND left(game_id, 3) IN ('002', '004', '005', '006')"
QUERIES: Mapping[str, str] = {
    "nulls": """SELECT count(*), count(player_name), count(team_abbr),
        count_if(player_name IS NULL), count_if(team_abbr IS NULL),
        count_if(player_lookup IS NULL), count_if(player_status IS NULL),
        count_if(minutes_decimal IS NULL), count_if(points IS NULL),
        count_if(processed_at IS NULL), count_if(game_id IS NULL),
        count_if(player_status = 'active' AND minutes_decimal IS NULL),
        count_if(player_status = 'active' AND points IS NULL),
        count_if(player_status = 'dnp' AND minutes_decimal IS NOT NULL),
        count_if(player_status = 'dnp' AND points IS NOT NULL),
        count_if(player_name IS NULL) / count(*), count_if(team_abbr IS NULL) / count(*),
        count_if(minutes_decimal IS NULL) / count(*), count_if(points IS NULL) / count(*),
        count_if(player_status = 'active') / count(*)""",
    "points": """SELECT count(*), count_if(player_status = 'active'), CAST(sum(points) AS BIGINT),
        avg(points), min(points), max(points), count_if(points < 0), count_if(points = 0),
        count_if(points > 10), count_if(points > 20), count_if(points > 30),
        count_if(points > 40), count_if(points > 70), count_if(points BETWEEN 10 AND 19),
        count_if(points = 0) / count(points), count_if(points > 20) / count(points),
        count_if(points > 30) / count(points), avg(points) FILTER (WHERE player_status = 'active'),
        CAST(sum(points) FILTER (WHERE player_status = 'active') AS BIGINT), sum(points) / count(*)""",
    "minutes": """SELECT count(*), count(minutes_decimal), sum(minutes_decimal), avg(minutes_decimal),
        min(minutes_decimal), max(minutes_decimal), count_if(minutes_decimal < 0),
        count_if(minutes_decimal = 0), count_if(minutes_decimal > 12),
        count_if(minutes_decimal > 24), count_if(minutes_decimal > 36),
        count_if(minutes_decimal > 48), count_if(minutes_decimal > 63),
        count_if(minutes_decimal BETWEEN 20 AND 30),
        count_if(minutes_decimal > 36) / count(minutes_decimal),
        count_if(minutes_decimal > 24) / count(minutes_decimal),
        avg(minutes_decimal) FILTER (WHERE points > 0), max(minutes_decimal) FILTER (WHERE points > 0),
        count_if(minutes_decimal IS NULL AND points > 0), sum(points) / sum(minutes_decimal)""",
    "coverage": """SELECT count(*), count(DISTINCT game_id), count(DISTINCT game_date),
        count_if(game_date = $day - 29), count_if(game_date = $day),
        count_if(left(game_id, 3) = '002'), count_if(left(game_id, 3) = '004'),
        count_if(left(game_id, 3) = '005'), count_if(left(game_id, 3) = '006'),
        count_if(length(game_id) <> 10), count(player_lookup), count_if(player_status = 'active'),
        count_if(player_status = 'inactive'), count_if(player_status = 'dnp'),
        count_if(player_status NOT IN ('active', 'inactive', 'dnp')),
        count_if(player_status = 'active') / count(*), count_if(player_status = 'dnp') / count(*),
        count_if(player_status = 'inactive') / count(*), count(*) / count(DISTINCT game_date),
        count_if(left(game_id, 3) = '002') / count(*)""",
    "people": """SELECT count(*), count(DISTINCT player_lookup), count(player_name),
        count_if(player_name = ''), count_if(player_name IS NULL),
        count_if(player_name = player_lookup), count_if(length(player_name) > 60),
        count_if(length(player_name) < 2), max(length(player_name)), min(length(player_name)),
        count_if(length(player_lookup) > 60), count_if(length(player_lookup) < 2),
        max(length(player_lookup)), count_if(length(team_abbr) < 2), count_if(length(team_abbr) > 3),
        max(length(team_abbr)), count_if(team_abbr = ''), count(player_name) / count(*),
        count(*) / count(DISTINCT player_lookup), avg(length(player_name))""",
    "moments": """SELECT count(*), count(processed_at), count_if(processed_at IS NULL),
        count_if(processed_at > $as_of),
        count_if(CAST(timezone('America/New_York', processed_at) AS DATE) < game_date),
        count_if(CAST(timezone('UTC', processed_at) AS DATE) > game_date + 2),
        count_if(CAST(timezone('UTC', processed_at) AS DATE) = game_date + 1),
        count_if(CAST(timezone('UTC', processed_at) AS DATE) = game_date),
        max(hour(timezone('UTC', processed_at))), min(hour(timezone('UTC', processed_at))),
        (epoch_us($as_of) - epoch_us(max(processed_at))) // 60000000,
        (epoch_us($as_of) - epoch_us(min(processed_at))) // 60000000,
        max(game_date) - min(game_date), $day - max(game_date), count_if(game_date > $day - 7),
        count_if(game_date <= $day - 7), count_if(game_date > $day - 7) / count(*),
        count(processed_at) / count(*), CAST(sum(points) FILTER (WHERE game_date > $day - 7) AS BIGINT),
        avg(points) FILTER (WHERE game_date > $day - 7)""",
}


class HandSql:
    """The six queries over ``table`` (quoted), where ``where`` holds; each gives its twenty values in order."""

    def __init__(self, table: str, where: str, day: date, as_of: datetime) -> None:
        self._texts = {name: f"{text} FROM {table} WHERE {where}" for name, text in QUERIES.items()}
        self._known = {"day": day, "as_of": as_of}

    def run(self, cursor: duckdb.DuckDBPyConnection, names: Sequence[str] = tuple(QUERIES)) -> dict[str, list[Any]]:
        """One after another."""
        found = {}
        for name in names:
            text = self._texts[name]
            bound = {key: value for key, value in self._known.items() if f"${key}" in text}
            row = cursor.execute(text, bound).fetchone()
            assert row is not None
            found[name] = list(row)
        return found

    def side_by_side(self, cursors: Sequence[duckdb.DuckDBPyConnection]) -> dict[str, list[Any]]:
        """Each cursor in a thread of its own, taking the next query that nobody has taken."""
        found: dict[str, list[Any]] = {}
        left, gate = list(QUERIES), threading.Lock()

        def work(cursor: duckdb.DuckDBPyConnection) -> None:
            while True:
                with gate:
                    if not left:
                        return
                    name = left.pop(0)
                found.update(self.run(cursor, (name,)))

        threads = [threading.Thread(target=work, args=(cursor,)) for cursor in cursors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found
