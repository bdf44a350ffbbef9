"""The promises of the Warehouse port, for every plug: the file itself, and another process's file over loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.duck_write import PipelineWriter
from control_plane.backends.local.warehouse import SharedWarehouse
from control_plane.backends.local.warehouse_client import RemoteWarehouse, connected
from control_plane.backends.local.warehouse_server import ADDRESS, WarehouseServer
from schemas.errors import Denied, Missing
from schemas.ports import JsonMap, Rows, Warehouse

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PROJECT = "nba-props-platform"
GAMES: list[Mapping[str, object]] = [
    {"name": "game_id", "type": "STRING", "mode": "REQUIRED"},
    {"name": "game_date", "type": "DATE", "mode": "REQUIRED"},
    {"name": "points", "type": "INT64"},
    {"name": "share", "type": "FLOAT64"},
    {"name": "minutes", "type": "NUMERIC"},
    {"name": "final", "type": "BOOL"},
    {"name": "at", "type": "TIMESTAMP"},
    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
    {"name": "extra", "type": "JSON"},
]
ROW: JsonMap = {
    "game_id": "0022600123", "game_date": "2026-11-22", "points": 211, "share": 0.5, "minutes": "35.25", "final": True,
    "at": "2026-11-23T03:30:00.000000Z", "tags": ["home", "late"], "extra": {"a": [1, None]},
}  # fmt: skip


@dataclass(frozen=True)
class Rig:
    """A plug with the tables ``d.games`` (empty) and ``d.filtered`` (which demands a filter on game_date)."""

    plug: Warehouse
    load: Callable[[str, Sequence[JsonMap]], int]


def _prepare(writer: Any) -> None:
    writer.create_table("d", "games", GAMES, partition_column="game_date")
    writer.create_table("d", "filtered", GAMES, partition_column="game_date", require_partition_filter=True)


@contextmanager
def file_itself(folder: Path) -> Iterator[Rig]:
    plug = DuckWarehouse(folder / "warehouse.duckdb", project=PROJECT)
    writer = PipelineWriter(plug.file)
    _prepare(writer)
    yield Rig(plug, writer.load)
    plug.close()


@contextmanager
def over_loopback(folder: Path) -> Iterator[Rig]:
    holder = DuckWarehouse(folder / "warehouse.duckdb", project=PROJECT)
    server = WarehouseServer(holder, folder)
    plug = RemoteWarehouse(connected(folder / ADDRESS))
    _prepare(plug.writer)
    yield Rig(plug, plug.writer.load)
    server.close()
    holder.close()


@contextmanager
def shared(folder: Path) -> Iterator[Rig]:
    plug = SharedWarehouse(folder, project=PROJECT)
    _prepare(plug.writer)
    yield Rig(plug, plug.writer.load)
    plug.close()


PLUGS: Mapping[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    "duckdb": file_itself, "loopback": over_loopback, "shared": shared,
}  # fmt: skip


@pytest.fixture(params=list(PLUGS))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with PLUGS[request.param](tmp_path) as made:
        yield made


def ask(rig: Rig, sql: str, **params: Any) -> Rows:
    return rig.plug.query(sql, params, now=NOW, timeout=20 * SECOND)


def test_values_come_back_in_bigquerys_python_types(rig: Rig) -> None:
    assert rig.plug.append("d.games", [ROW], batch_id="b1")
    found = ask(rig, "SELECT * FROM d.games")
    assert found.columns == tuple(str(column["name"]) for column in GAMES)
    assert found.rows == (
        ("0022600123", date(2026, 11, 22), 211, 0.5, Decimal("35.25"), True, datetime(2026, 11, 23, 3, 30, tzinfo=UTC),
         ["home", "late"], {"a": [1, None]}),
    )  # fmt: skip
    assert [type(value) for value in found.rows[0]] == [
        str, date, int, float, Decimal, bool, datetime, list, dict,
    ]  # fmt: skip
    assert ask(rig, "SELECT STRUCT(1 AS a, 'x' AS b) AS s").dicts() == [{"s": {"a": 1, "b": "x"}}]


def test_optional_fields_may_be_missing(rig: Rig) -> None:
    rig.plug.append("d.games", [{"game_id": "1", "game_date": "2026-11-22"}], batch_id="b1")
    assert ask(rig, "SELECT points, minutes, at, tags, extra FROM d.games").rows == ((None, None, None, [], None),)


def test_parameters_are_typed_by_their_value_and_unused_ones_are_dropped(rig: Rig) -> None:
    rig.plug.append("d.games", [ROW], batch_id="b1")
    sql = (
        "SELECT COUNT(*) AS n FROM d.games WHERE game_date = @day AND points > @points AND share < @share"
        " AND game_id IN UNNEST(@ids) AND at <= @at AND final = @final AND game_id LIKE @prefix"
    )
    params = {
        "day": date(2026, 11, 22), "points": 200, "share": 0.75, "ids": ["0022600123", "x"], "at": NOW, "final": True,
        "prefix": "002%", "unused": 1,
    }  # fmt: skip
    assert ask(rig, sql, **params).rows == ((1,),)
    assert ask(rig, "SELECT @n + 1 AS n, @big AS b, @none IS NULL AS x", n=1, big=2**40, none=None).rows == (
        (2, 2**40, True),
    )


def test_a_missing_parameter_is_named(rig: Rig) -> None:
    with pytest.raises(Denied, match="@day"):
        ask(rig, "SELECT 1 FROM d.games WHERE game_date = @day", dya=date(2026, 1, 1))


def test_now_is_what_it_is_told(rig: Rig) -> None:
    sql = "SELECT CURRENT_DATE('America/New_York') AS d, CURRENT_TIMESTAMP() AS t"
    assert ask(rig, sql).rows == ((date(2026, 11, 22), NOW),)
    earlier = datetime(2020, 2, 29, 12, tzinfo=UTC)
    assert rig.plug.query(sql, now=earlier, timeout=SECOND).rows == ((date(2020, 2, 29), earlier),)


def test_nothing_but_one_select(rig: Rig) -> None:
    rig.plug.append("d.games", [ROW], batch_id="b1")
    for sql in (
        "INSERT INTO d.games (game_id) VALUES ('x')", "DELETE FROM d.games WHERE TRUE", "DROP TABLE d.games",
        "CREATE TABLE d.x AS SELECT 1 AS a", "SELECT 1; DELETE FROM d.games WHERE TRUE", "TRUNCATE TABLE d.games",
        "UPDATE d.games SET points = 1 WHERE TRUE", "ALTER TABLE d.games ADD COLUMN z INT64",
    ):  # fmt: skip
        with pytest.raises(Denied):
            ask(rig, sql)
    assert ask(rig, "SELECT COUNT(*) AS n FROM d.games").rows == ((1,),)


def test_an_unknown_table_is_missing_and_the_nearest_is_named(rig: Rig) -> None:
    with pytest.raises(Missing, match=r"d\.games"):
        ask(rig, "SELECT 1 FROM d.gamez")
    with pytest.raises(Missing):
        ask(rig, "SELECT 1 FROM `other-project.d.games`")
    with pytest.raises(Missing):
        rig.plug.append("d.gamez", [ROW], batch_id="b1")


def test_a_wrong_column_is_denied_by_name(rig: Rig) -> None:
    with pytest.raises(Denied, match="pionts"):
        ask(rig, "SELECT pionts FROM d.games")


def test_a_long_query_is_cut(rig: Rig) -> None:
    sql = (
        "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS a, UNNEST(GENERATE_ARRAY(1, 100000)) AS b"
        " WHERE MOD(a * b, 7) = 3"
    )
    with pytest.raises(Denied, match=r"cut after 0\.3 s"):
        rig.plug.query(sql, now=NOW, timeout=0.3 * SECOND)
    assert ask(rig, "SELECT 1 AS a").rows == ((1,),)


def test_too_many_rows_are_refused_with_the_figure(rig: Rig) -> None:
    sql = "SELECT x FROM UNNEST(GENERATE_ARRAY(1, 11)) AS x"
    assert len(rig.plug.query(sql, now=NOW, timeout=SECOND * 9, max_rows=11).rows) == 11
    with pytest.raises(Denied, match="more than 10 rows"):
        rig.plug.query(sql, now=NOW, timeout=SECOND * 9, max_rows=10)


def test_a_batch_is_appended_once(rig: Rig) -> None:
    assert rig.plug.append("d.games", [ROW, ROW], batch_id="b1") is True
    assert rig.plug.append("d.games", [ROW, ROW], batch_id="b1") is False
    assert rig.plug.append("d.games", [ROW], batch_id="b2") is True
    assert ask(rig, "SELECT COUNT(*) AS n FROM d.games").rows == ((3,),)


BAD_ROWS: list[tuple[JsonMap, str]] = [
    ({**ROW, "pionts": 1}, "row 1, field pionts"), ({"game_id": "x"}, "row 1, field game_date"),
    ({**ROW, "points": "many"}, "row 1, field points"), ({**ROW, "points": 1.5}, "row 1, field points"),
    ({**ROW, "points": 2**63}, "row 1, field points"), ({**ROW, "final": 1}, "row 1, field final"),
    ({**ROW, "at": "yesterday"}, "row 1, field at"), ({**ROW, "at": "2026-11-23T00:00:00"}, "row 1, field at"),
    ({**ROW, "game_date": "2026-02-30"}, "row 1, field game_date"), ({**ROW, "tags": "home"}, "row 1, field tags"),
    ({**ROW, "minutes": "a lot"}, "row 1, field minutes"), ({**ROW, "game_id": 7}, "row 1, field game_id"),
    ({**ROW, "share": float("nan")}, "row 1, field share"),
]  # fmt: skip


def test_a_row_that_does_not_fit_is_named_and_nothing_is_appended(rig: Rig) -> None:
    for row, words in BAD_ROWS:
        with pytest.raises(Denied, match=words):
            rig.plug.append("d.games", [ROW, row], batch_id="b1")
    assert ask(rig, "SELECT COUNT(*) AS n FROM d.games").rows == ((0,),)
    assert rig.plug.append("d.games", [ROW], batch_id="b1") is True


def test_one_batch_sent_by_eight_threads_is_there_once(rig: Rig) -> None:
    gate = threading.Barrier(8)

    def send(_: int) -> bool:
        gate.wait(timeout=20)
        return rig.plug.append("d.games", [ROW] * 5, batch_id="b1")

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [False] * 7 + [True]
    assert ask(rig, "SELECT COUNT(*) AS n FROM d.games").rows == ((5,),)


def test_eight_threads_read_and_write_together(rig: Rig) -> None:
    def work(number: int) -> int:
        for turn in range(5):
            rig.plug.append("d.games", [{**ROW, "points": number}], batch_id=f"{number}-{turn}")
            ((own, everybody),) = ask(
                rig, "SELECT COUNTIF(points = @p) AS own, COUNT(*) AS n FROM d.games", p=number
            ).rows
            assert own == turn + 1
        return int(everybody)

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(work, range(8))) == 40


def test_an_estimate_grows_with_rows_and_columns(rig: Rig) -> None:
    rig.load("d.games", [ROW] * 10)
    narrow = rig.plug.estimate("SELECT points FROM d.games", now=NOW)
    wide = rig.plug.estimate("SELECT * FROM d.games", now=NOW)
    assert 0 < narrow < wide
    rig.load("d.games", [ROW] * 10)
    assert rig.plug.estimate("SELECT points FROM d.games", now=NOW) == 2 * narrow
    with pytest.raises(Missing):
        rig.plug.estimate("SELECT points FROM d.nope", now=NOW)


def test_a_table_that_demands_a_partition_filter_gets_one(rig: Rig) -> None:
    rig.load("d.filtered", [ROW])
    with pytest.raises(Denied, match="without a filter over column game_date"):
        ask(rig, "SELECT COUNT(*) AS n FROM d.filtered WHERE points > 1")
    with pytest.raises(Denied, match="without a filter"):
        ask(rig, "SELECT COUNT(*) AS n FROM d.filtered WHERE game_date = '2026-11-22' OR points > 1")
    for where in ("game_date = @day", "f.points > 1 AND f.game_date >= DATE_SUB(@day, INTERVAL 1 DAY)",
                  "game_date BETWEEN @day AND @day", "game_date IN ('2026-11-22')"):  # fmt: skip
        sql = f"SELECT COUNT(*) AS n FROM d.filtered AS f WHERE {where}"
        assert ask(rig, sql, day=date(2026, 11, 22)).rows == ((1,),)


def test_subqueries_stars_and_the_catalog(rig: Rig) -> None:
    rig.load("d.games", [{**ROW, "points": points} for points in (1, 2, 3)])
    sql = (
        "SELECT (SELECT MAX(points) FROM d.games) - (SELECT MIN(points) FROM d.games) AS spread,"
        " SAFE_DIVIDE((SELECT SUM(points) FROM d.games), (SELECT COUNT(*) FROM d.games)) AS mean"
    )
    assert ask(rig, sql).rows == ((2, 2.0),)
    assert ask(rig, "SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES ORDER BY 1").rows == (("filtered",), ("games",))
    columns = ask(rig, "SELECT column_name, data_type FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'games'")
    assert dict(columns.rows)["tags"] == "ARRAY<STRING>"
    assert ask(rig, "SELECT row_count FROM d.__TABLES__ WHERE table_id = 'games'").rows == ((3,),)
    assert ask(rig, "SELECT DISTINCT _TABLE_SUFFIX AS s FROM `d.ga*`").rows == (("mes",),)


def test_a_name_that_may_mean_two_things_is_refused(rig: Rig) -> None:
    rig.load("d.games", [ROW])
    for sql in (
        "SELECT DATE(at) AS game_date, COUNT(*) AS n FROM d.games GROUP BY game_date",
        "SELECT game_id, COUNT(*) AS points FROM d.games GROUP BY game_id HAVING points > 0",
    ):
        with pytest.raises(Denied, match=r"both a column of d\.games and an alias"):
            ask(rig, sql)
    sql = "SELECT game_date, SUM(points) AS points FROM d.games GROUP BY game_date HAVING SUM(points) > 1"
    assert ask(rig, sql).rows == ((date(2026, 11, 22), 211),)
