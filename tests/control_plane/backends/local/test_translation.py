"""The translation of GoogleSQL to DuckDB: every probe gives BigQuery's documented answer or is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from control_plane.backends.local.duck import DuckWarehouse
from schemas.errors import Denied
from schemas.ports import Rows

from .probes import FAILS, NOW, PROBES, QUERIES, REFUSED


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckWarehouse]:
    path: Path = tmp_path_factory.mktemp("probes") / "warehouse.duckdb"
    opened = DuckWarehouse(path, project="nba-props-platform")
    yield opened
    opened.close()


def ask(warehouse: DuckWarehouse, sql: str, **params: Any) -> Rows:
    return warehouse.query(sql, params, now=NOW, timeout=timedelta(seconds=20))


def test_there_are_enough_probes() -> None:
    assert len(PROBES) + len(QUERIES) + len(REFUSED) + len(FAILS) >= 100


@pytest.mark.parametrize(("sql", "expected"), PROBES, ids=[sql for sql, _ in PROBES])
def test_probe(warehouse: DuckWarehouse, sql: str, expected: Any) -> None:
    ((found,),) = ask(warehouse, f"SELECT {sql} AS x").rows
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("sql", "expected"), QUERIES, ids=[sql for sql, _ in QUERIES])
def test_query(warehouse: DuckWarehouse, sql: str, expected: list[tuple[Any, ...]]) -> None:
    found = list(ask(warehouse, sql).rows)
    assert found == expected
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in expected]


@pytest.mark.parametrize(("sql", "words"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_refused(warehouse: DuckWarehouse, sql: str, words: str) -> None:
    with pytest.raises(Denied) as refusal:
        ask(warehouse, sql)
    assert words in str(refusal.value)


@pytest.mark.parametrize(("sql", "words"), FAILS, ids=[sql for sql, _ in FAILS])
def test_fails_as_bigquery_does(warehouse: DuckWarehouse, sql: str, words: str) -> None:
    with pytest.raises(Denied) as refusal:
        ask(warehouse, f"SELECT {sql} AS x")
    assert words in str(refusal.value)
