"""One warehouse file, several processes: whoever finds nobody holding it opens it and serves the others.

An OS lock on ``warehouse.lock`` decides who holds the file; it goes when its process goes, however that ends. A client
whose holder is gone takes over at its next call. DuckDB and sqlglot are loaded by a holder only.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import ConfigError, Unavailable

from .warehouse_client import Gone, RemoteWarehouse, connected

if TYPE_CHECKING:
    from .duck import DuckWarehouse
    from .warehouse_server import Door, WarehouseServer

FILE, LOCK, ADDRESS = "warehouse.duckdb", "warehouse.lock", "warehouse.json"
_PAUSE = 0.05
_ONCE = frozenset({"load"})  # repeating it might add twice


class SharedWarehouse(RemoteWarehouse):
    """The Warehouse port, and ``writer`` for seeds and jobs, over ``home/warehouse.duckdb``.

    Nothing is opened before the first call or `start`. With ``serve=False`` (a short-lived command) a file that nobody
    holds is opened for this process alone until `close`. ``patience`` is how long a call waits for another process
    that has the lock but does not answer yet.
    """

    def __init__(
        self, home: Path, *, project: str, serve: bool = True, patience: timedelta = timedelta(seconds=3)
    ) -> None:
        self._home, self._project, self._serve, self._patience = home, project, serve, patience
        self._remote = connected(home / ADDRESS)
        self._guard = threading.RLock()
        self._held: _Held | None = None
        self._closed = threading.Event()
        super().__init__(self._asked)

    @property
    def holds(self) -> bool:
        """Whether this process holds the file."""
        return self._held is not None

    def start(self) -> bool:
        """Opens and serves the file now if nobody holds it; True when this process holds it."""
        with self._guard:
            if self._held is None:
                self._held = self._take()
            return self._held is not None

    def close(self) -> None:
        """Lets go of the file; another process may take over at once. A call afterwards is Unavailable."""
        self._closed.set()
        with self._guard:
            held, self._held = self._held, None
        if held is not None:
            held.close()

    def _asked(self, operation: str, args: Mapping[str, Any], seconds: float) -> Any:
        for waited in range(max(1, int(self._patience.total_seconds() / _PAUSE))):
            if self._closed.is_set():
                raise Unavailable("the warehouse is closed", part="warehouse")
            held = self._held
            if held is not None:
                return _local(held.ways, operation, args)
            try:
                return self._remote(operation, args, seconds)
            except Gone as gone:
                if gone.reached and operation in _ONCE:
                    raise
            if not self.start() and waited:
                self._closed.wait(_PAUSE)
        raise Unavailable("another process holds it and does not answer", part="warehouse")

    def _take(self) -> _Held | None:
        lock = _locked(self._home)
        if lock is None:
            return None
        try:
            from .duck import DuckWarehouse
            from .warehouse_server import WarehouseServer, door

            warehouse = DuckWarehouse(self._home / FILE, project=self._project)
            try:
                server = WarehouseServer(warehouse, self._home) if self._serve else None
            except Unavailable:
                warehouse.close()
                raise
            return _Held(lock, warehouse, server, door(warehouse))
        except BaseException:
            os.close(lock)
            raise


class _Held:
    """The file in our hands: the OS lock, the open file and the door for others."""

    def __init__(self, lock: int, warehouse: DuckWarehouse, server: WarehouseServer | None, ways: Door) -> None:
        self.ways = ways
        self._lock, self._warehouse, self._server = lock, warehouse, server

    def close(self) -> None:
        try:
            if self._server is not None:
                self._server.close()
            self._warehouse.close()
        finally:
            os.close(self._lock)


def _local(ways: Door, operation: str, args: Mapping[str, Any]) -> Any:
    return ways[operation](**args)


def in_use(home: Path) -> bool:
    """Whether a running process holds the warehouse of this folder."""
    lock = _locked(home)
    if lock is not None:
        os.close(lock)
    return lock is None


def _locked(home: Path) -> int | None:
    """The lock's file descriptor, or None when another process has it."""
    path = home / LOCK
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"the data folder cannot be used: {error.strerror}", file=str(path)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
