"""The warehouse file shared by processes: who holds it, who takes over, and what its door lets in."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control_plane.backends.local.duck import DuckWarehouse
from control_plane.backends.local.warehouse import SharedWarehouse
from schemas.errors import ConfigError, Denied, Unavailable

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
TIMEOUT = timedelta(seconds=20)
SCHEMA: list[dict[str, object]] = [{"name": "n", "type": "INT64"}]
HOLDER = """
import sys, threading
from pathlib import Path
from control_plane.backends.local.warehouse import SharedWarehouse
shared = SharedWarehouse(Path(sys.argv[1]), project="p")
assert shared.start()
shared.writer.create_table("d", "t", [{"name": "n", "type": "INT64"}])
print("up", flush=True)
threading.Event().wait()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def count(shared: SharedWarehouse) -> int:
    return int(shared.query("SELECT COUNT(*) AS n FROM d.t", now=NOW, timeout=TIMEOUT).rows[0][0])


def test_a_client_takes_over_when_the_holder_is_killed(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    shared = SharedWarehouse(tmp_path, project="p")
    assert shared.append("d.t", [{"n": 1}], batch_id="a")
    assert shared.writer.load("d.t", [{"n": 2}]) == 1
    assert [shared.holds] == [False]
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    began = time.monotonic()
    assert shared.append("d.t", [{"n": 1}], batch_id="a") is False
    assert count(shared) == 2
    assert time.monotonic() - began < 5
    assert shared.holds
    shared.close()


def test_of_many_clients_one_takes_over_and_serves_the_others(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    clients = [SharedWarehouse(tmp_path, project="p", patience=timedelta(seconds=20)) for _ in range(4)]
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(one.append("d.t", [{"n": 7}], batch_id="same")))
        for one in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(answers) == [False, False, False, True]
    assert [one.holds for one in clients].count(True) == 1
    for one in clients:
        one.close()


def test_a_stopped_holder_is_unavailable_and_never_taken_over(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    shared = SharedWarehouse(tmp_path, project="p")
    assert count(shared) == 0
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match="warehouse"):
            shared._ask("query", {"sql": "SELECT 1", "params": {}, "now": NOW, "seconds": 1, "max_rows": 1}, 0.3)
        assert not shared.start()
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    assert count(shared) == 0


def test_a_client_loads_neither_duckdb_nor_sqlglot(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    code = (
        "import sys; from pathlib import Path; from datetime import datetime, timedelta, UTC\n"
        "from control_plane.backends.local.warehouse import SharedWarehouse\n"
        "shared = SharedWarehouse(Path(sys.argv[1]), project='p')\n"
        "rows = shared.query('SELECT COUNT(*) AS n FROM d.t', now=datetime.now(UTC), timeout=timedelta(seconds=20))\n"
        "assert rows.rows == ((0,),) and not {'duckdb', 'sqlglot', 'requests'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=30)


def test_a_short_command_lets_go_of_the_file(tmp_path: Path) -> None:
    command = SharedWarehouse(tmp_path, project="p", serve=False)
    command.writer.create_table("d", "t", SCHEMA)
    assert command.holds
    assert not (tmp_path / "warehouse.json").exists()
    late = SharedWarehouse(tmp_path, project="p", patience=timedelta(milliseconds=100))
    with pytest.raises(Unavailable, match="another process holds it"):
        count(late)
    command.close()
    assert count(late) == 0
    assert late.holds
    late.close()
    with pytest.raises(Unavailable, match="closed"):
        count(late)


def test_the_door_needs_the_token_and_a_loopback_host(tmp_path: Path) -> None:
    shared = SharedWarehouse(tmp_path, project="p")
    assert shared.start()
    address = tmp_path / "warehouse.json"
    assert address.stat().st_mode & 0o777 == 0o600
    told = json.loads(address.read_text())

    def status(path: str, headers: dict[str, str], body: bytes = b"{}") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=10)
        connection.request("POST", path, body, headers)
        answer = connection.getresponse().status
        connection.close()
        return answer

    bearer = {"Authorization": f"Bearer {told['token']}"}
    assert status("/query", {}) == 401
    assert status("/query", {"Authorization": "Bearer wrong"}) == 401
    assert status("/query", {**bearer, "Host": "evil.example"}) == 403
    assert status("/close", bearer) == 404
    assert status("/query", {**bearer, "Content-Length": str(2**40)}) == 413
    assert status("/query", bearer, b"nonsense") == 422
    assert status("/query", bearer, b'{"o":{"nonsense":1}}') == 422
    shared.close()


@pytest.mark.parametrize("content", [b"nonsense" * 2000, b"SQLite format 3\x00" + bytes(8000), b"x"])
def test_a_corrupt_file_is_one_sentence_and_never_a_new_start(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"warehouse\.duckdb") as error:
        DuckWarehouse(path, project="p")
    assert "\n" not in str(error.value)
    assert path.read_bytes() == content


def test_a_file_that_another_program_has_open_is_unavailable(tmp_path: Path) -> None:
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('up', flush=True); sys.stdin.read()"
    path = tmp_path / "warehouse.duckdb"
    DuckWarehouse(path, project="p").close()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        with pytest.raises(Unavailable, match="held by another process"):
            DuckWarehouse(path, project="p")
        other.kill()


def test_another_projects_file_is_refused(tmp_path: Path) -> None:
    DuckWarehouse(tmp_path / "w.duckdb", project="p").close()
    with pytest.raises(ConfigError, match="project p"):
        DuckWarehouse(tmp_path / "w.duckdb", project="q")


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    first = SharedWarehouse(tmp_path, project="p")
    first.writer.create_table("d", "t", SCHEMA)
    first.append("d.t", [{"n": 5}], batch_id="a")
    first.close()
    again = SharedWarehouse(tmp_path, project="p")
    assert again.append("d.t", [{"n": 5}], batch_id="a") is False
    assert count(again) == 1
    again.close()


def test_closing_cuts_what_runs_and_lets_go(tmp_path: Path) -> None:
    shared = SharedWarehouse(tmp_path, project="p")
    shared.writer.create_table("d", "t", SCHEMA)
    slow = (
        "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS a, UNNEST(GENERATE_ARRAY(1, 100000)) AS b"
        " WHERE MOD(a * b, 7) = 3"
    )
    outcome: list[Exception] = []

    def ask() -> None:
        try:
            shared.query(slow, now=NOW, timeout=TIMEOUT)
        except Unavailable as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    held = shared._held
    assert held is not None
    deadline = time.monotonic() + 10
    while not held._warehouse.file._busy and time.monotonic() < deadline:
        os.sched_yield()
    shared.close()
    thread.join(timeout=10)
    assert [str(error) for error in outcome] == ["warehouse: the warehouse is closed"]
    again = SharedWarehouse(tmp_path, project="p")
    assert count(again) == 0
    again.close()


def test_the_pipelines_writer(tmp_path: Path) -> None:
    with_writer = SharedWarehouse(tmp_path, project="p")
    writer = with_writer.writer
    writer.create_table("d", "t", SCHEMA)
    writer.create_table("d", "t", SCHEMA)
    with pytest.raises(Denied, match="another schema"):
        writer.create_table("d", "t", [{"name": "n", "type": "STRING"}])
    assert writer.load("d.t", [{"n": n} for n in range(10)]) == 10
    assert writer.delete_where("d.t", n=3) == 1
    assert writer.replace_rows("d.t", [{"n": 4}, {"n": 4}], n=4) == 2
    assert count(with_writer) == 10
    with pytest.raises(Denied, match="at least one"):
        writer.delete_where("d.t")
    with pytest.raises(Denied, match="no column m"):
        writer.delete_where("d.t", m=1)
    with_writer.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "ATTACH '/tmp/x.db' AS x",
        "COPY (SELECT 1) TO '/tmp/x.csv'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true",
        "SET memory_limit = '9GB'", "SELECT getenv('HOME')", "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM read_text('/etc/passwd')", "EXPORT DATABASE '/tmp/x'",
    ],
)  # fmt: skip
def test_even_raw_sql_on_a_cursor_cannot_reach_outside(tmp_path: Path, sql: str) -> None:
    """The lock-down of the engine itself, beneath the translation that refuses all of this already."""
    import duckdb

    warehouse = DuckWarehouse(tmp_path / "w.duckdb", project="p")
    with pytest.raises(Denied):
        warehouse.query(sql, now=NOW, timeout=TIMEOUT)
    if "getenv" not in sql and "secrets" not in sql:
        with warehouse.file.reading() as cursor, pytest.raises(duckdb.Error):
            cursor.execute(sql)
    warehouse.close()


def test_hidden_tables_have_no_name(tmp_path: Path) -> None:
    warehouse = DuckWarehouse(tmp_path / "w.duckdb", project="p")
    for table in ("resilience_meta.batches", "p.resilience_meta.tables", "main.sqlite_master", "system.x.y"):
        with pytest.raises(Exception, match=r"no table|not known"):
            warehouse.query(f"SELECT * FROM {table}", now=NOW, timeout=TIMEOUT)
    warehouse.close()
