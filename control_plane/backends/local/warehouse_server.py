"""The holder's door: query, append, estimate and the pipeline's writing, on loopback for other processes.

Port and token stand in ``warehouse.json`` (mode 0600) in the data folder. A request needs the token (compared in
constant time) and a loopback Host, so that no web page can reach it.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from schemas.errors import ConfigError, Denied, Missing, ResilienceError, Unavailable, UsageError

from .duck import DuckWarehouse
from .duck_write import PipelineWriter
from .rows_wire import decode, encode

ADDRESS = "warehouse.json"
BODY_LIMIT = 64 * 2**20
Door = Mapping[str, Callable[..., Any]]


def door(warehouse: DuckWarehouse) -> Door:
    """What can be asked by name, with plain arguments."""
    writer = PipelineWriter(warehouse.file)

    def query(sql: str, params: Mapping[str, Any], now: Any, seconds: float, max_rows: int) -> Any:
        rows = warehouse.query(sql, params, now=now, timeout=timedelta(seconds=seconds), max_rows=max_rows)
        return {"columns": rows.columns, "rows": rows.rows}

    def estimate(sql: str, params: Mapping[str, Any], now: Any) -> int:
        return warehouse.estimate(sql, params, now=now)

    def append(table: str, rows: list[Any], batch_id: str) -> bool:
        return warehouse.append(table, rows, batch_id=batch_id)

    def delete_where(table: str, equal: Mapping[str, Any]) -> int:
        return writer.delete_where(table, **equal)

    def replace_rows(table: str, rows: list[Any], equal: Mapping[str, Any]) -> int:
        return writer.replace_rows(table, rows, **equal)

    return {
        "query": query, "estimate": estimate, "append": append, "create_table": writer.create_table,
        "load": writer.load, "delete_where": delete_where, "replace_rows": replace_rows,
    }  # fmt: skip


def error_of(error: ResilienceError) -> dict[str, str]:
    kinds = (Missing, Denied, Unavailable, UsageError, ConfigError)
    kind = next((one.__name__ for one in kinds if isinstance(error, one)), "Denied")
    return {"kind": kind, "words": str(error)}


class WarehouseServer:
    """Serves a `DuckWarehouse` on a free loopback port until `close`, in daemon threads."""

    def __init__(self, warehouse: DuckWarehouse, home: Path) -> None:
        """Writes ``home/warehouse.json``. Unavailable when it cannot listen or write there."""
        self.token = secrets.token_urlsafe(32)
        self._file = home / ADDRESS
        try:
            self._server = _Server(door(warehouse), self.token)
            self.port = int(self._server.server_address[1])
            _write(self._file, {"port": self.port, "token": self.token, "pid": os.getpid()})
        except OSError as error:
            raise Unavailable(f"cannot serve others from {home}: {error.strerror}", part="warehouse") from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="warehouse", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._file.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(value, out)
    beside.replace(path)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, ways: Door, token: str) -> None:
        self.ways, self.token = ways, token
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def do_POST(self) -> None:
        if (refusal := self._refusal()) is not None:
            self._send(refusal, b'{"kind":"Denied","words":"warehouse: refused"}')
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            args = decode(body)
            answer = {"answer": self.server.ways[self.path[1:]](**args)}
            self._send(200, encode(answer))
        except ResilienceError as error:
            self._send(422, json.dumps(error_of(error)).encode())
        except (ValueError, TypeError) as error:
            words = f"warehouse: the request is malformed ({error})"[:300]
            self._send(422, json.dumps({"kind": "Denied", "words": words}).encode())

    def _refusal(self) -> int | None:
        """The status of a request that is not let in, or None."""
        port = self.server.server_address[1]
        if self.headers.get("Host", "") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            return 403
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self.server.token.encode()):
            return 401
        if self.path[1:] not in self.server.ways:
            return 404
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            return 413
        return None

    def _send(self, status: int, body: bytes) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: requests carry data, and the caller reports its own errors."""
