"""What the SQLite store promises beyond the contract: indexes, syncs, damage seen at reading, speed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.sheets import SHEETS
from control_plane.backends.local.store import SqliteStore
from schemas.errors import Denied, UsageError
from schemas.ports import Create, Done, Put, Where
from schemas.tables import COLLECTIONS, PAIRS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "store.db", clock=clock)) as made:
        yield made


def plan(store: SqliteStore, collection: str, where: Where, order_by: str) -> str:
    sql, values = SHEETS[collection].query((where,), order_by, False)
    with store._file.read() as connection:
        return " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))


def test_find_searches_by_an_index_for_each_declared_field(store: SqliteStore) -> None:
    """One that leads a pair is searched through the pair's index: only ties are then sorted, by key."""
    for collection, fields in COLLECTIONS.items():
        leading = {pair[0] for pair in PAIRS.get(collection, ())}
        for field in fields:
            for op, value in (("==", "x"), ("<=", "x"), (">", "x"), ("==", 1), ("<=", 1), (">", 1)):
                said = plan(store, collection, Where(field, op, value), field)
                assert "SEARCH" in said, (collection, field, op, value)
                assert "USING INDEX" in said, (collection, field, op, value)
                assert field in leading or "TEMP B-TREE" not in said, (collection, field, op, value)


def test_find_by_one_field_ordered_by_another_sorts_nothing(store: SqliteStore) -> None:
    for collection, pairs in PAIRS.items():
        for first, second in pairs:
            said = plan(store, collection, Where(first, "==", "x"), second)
            assert "USING INDEX" in said, (collection, first, second)
            assert "TEMP B-TREE" not in said, (collection, first, second)


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_each_commit_is_synced_unless_told_otherwise(
    tmp_path: Path, clock: FixedClock, durable: bool, level: int
) -> None:
    with (
        closing(SqliteStore(tmp_path / "s.db", clock=clock, durable=durable)) as store,
        store._file.write() as connection,
    ):
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_document_changed_behind_our_back_is_said_to_be_damaged(store: SqliteStore, tmp_path: Path) -> None:
    store.commit((Create("alerts", "a", {"state": "open"}),), (Create("alerts", "b", {"state": "open"}),))
    with closing(sqlite3.connect(tmp_path / "store.db")) as other:
        other.execute("""UPDATE d_alerts SET value = '{"state":"shut"}' WHERE key = 'a'""")
        other.commit()
    with pytest.raises(Denied, match=r"alerts/a is damaged") as caught:
        store.get("alerts", "a")
    assert str(tmp_path / "store.db") in str(caught.value)
    with pytest.raises(Denied, match="damaged"):
        store.find("alerts")
    assert store.get("alerts", "b") is not None
    store.commit((Put("alerts", "a", {"state": "open"}),))
    assert store.get("alerts", "a") is not None
    with closing(sqlite3.connect(tmp_path / "store.db")) as other:
        other.execute("UPDATE d_alerts SET key = 'c' WHERE key = 'b'")
        other.commit()
    with pytest.raises(Denied, match=r"alerts/c is damaged"):
        store.get("alerts", "c")


def test_age_is_never_negative(store: SqliteStore, clock: FixedClock) -> None:
    store.commit((Create("leases", "l", {}),))
    clock.advance(timedelta(seconds=-59))
    doc = store.get("leases", "l")
    assert doc is not None
    assert doc.age == timedelta(0)


def test_after_the_clock_was_set_back_a_lease_does_not_last_until_the_old_time(
    store: SqliteStore, clock: FixedClock
) -> None:
    store.commit((Create("leases", "l", {}),))
    clock.advance(timedelta(hours=-1))
    doc = store.get("leases", "l")
    assert doc is not None and doc.age == timedelta(hours=1)


def test_text_that_has_no_utf8_form_can_be_noted_but_not_asked_for(store: SqliteStore) -> None:
    value = {"text": "half \ud83d a pair, and \0", "é": ["Dončić"]}
    store.commit((Create("presses", "p", value),))
    doc = store.get("presses", "p")
    assert doc is not None
    assert doc.value == value
    with pytest.raises(UsageError, match="Unicode"):
        store.commit((Create("presses", "\ud83d", {}),))
    with pytest.raises(UsageError, match="Unicode"):
        store.commit((Create("presses", "q", {"state": "\ud83d"}),))


def test_five_hundred_presses_are_one_quick_commit(store: SqliteStore) -> None:
    value = {"state": "noted", "at": "2026-11-23T12:00:00.000000Z", "person": "U1", "payload": "x" * 400}
    took = []
    for turn in range(5):
        batches = [(Create("presses", f"{turn}-{n}", value),) for n in range(500)]
        begun = time.perf_counter()
        answers = store.commit(*batches)
        took.append(time.perf_counter() - begun)
        assert all(isinstance(answer, Done) for answer in answers)
    assert min(took) < 0.1  # about 0.015 s on a quiet machine


def test_live_documents_put_together_are_all_there(tmp_path: Path, clock: FixedClock) -> None:
    with closing(SqliteLiveState(tmp_path / "live.db", clock=clock)) as live:
        live.put_many("players", {f"p{n:03}": {"n": n} for n in range(300)})
        found = live.find("players")
        assert [doc.value["n"] for doc in found] == list(range(300))
        assert len({doc.version for doc in found}) == 300
        with pytest.raises(UsageError, match="players/b"):
            live.put_many("players", {"a": {}, "b": {"x": float("nan")}})
        assert live.get("players", "a") is None


def test_live_documents_cannot_hold_nul_since_find_would_answer_wrongly(tmp_path: Path, clock: FixedClock) -> None:
    with (
        closing(SqliteLiveState(tmp_path / "live.db", clock=clock)) as live,
        pytest.raises(UsageError, match="NUL"),
    ):
        live.put("players", "a", {"name": "x\0y"})
