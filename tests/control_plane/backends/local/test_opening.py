"""A file that cannot be used is refused in one sentence that names it; it is never begun anew in silence."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control_plane.backends.clock import FixedClock
from control_plane.backends.local.live_state import SqliteLiveState
from control_plane.backends.local.store import SHAPE, SqliteStore
from schemas.errors import BackendError, ConfigError, Denied, ResilienceError, Unavailable
from schemas.ports import Create, Done, Put, Where

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[4]


def opened(path: Path, patience: float = 5) -> SqliteStore:
    return SqliteStore(path, clock=FixedClock(NOW), durable=False, patience=timedelta(seconds=patience))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with two hundred documents, closed."""
    path = tmp_path / "home" / "store.db"
    with closing(opened(path)) as store:
        for n in range(200):
            store.commit((Create("alerts", f"a{n:03}", {"state": "open", "text": f"this is text {n} " * 20}),))
    return path


def refusal(path: Path) -> str:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ConfigError) as caught:
        opened(path).close()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert before is None or path.read_bytes() == before, "a refused file was changed"
    return str(caught.value)


def test_folder_and_file_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "home" / "store.db"
    with closing(opened(path)) as store:
        store.commit((Create("notes", "n", {}),))
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert [file.name for file in path.parent.iterdir()] == ["store.db"]


def test_what_was_committed_is_there_after_reopening(path: Path) -> None:
    with closing(opened(path)) as store:
        assert len(store.find("alerts", Where("state", "==", "open"))) == 200


def test_versions_go_on_after_reopening(path: Path) -> None:
    with closing(opened(path)) as store:
        last = max(doc.version for doc in store.find("alerts"))
        (answer,) = store.commit((Put("alerts", "a000", {}),))
        assert isinstance(answer, Done)
        assert answer.versions[("alerts", "a000")] > last


def test_a_file_that_is_not_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("these are the notes of somebody else\n" * 100)
    assert "not a SQLite file" in refusal(path)


def test_a_database_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
        other.commit()
    assert "not our store" in refusal(path)


def test_the_live_state_is_not_the_store(path: Path) -> None:
    with pytest.raises(ConfigError, match="not our live state"):
        SqliteLiveState(path, clock=FixedClock(NOW))


def test_a_file_cut_to_nothing(path: Path) -> None:
    path.write_bytes(b"")
    assert "empty" in refusal(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_a_file_cut_short(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "damaged" in refusal(path)


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    assert "should be a file" in refusal(tmp_path / "store.db")


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    assert "cannot open" in refusal(tmp_path / "home" / "store.db")


def pragma(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_newer_and_an_older_format(path: Path) -> None:
    pragma(path, f"PRAGMA user_version = {SHAPE.schema + 1}")
    assert f"newer version {SHAPE.schema + 1}" in refusal(path)
    pragma(path, f"PRAGMA user_version = {SHAPE.schema - 1}")
    assert f"older version {SHAPE.schema - 1}" in refusal(path)


def test_an_older_file_gains_a_new_indexed_field_filled_from_its_documents(path: Path) -> None:
    for statement in (
        'DROP INDEX "i_alerts_state_next_at"',
        'ALTER TABLE "d_alerts" DROP COLUMN "f_state"',
        'DROP TABLE "d_notes"',
        "UPDATE house SET layout = 'before'",
    ):
        pragma(path, statement)
    with closing(opened(path)) as store:
        assert len(store.find("alerts", Where("state", "==", "open"))) == 200
        assert isinstance(store.commit((Create("notes", "n", {}),))[0], Done)


def test_a_field_that_this_program_does_not_know_is_a_newer_program(path: Path) -> None:
    pragma(path, 'ALTER TABLE "d_alerts" ADD COLUMN "f_mood"')
    pragma(path, "UPDATE house SET layout = 'after'")
    assert "alerts.mood" in refusal(path)


def test_a_file_upgraded_under_a_running_program_takes_no_more_writes(path: Path) -> None:
    with closing(opened(path)) as store:
        pragma(path, "UPDATE house SET layout = 'after'")
        with pytest.raises(Denied, match="upgraded by a newer program"):
            store.commit((Create("notes", "n", {}),))


def test_a_database_that_is_gone_while_its_wal_remains(path: Path) -> None:
    path.with_name("store.db-wal").write_bytes(b"x" * 5000)
    path.unlink()
    assert "gone" in refusal(path)
    assert not path.exists()


def test_a_file_moved_away_under_a_running_program(path: Path) -> None:
    with closing(opened(path)) as store:
        path.rename(path.with_name("elsewhere.db"))
        with pytest.raises(Denied, match="moved or replaced"):
            store.commit((Create("notes", "n", {}),))
        with pytest.raises(Denied, match="moved or replaced"):
            store.get("alerts", "a000")


def test_a_closed_store_says_so(path: Path) -> None:
    store = opened(path)
    store.close()
    store.close()
    with pytest.raises(Denied, match="closed"):
        store.get("alerts", "a000")
    with pytest.raises(Denied, match="closed"):
        store.commit((Create("notes", "n", {}),))


def everything(store: SqliteStore) -> dict[str, object]:
    return {doc.key: doc.value for doc in store.find("alerts", order_by="state")}


def flips(path: Path) -> Iterator[int]:
    size = path.stat().st_size
    yield from (0, 16, 18, 24, 28, 60, 68, 100, 101, 105)
    yield from range(200, size, max(1, size // 120))


def test_a_flipped_byte_anywhere_is_noticed_or_harmless_never_a_wrong_answer(path: Path, tmp_path: Path) -> None:
    with closing(opened(path)) as store:
        truth = everything(store)
    noticed = 0
    for place in flips(path):
        copy = tmp_path / "copy.db"
        shutil.copy(path, copy)
        with copy.open("r+b") as handle:
            handle.seek(place)
            (byte,) = handle.read(1)
            handle.seek(place)
            handle.write(bytes([byte ^ 0x5A]))
        try:
            with closing(opened(copy)) as store:
                assert everything(store) == truth, place
        except ResilienceError as said:
            assert str(copy) in str(said)
            noticed += 1
        copy.with_name("copy.db-wal").unlink(missing_ok=True)
        copy.with_name("copy.db-shm").unlink(missing_ok=True)
    assert noticed > 30


def test_damage_that_comes_while_it_is_open_is_said_at_the_call(path: Path) -> None:
    with closing(opened(path)) as store:
        size = path.stat().st_size
        with path.open("r+b") as handle:
            handle.seek(4096)
            handle.write(b"\xa5" * (size - 4096))
        with pytest.raises(Denied, match="damaged"):
            store.find("alerts", limit=1000)


def test_a_wal_cut_short_keeps_what_was_checkpointed(path: Path) -> None:
    copy = path.with_name("copy.db")
    with closing(opened(path)) as store:
        store.commit((Create("notes", "late", {"n": 1}),))
        shutil.copy(path, copy)
        wal = path.with_name("store.db-wal").read_bytes()
    assert len(wal) > 100
    for share in (0.0, 0.1, 0.5, 0.9):
        copy.with_name("copy.db-shm").unlink(missing_ok=True)
        copy.with_name("copy.db-wal").write_bytes(wal[: int(len(wal) * share)])
        with closing(opened(copy)) as store:
            assert len(store.find("alerts")) == 200


def test_a_full_disk_is_denied_and_leaves_nothing_half_done(path: Path) -> None:
    with closing(opened(path)) as store:
        with store._file.write() as connection:  # the nearest thing to a full disk without a disk of our own
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(Denied, match=r"the disk of \S*store\.db is full; nothing was written"):
            store.commit((Create("notes", "small", {}),), (Create("notes", "big", {"text": "x" * 200_000}),))
        assert store.get("notes", "small") is None
        assert store.get("notes", "big") is None
        assert isinstance(store.commit((Create("notes", "small", {}),))[0], Done)


def test_a_file_locked_for_too_long_is_unavailable_and_usable_afterwards(path: Path) -> None:
    with closing(opened(path, patience=0.05)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked by another process"):
                store.commit((Create("notes", "n", {}),))
            assert store.get("alerts", "a000") is not None
            with pytest.raises(Unavailable, match="locked by another process"):
                opened(path, patience=0.05)
        assert isinstance(store.commit((Create("notes", "n", {}),))[0], Done)


def test_a_turn_that_does_not_come_is_unavailable(path: Path) -> None:
    with closing(opened(path, patience=0.05)) as store:
        with store._file.write(), pytest.raises(Unavailable, match="busy"):
            in_a_thread(lambda: store.commit((Create("notes", "n", {}),)))
        assert store.get("notes", "n") is None


def in_a_thread(call: Callable[[], object]) -> None:
    caught: list[BackendError] = []

    def run() -> None:
        try:
            call()
        except BackendError as wrong:
            caught.append(wrong)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    if caught:
        raise caught[0]


READ_ONLY = """
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from control_plane.backends.clock import FixedClock
    from control_plane.backends.local.store import SqliteStore
    from schemas.errors import ConfigError
    if os.getuid() == 0:  # root may do anything
        os.setuid(65534)
    try:
        SqliteStore(Path(sys.argv[1]), clock=FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    except ConfigError as wrong:
        print(wrong)
"""


def as_nobody(path: Path) -> str:
    """What opening says to a user without rights."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READ_ONLY), str(path)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_folder_and_a_file_without_rights(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        open_folder = Path(folder)
        open_folder.chmod(0o555)
        try:
            said = as_nobody(open_folder / "store.db")
            assert str(open_folder / "store.db") in said
            assert "permission denied" in said
            open_folder.chmod(0o755)
            shutil.copy(path, open_folder / "store.db")
            (open_folder / "store.db").chmod(0o444)
            open_folder.chmod(0o555)
            said = as_nobody(open_folder / "store.db")
            assert str(open_folder / "store.db") in said
            assert "read-only" in said or "cannot be opened" in said
            assert "\n" not in said
        finally:
            open_folder.chmod(0o755)


def test_threads_that_open_an_absent_file_together_share_one(tmp_path: Path) -> None:
    path, gate, failed = tmp_path / "store.db", threading.Barrier(8), []
    stores: list[SqliteStore] = []

    def begin(n: int) -> None:
        gate.wait(30)
        try:
            store = opened(path)
            stores.append(store)
            store.commit((Create("notes", f"n{n}", {}),))
        except BaseException as wrong:
            failed.append(wrong)

    threads = [threading.Thread(target=begin, args=(n,), daemon=True) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed, failed
    assert len(stores[0].find("notes")) == 8
    for store in stores:
        store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["store.db"]
