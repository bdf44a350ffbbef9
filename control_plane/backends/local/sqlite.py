"""A SQLite file shared by many threads and several processes: one guarded writer, a few readers, WAL.

``synchronous = FULL`` (unless ``durable`` is off): a press or an event of the trail that was acknowledged must survive
loss of power, and in WAL mode only FULL syncs at each commit. Group commit pays for it: one sync for many batches.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from schemas.errors import BackendError, ConfigError, Denied, Unavailable

from .opening import RESTORE, Shape, connect, prepare, vet

_IDLE_READERS = 8
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SqliteFile:
    """Opens or makes the file. ConfigError (with the file and what to do) when it cannot be used, Unavailable when
    another process holds it for longer than ``patience``."""

    def __init__(self, path: Path, shape: Shape, *, durable: bool, patience: timedelta) -> None:
        self.path, self.part = path, shape.title
        self._shape = shape
        self._durable = durable
        self._wait = patience.total_seconds()
        self._turn = threading.Lock()
        self._readers: deque[sqlite3.Connection] = deque()
        self._closed = False
        prepare(path, shape)
        self._writer: sqlite3.Connection | None = self._first()
        self._identity = self._stat()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for one statement, which is one snapshot."""
        self._usable()
        try:
            connection = self._reader()
        except sqlite3.Error as wrong:
            raise self.told(wrong) from wrong
        try:
            yield connection
        except sqlite3.Error as wrong:
            connection.close()
            raise self.told(wrong) from wrong
        except BaseException:
            connection.close()
            raise
        if self._closed or len(self._readers) >= _IDLE_READERS:
            connection.close()
        else:
            self._readers.append(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction that has the file to itself. Left normally it is durable; left by an exception nothing of
        it happened. Unavailable when the commit itself failed: then only reading tells."""
        if not self._turn.acquire(timeout=self._wait):
            raise Unavailable(f"{self.path} was busy for {self._wait:g} s; nothing was written", part=self.part)
        try:
            self._usable()
            connection = self._begin()
            try:
                yield connection
            except BaseException as wrong:
                self._undo(connection)
                if isinstance(wrong, sqlite3.Error):
                    raise self.told(wrong) from wrong
                raise
            try:
                connection.execute("COMMIT")
            except sqlite3.Error as wrong:
                self._undo(connection)
                raise self._in_doubt(wrong) from wrong
        finally:
            self._turn.release()

    def next_version(self, connection: sqlite3.Connection) -> int:
        """The last version given out in this file, inside a `write`; also notices a file that has been upgraded."""
        version, layout = connection.execute("SELECT version, layout FROM house").fetchone()
        if layout != self._shape.layout:
            raise Denied(f"{self.path} was upgraded by a newer program; start this one again", part=self.part)
        return int(version)

    def close(self) -> None:
        """Closes; what still runs ends by itself. Calls after it are Denied."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._readers.pop().close()
        with self._turn:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def told(self, wrong: sqlite3.Error) -> BackendError:
        """What SQLite said, as one sentence and the right error."""
        code = getattr(wrong, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGE or "decode" in str(wrong):
            return Denied(f"{self.path} is damaged ({wrong}); {RESTORE}", part=self.part)
        if code in _BUSY:
            what = f"{self.path} was locked by another process for {self._wait:g} s; nothing was written"
            return Unavailable(what, part=self.part)
        if code == sqlite3.SQLITE_FULL:
            return Denied(f"the disk of {self.path} is full; nothing was written", part=self.part)
        if code == sqlite3.SQLITE_READONLY:
            return Denied(f"{self.path} is read-only; nothing was written", part=self.part)
        if code == sqlite3.SQLITE_CANTOPEN and not os.access(self.path.parent, os.W_OK):
            return Denied(f"{self.path} is in a read-only folder, and it needs to write beside it", part=self.part)
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return Denied(
                f"{self.path} cannot be opened; look whether it was moved or its rights changed", part=self.part
            )
        if code == sqlite3.SQLITE_IOERR:
            return Unavailable(f"{self.path}: the disk answers with an error ({wrong})", part=self.part)
        return Denied(f"{self.path}: {wrong}", part=self.part)

    def _in_doubt(self, wrong: sqlite3.Error) -> BackendError:
        told = self.told(wrong)
        if getattr(wrong, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, *_BUSY):
            return told  # certainly not written
        return Unavailable(f"{told}; whether the last commit took effect is unknown", part=self.part)

    def _first(self) -> sqlite3.Connection:
        connection = None
        try:
            connection = connect(self.path, durable=self._durable, wait=self._wait)
            vet(connection, self.path, self._shape)
            return connection
        except BaseException as wrong:
            if connection is not None:
                connection.close()
            if isinstance(wrong, sqlite3.Error):
                told = self.told(wrong)
                raise (told if isinstance(told, Unavailable) else ConfigError(str(told))) from None
            raise

    def _begin(self) -> sqlite3.Connection:
        try:
            if self._writer is None:
                self._writer = connect(self.path, durable=self._durable, wait=self._wait)
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as wrong:
            if self._writer is not None:
                self._undo(self._writer)
            raise self.told(wrong) from wrong
        return self._writer

    def _undo(self, connection: sqlite3.Connection) -> None:
        """Rolls back; a connection that cannot even do that is closed, and the next write takes a new one."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            self._writer = None

    def _reader(self) -> sqlite3.Connection:
        try:
            return self._readers.pop()
        except IndexError:
            return connect(self.path, durable=self._durable, wait=self._wait, reader=True)

    def _usable(self) -> None:
        if self._closed:
            raise Denied(f"{self.path} is closed", part=self.part)
        if self._stat() != self._identity:
            raise Denied(f"{self.path} was moved or replaced while in use; start the program again", part=self.part)

    def _stat(self) -> tuple[int, int]:
        try:
            stat = self.path.stat()
        except OSError:
            return (0, 0)
        return (stat.st_dev, stat.st_ino)
