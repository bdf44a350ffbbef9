"""The sockets of the house, a page of promises. Each has two plugs and one contract suite (`tests/contracts`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from .messages import Message as Message
from .messages import Posted as Posted
from .messages import RateLimited as RateLimited
from .reports import Report

JsonMap = Mapping[str, Any]


class Clock(Protocol):
    def now(self) -> datetime:
        """The current moment, aware UTC."""


# --- Store: our documents -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doc:
    """A stored document. ``version`` is opaque and changes with every write; ``age`` is the time since the last
    write by the store's own clock, so that a lease needs no other clock."""

    key: str
    value: JsonMap
    version: int
    age: timedelta


@dataclass(frozen=True)
class Create:
    """Lost when the key exists."""

    collection: str
    key: str
    value: JsonMap


@dataclass(frozen=True)
class Replace:
    """Lost unless the document still has ``version``."""

    collection: str
    key: str
    value: JsonMap
    version: int


@dataclass(frozen=True)
class Delete:
    """Lost unless the document still has ``version``."""

    collection: str
    key: str
    version: int


@dataclass(frozen=True)
class Put:
    """Unconditional."""

    collection: str
    key: str
    value: JsonMap


@dataclass(frozen=True)
class Count:
    """Adds ``by`` to the tally of ``label`` in ``series`` at the moment ``at``. A batch that counts has a condition,
    so that a batch sent twice counts once."""

    series: str
    label: str
    at: datetime
    by: int = 1


Write = Create | Replace | Delete | Put | Count
Batch = tuple[Write, ...]


@dataclass(frozen=True)
class Done:
    """The batch took effect. ``versions`` has the new version of each written key, ``(collection, key)``."""

    versions: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Lost:
    """A condition did not hold; nothing of the batch took effect. ``write`` is the condition that failed."""

    write: Create | Replace | Delete


@dataclass(frozen=True)
class Where:
    """A condition on an indexed field (`tables.COLLECTIONS`). ``op`` is ``==``, ``<``, ``<=``, ``>``, ``>=`` or ``in``.

    A document whose field is None or absent matches no condition."""

    field: str
    op: str
    value: Any


class StoreReader(Protocol):
    def get(self, collection: str, key: str) -> Doc | None: ...

    def find(
        self,
        collection: str,
        *where: Where,
        order_by: str = "",
        descending: bool = False,
        limit: int = 1000,
    ) -> list[Doc]:
        """Documents that meet all conditions, ordered by one indexed field (or the key), ties by key."""

    def tally(self, series: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Exact counts by label for since ≤ at < until, from one snapshot. Labels without a count are absent."""


class Store(StoreReader, Protocol):
    """Strongly consistent. Raises Unavailable (outcome unknown), Denied (full, read-only), never loses silently."""

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        """Every batch atomic, one answer each, all durable together before this returns. At most 400 writes a
        batch, one per key (UsageError otherwise; also for a Count without Create, Replace or Delete beside it)."""

    def close(self) -> None: ...


# --- LiveState: the pipeline's own documents ------------------------------------------------------------------


class LiveReader(Protocol):
    def get(self, collection: str, key: str) -> Doc | None: ...

    def find(self, collection: str, *where: Where, limit: int = 1000) -> list[Doc]:
        """As Store.find, on any top-level field, ordered by key."""


class LiveState(LiveReader, Protocol):
    def patch(self, collection: str, key: str, fields: JsonMap, version: int) -> Done | Lost:
        """Sets these top-level fields if the document still has ``version``; others stay. Missing if absent."""

    def put(self, collection: str, key: str, value: JsonMap) -> None:
        """Unconditional; for the pipeline itself and its seed, never for a healer."""


# --- Warehouse ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """The answer of a query: column names and rows of Python values (None, bool, int, float, Decimal, str, date,
    aware datetime, list, dict)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class WarehouseReader(Protocol):
    """GoogleSQL (BigQuery's dialect) in; one SELECT only; named parameters ``@name`` only.

    Raises Denied for anything else, an unsupported expression (named), a SQL error (its sentence) or a query over
    its limits; Unavailable when the warehouse does not answer; Missing for an unknown table.
    """

    def query(
        self,
        sql: str,
        params: JsonMap | None = None,
        *,
        now: datetime,
        timeout: timedelta,
        max_rows: int = 10_000,
    ) -> Rows:
        """``now`` is what CURRENT_* mean, so that any day can be replayed. Cut after ``timeout``."""

    def estimate(self, sql: str, params: JsonMap | None = None, *, now: datetime) -> int:
        """Bytes that the query would read, without running it."""


class Warehouse(WarehouseReader, Protocol):
    def append(self, table: str, rows: Sequence[JsonMap], *, batch_id: str) -> bool:
        """Appends JSON rows to ``dataset.table`` exactly once per ``batch_id``: False when it was there already.
        All or nothing; moments and days are ISO text. Raises Denied for a row that does not fit, naming it."""

    def close(self) -> None: ...


# --- Jobs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Execution:
    """One run of a job. ``state`` is running, succeeded or failed; ``words`` the reason or the last line it said."""

    job: str
    name: str
    state: str
    words: str
    started_at: datetime
    finished_at: datetime | None = None


class JobsReader(Protocol):
    def known(self) -> tuple[str, ...]:
        """Names of the jobs that exist."""

    def find(self, job: str, name: str) -> Execution | None:
        """The execution started under this name, or None when there certainly is none."""


class Jobs(JobsReader, Protocol):
    def run(self, job: str, name: str, args: Mapping[str, str]) -> Execution:
        """Starts ``job`` under a caller-chosen ``name`` with these environment overrides. A second call with the
        same name starts nothing and returns the first execution. Missing: no such job. Does not wait."""


# --- Services -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """A deployed service as the platform shows it; ``commit`` empty when nothing tells it."""

    name: str
    commit: str
    revision: str
    deployed_at: datetime
    min_instances: int
    traffic: Mapping[str, int] = field(default_factory=dict)


class ServicesReader(Protocol):
    def services(self) -> tuple[Service, ...]: ...


# --- Messenger ------------------------------------------------------------------------------------------------


class Messenger(Protocol):
    """Raises RateLimited, Denied (Slack's error code as its message; certainly not delivered), Missing (channel or
    message gone), Unavailable (no answer: delivery unknown)."""

    def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Posted: ...

    def edit(self, channel: str, ts: str, message: Message) -> None: ...

    def whisper(self, channel: str, person: str, message: Message) -> None: ...


# --- What checks may look through, what healers may touch, what the desk may ask ------------------------------


@dataclass(frozen=True)
class Sight:
    """The reading halves: all that a check may use."""

    warehouse: WarehouseReader
    live: LiveReader
    jobs: JobsReader
    services: ServicesReader
    store: StoreReader


class Recheck(Protocol):
    def __call__(self, check: str, subject: str, now: datetime) -> Report:
        """Runs one check again for one subject (cause ``verify``); the report also goes its ordinary way."""


@dataclass(frozen=True)
class Hands:
    """What a healer may touch."""

    live: LiveState
    jobs: Jobs
    warehouse: WarehouseReader
    recheck: Recheck
