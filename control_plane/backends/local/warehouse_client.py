"""The third Warehouse plug: asks the process that holds the DuckDB file, and loads neither DuckDB nor sqlglot."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.errors import BackendError, ConfigError, Denied, Missing, ResilienceError, Unavailable, UsageError
from schemas.ports import JsonMap, Rows

from .rows_wire import decode, encode

Ask = Callable[[str, Mapping[str, Any], float], Any]
"""(operation, arguments, seconds until Unavailable) → answer."""

_CHUNK = 20_000
_MARGIN = 10.0  # seconds beyond a query's own time limit


class Gone(Unavailable):
    """The holder is not there. ``reached`` tells whether the request may have arrived."""

    def __init__(self, what: str, *, reached: bool) -> None:
        self.reached = reached
        super().__init__(what, part="warehouse")


class RemoteWarehouse:
    """The Warehouse port over another process's `WarehouseServer`; ``writer`` is the pipeline's writing half."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.writer = RemoteWriter(ask)

    def query(
        self,
        sql: str,
        params: JsonMap | None = None,
        *,
        now: datetime,
        timeout: timedelta,
        max_rows: int = 10_000,
    ) -> Rows:
        seconds = timeout.total_seconds()
        args = {"sql": sql, "params": params or {}, "now": now, "seconds": seconds, "max_rows": max_rows}
        answer = self._ask("query", args, seconds + _MARGIN)
        return Rows(tuple(answer["columns"]), tuple(tuple(row) for row in answer["rows"]))

    def estimate(self, sql: str, params: JsonMap | None = None, *, now: datetime) -> int:
        return int(self._ask("estimate", {"sql": sql, "params": params or {}, "now": now}, _MARGIN))

    def append(self, table: str, rows: Sequence[JsonMap], *, batch_id: str) -> bool:
        return bool(self._ask("append", {"table": table, "rows": list(rows), "batch_id": batch_id}, 60.0))

    def close(self) -> None:
        """Nothing is held."""


class RemoteWriter:
    """What `duck_write.PipelineWriter` does, asked of the holder."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def create_table(
        self,
        dataset: str,
        table: str,
        schema: Sequence[Mapping[str, object]],
        *,
        partition_column: str = "",
        require_partition_filter: bool = False,
    ) -> None:
        """As `PipelineWriter.create_table`."""
        self._ask(
            "create_table",
            {"dataset": dataset, "table": table, "schema": schema, "partition_column": partition_column,
             "require_partition_filter": require_partition_filter},
            60.0,
        )  # fmt: skip

    def load(self, table: str, rows: Sequence[JsonMap]) -> int:
        """As `PipelineWriter.load`, in pieces of 20,000 rows, each its own transaction."""
        return sum(int(self._ask("load", {"table": table, "rows": part}, 120.0)) for part in _parts(rows))

    def delete_where(self, table: str, **equal: Any) -> int:
        """As `PipelineWriter.delete_where`."""
        return int(self._ask("delete_where", {"table": table, "equal": equal}, 60.0))

    def replace_rows(self, table: str, rows: Sequence[JsonMap], **equal: Any) -> int:
        """As `PipelineWriter.replace_rows`: one transaction, at most 64 MiB."""
        return int(self._ask("replace_rows", {"table": table, "rows": list(rows), "equal": equal}, 120.0))


def _parts(rows: Sequence[JsonMap]) -> Iterator[list[JsonMap]]:
    source = iter(rows)
    while part := list(islice(source, _CHUNK)):
        yield part


def connected(address: Path) -> Ask:
    """Asks the holder whose port and token stand in ``address``; read anew for every call. Raises `Gone`."""

    def ask(operation: str, args: Mapping[str, Any], seconds: float) -> Any:
        port, token = _address(address)
        return _post(port, token, operation, encode(dict(args)), seconds)

    return ask


def _address(path: Path) -> tuple[int, str]:
    try:
        found = json.loads(path.read_text())
        return int(found["port"]), str(found["token"])
    except FileNotFoundError:
        raise Gone("nobody serves it", reached=False) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise Gone(f"{path} cannot be read", reached=False) from None


def _post(port: int, token: str, operation: str, body: bytes, seconds: float) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        try:
            connection.connect()
        except OSError:
            raise Gone("its holder is gone", reached=False) from None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", f"/{operation}", body, headers)
        response = connection.getresponse()
        answer = response.read()
    except TimeoutError:
        raise Unavailable(f"no answer within {seconds:g} s", part="warehouse") from None
    except (OSError, http.client.HTTPException):
        raise Gone("its holder went away during the call", reached=True) from None
    finally:
        connection.close()
    if response.status == 200:
        return decode(answer)["answer"]
    if response.status in (401, 403, 404):  # another process has the port now
        raise Gone("its holder does not know us", reached=False)
    raise _error(answer)


def _error(answer: bytes) -> ResilienceError:
    kinds: dict[str, type[BackendError]] = {"Missing": Missing, "Denied": Denied, "Unavailable": Unavailable}
    try:
        found = json.loads(answer)
        kind, words = str(found["kind"]), str(found["words"])
    except (ValueError, KeyError, TypeError):
        return Unavailable("its holder answered with nonsense", part="warehouse")
    if kind == "UsageError":
        return UsageError(words)
    if kind == "ConfigError":
        return ConfigError(words)
    return kinds.get(kind, Denied)(words, part="warehouse")
