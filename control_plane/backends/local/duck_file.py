"""A DuckDB file that this process holds: opening, locking down, a pool of cursors, declarations of tables."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import BackendError, ConfigError, Denied, Missing, Unavailable

from .warehouse_names import META, Catalog, Column, TableSpec

if TYPE_CHECKING:
    import duckdb

VERSION = 1
_LAST_WAIT = 5.0  # seconds for interrupted queries to end at closing
_META = f"""
CREATE SCHEMA IF NOT EXISTS "{{p}}".{META};
CREATE TABLE IF NOT EXISTS "{{p}}".{META}.about (version INTEGER, project VARCHAR);
CREATE TABLE IF NOT EXISTS "{{p}}".{META}.tables ("table" VARCHAR PRIMARY KEY, spec JSON);
CREATE TABLE IF NOT EXISTS "{{p}}".{META}.batches ("table" VARCHAR, batch_id VARCHAR, "at" TIMESTAMPTZ,
    PRIMARY KEY ("table", batch_id));
CREATE TABLE IF NOT EXISTS "{{p}}".{META}.changes ("table" VARCHAR PRIMARY KEY, "at" TIMESTAMPTZ);
"""


class DuckFile:
    """Holds the file until `close`. Reading from any thread; writing one at a time."""

    def __init__(self, path: Path, *, project: str) -> None:
        self.path, self.project = path, project
        self.writing = threading.Lock()
        self._changed = threading.Condition()
        self._free: list[duckdb.DuckDBPyConnection] = []
        self._busy: list[duckdb.DuckDBPyConnection] = []
        self._closed = threading.Event()
        self._root = _opened(path, project)
        try:
            self.catalog = self._prepared()
        except duck_errors() as error:
            self._root.close()
            raise _unreadable(path, error) from None

    def _prepared(self) -> Catalog:
        from .macros import MACROS

        for statement in _META.format(p=self.project).split(";"):
            if statement.strip():
                self._root.execute(statement)
        about = self._root.execute(f'SELECT version, project FROM "{self.project}".{META}.about').fetchall()
        if not about:
            self._root.execute(f'INSERT INTO "{self.project}".{META}.about VALUES (?, ?)', [VERSION, self.project])
        elif about[0] != (VERSION, self.project):
            raise ConfigError(
                f"holds version {about[0][0]} of project {about[0][1]}, not version {VERSION} of {self.project}",
                file=str(self.path), hint="start anew with an empty data folder",
            )  # fmt: skip
        for macro in MACROS:
            self._root.execute(macro)
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            self._root.execute(f"SET GLOBAL {setting}")
        rows = self._root.execute(f'SELECT spec FROM "{self.project}".{META}.tables').fetchall()
        specs = [_spec(json.loads(row[0])) for row in rows]
        return Catalog(self.project, {spec.key: spec for spec in specs})

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that nobody else uses meanwhile. Unavailable once closed."""
        with self._changed:
            if self._closed.is_set():
                raise Unavailable("the warehouse is closed", part="warehouse")
            try:
                found = self._free.pop() if self._free else self._root.cursor()
            except duck_errors() as error:
                raise translated(error) from None
            self._busy.append(found)
        try:
            yield found
        finally:
            with self._changed:
                self._busy = [one for one in self._busy if one is not found]
                if self._closed.is_set():
                    found.close()
                else:
                    self._free.append(found)
                self._changed.notify_all()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only transaction; DuckDB's errors leave it translated."""
        with self._within("BEGIN TRANSACTION READ ONLY") as cursor:
            yield cursor

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A writing transaction, one at a time: all of it or nothing."""
        with self.writing, self._within("BEGIN TRANSACTION") as cursor:
            yield cursor
            cursor.execute("COMMIT")

    @contextmanager
    def _within(self, begin: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.cursor() as cursor:
            try:
                cursor.execute(begin)
                yield cursor
            except duck_errors() as error:
                raise translated(error) from None
            finally:
                _rollback(cursor)

    def find(self, table: str) -> TableSpec:
        dataset, _, name = table.partition(".")
        return self.catalog.find("", dataset, name)

    def quoted(self, spec: TableSpec) -> str:
        return f'"{self.project}"."{spec.dataset}"."{spec.name}"'

    def count_rows(self, cursor: duckdb.DuckDBPyConnection, spec: TableSpec) -> int:
        row = cursor.execute(f"SELECT count(*) FROM {self.quoted(spec)}").fetchone()
        return int(row[0]) if row else 0

    def declare(self, spec: TableSpec) -> None:
        """Makes the table known to queries that begin from now on."""
        self.catalog = Catalog(self.project, {**self.catalog.tables, spec.key: spec})

    def close(self) -> None:
        """Interrupts what runs, waits for it and lets go of the file."""
        with self._changed:
            if self._closed.is_set():
                return
            self._closed.set()
            for cursor in self._busy:
                cursor.interrupt()
            self._changed.wait_for(lambda: not self._busy, timeout=_LAST_WAIT)
            for cursor in self._free:
                cursor.close()
            self._root.close()


def _opened(path: Path, project: str) -> duckdb.DuckDBPyConnection:
    try:
        import duckdb
    except ImportError as error:
        raise ConfigError(f"the embedded warehouse needs {error.name} (run make install)") from None
    if '"' in project or not project:
        raise ConfigError(f"{project!r} is not a project's name")
    root = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "threads": 2})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        root.execute("SET GLOBAL TimeZone = 'UTC'")
        root.execute(f"SET GLOBAL temp_directory = {_text(str(path) + '.tmp')}")
        root.execute(f'ATTACH {_text(str(path))} AS "{project}"')
    except (duckdb.Error, OSError) as error:
        root.close()
        raise _unreadable(path, error) from None
    return root


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _unreadable(path: Path, error: Exception) -> Exception:
    """One clear sentence for a file that cannot be opened."""
    words = str(error)
    if isinstance(error, (ConfigError, BackendError)):
        return error
    if "lock" in words.lower():
        return Unavailable(f"{path} is held by another process", part="warehouse")
    if isinstance(error, PermissionError) or "ermission denied" in words or "ead-only file system" in words:
        return Unavailable(f"{path} cannot be written (permission denied)", part="warehouse")
    if "No space left" in words:
        return Unavailable(f"no space left for {path}", part="warehouse")
    if "version" in words and "storage" in words.lower():
        return ConfigError("was written by another version of DuckDB", file=str(path))
    return ConfigError(f"is not a warehouse that can be read ({words.splitlines()[0][:160]})", file=str(path),
                       hint="restore it from a copy, or move it away to start anew")  # fmt: skip


def _rollback(cursor: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return


def duck_errors() -> tuple[type[Exception], ...]:
    """What DuckDB and the disk may raise: `translated` makes ours of it."""
    import duckdb

    return (duckdb.Error, OSError, MemoryError, BackendError, ConfigError)


def translated(error: Exception) -> BackendError:
    """DuckDB's error as ours: Missing, Unavailable (disk, fatal), else Denied with its first sentence."""
    import duckdb

    if isinstance(error, BackendError):
        return error
    words = " ".join(str(error).split()).split(" LINE 1:")[0]
    if "No space left" in words:
        return Unavailable("no space left on the disk", part="warehouse")
    if isinstance(error, (duckdb.FatalException, duckdb.IOException, duckdb.InternalException, OSError, MemoryError)):
        return Unavailable(words[:200], part="warehouse")
    if isinstance(error, (duckdb.ConnectionException, duckdb.InterruptException)):
        return Unavailable("the warehouse is closed", part="warehouse")
    if isinstance(error, duckdb.CatalogException) and "Table with name" in words:
        return Missing(words[:200], part="warehouse")
    words = words.split(" Use TRY(")[0].split(" Candidate ")[0]
    return Denied(words[:300], part="warehouse")


def _spec(raw: Mapping[str, Any]) -> TableSpec:
    return TableSpec(
        raw["dataset"], raw["name"], tuple(_column(one) for one in raw["columns"]), raw["partition_column"],
        raw["require_partition_filter"],
    )  # fmt: skip


def _column(raw: Mapping[str, Any]) -> Column:
    return Column(raw["name"], raw["type"], raw["mode"], tuple(map(_column, raw["fields"])), raw["description"])
