"""The Store on SQLite: our documents and count series in one file, for many threads and several processes.

`control_plane.backends.local.sqlite` says how it is kept durable.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from schemas.ports import Batch, Clock, Count, Create, Delete, Doc, Done, Lost, Put, Replace, Where, Write
from schemas.tables import COLLECTIONS, SERIES

from . import tallies
from .convoy import Convoy
from .documents import check_key, check_limit, check_text, checksum, decode, encode, known
from .opening import Shape
from .sheets import SHEETS, Sheet, column
from .sqlite import SqliteFile

WRITES_PER_BATCH = 400

SHAPE = Shape(
    title="store",
    application_id=0x52534C53,
    schema=1,
    statements=(
        *(sheet.create for sheet in SHEETS.values()),
        *(index for sheet in SHEETS.values() for index in sheet.indexes),
        tallies.CREATE,
    ),
    columns={
        f"d_{name}": {column(field).strip('"'): field for field in sheet.fields} for name, sheet in SHEETS.items()
    },
)


@dataclass(frozen=True, slots=True)
class _Step:
    """A write ready to run. ``stamped`` ones take the new version and the moment before ``values``."""

    write: Create | Replace | Delete | Put
    sql: str
    values: tuple[Any, ...]
    stamped: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    steps: tuple[_Step, ...]
    counts: tuple[tuple[str, str, int, int], ...]


class SqliteStore:
    """`schemas.ports.Store` on the file ``path``, made when absent (folder 0700, file 0600).

    ``clock`` is the store's own clock: on one machine there is no other. ``durable=False`` leaves the syncs out, for
    tests. ``patience`` is how long a call waits for another process's write. Raises ConfigError at opening for a file
    that cannot be used; later Denied or Unavailable.
    """

    def __init__(
        self, path: Path, *, clock: Clock, durable: bool = True, patience: timedelta = timedelta(seconds=5)
    ) -> None:
        self._clock = clock
        self._file = SqliteFile(path, SHAPE, durable=durable, patience=patience)
        self._convoy = Convoy(self._carry, patience.total_seconds())

    def get(self, collection: str, key: str) -> Doc | None:
        sheet = _sheet(collection)
        check_key(collection, key)
        with self._file.read() as connection:
            row = connection.execute(f"{sheet.select} WHERE key = ?", (key,)).fetchone()
        return None if row is None else self._docs(collection, [row])[0]

    def find(
        self,
        collection: str,
        *where: Where,
        order_by: str = "",
        descending: bool = False,
        limit: int = 1000,
    ) -> list[Doc]:
        """As the port says. A document without the ordering field stands before all others (after them when
        ``descending``), and ties follow the key in the same direction."""
        check_limit(limit)
        sql, values = _sheet(collection).query(where, order_by, descending)
        with self._file.read() as connection:
            rows = connection.execute(f"{sql} LIMIT ?", (*values, limit)).fetchall()
        return self._docs(collection, rows)

    def tally(self, series: str, since: datetime, until: datetime) -> Mapping[str, int]:
        known(series, SERIES, "the series")
        first, last = _moment(since, "since"), _moment(until, "until")
        with self._file.read() as connection:
            return tallies.total(connection, series, first, last)

    def commit(self, *batches: Batch) -> tuple[Done | Lost, ...]:
        """All batches in one transaction and one sync, as if one after the other; those of other threads that wait
        meanwhile go with them. Malformed batches are refused before any is written."""
        plans = [_plan(batch) for batch in batches]
        return self._convoy.join(plans) if plans else ()

    def _carry(self, plans: Sequence[_Plan]) -> tuple[Done | Lost, ...]:
        with self._file.write() as connection:
            version = first = self._file.next_version(connection)
            now = tallies.micros(self._clock.now())
            answers, version = _apply_all(connection, plans, version, now)
            if version != first:
                connection.execute("UPDATE house SET version = ?", (version,))
        return answers

    def close(self) -> None:
        self._file.close()

    def _docs(self, collection: str, rows: list[tuple[Any, ...]]) -> list[Doc]:
        now, place = tallies.micros(self._clock.now()), f"{self._file.path}: {collection}"
        return [decode(row, now, place, self._file.part) for row in rows]


def _apply_all(
    connection: sqlite3.Connection, plans: Sequence[_Plan], version: int, now: int
) -> tuple[tuple[Done | Lost, ...], int]:
    """Runs the batches inside the transaction; their answers and the last version given out.

    A savepoint for each batch costs as much as its writes, so all run without first; only when one is torn (a later
    write of it lost) all is undone and done again with savepoints.
    """
    tearable = any(len(plan.steps) > 1 for plan in plans)
    if tearable:
        connection.execute("SAVEPOINT batches")
    careful, answers, last = False, list[Done | Lost](), version
    while len(answers) < len(plans):
        answer, last = _apply(connection, plans[len(answers)], last, now, careful=careful)
        if answer is None:
            connection.execute("ROLLBACK TO batches")
            careful, last = True, version
            answers.clear()
        else:
            answers.append(answer)
    if tearable:
        connection.execute("RELEASE batches")
    counts: Counter[tuple[str, str, int]] = Counter()
    for plan, answer in zip(plans, answers, strict=True):
        if isinstance(answer, Done):
            for series, label, at, by in plan.counts:
                counts[series, label, at] += by
    if counts:
        tallies.add(connection, ((*key, by) for key, by in counts.items()))
    return tuple(answers), last


def _apply(
    connection: sqlite3.Connection, plan: _Plan, version: int, now: int, *, careful: bool
) -> tuple[Done | Lost | None, int]:
    """The answer and the last version given out. None: the batch is torn, and only a savepoint (``careful``) undoes
    it."""
    if careful:
        connection.execute("SAVEPOINT batch")
    versions: dict[tuple[str, str], int] = {}
    for place, step in enumerate(plan.steps):
        version += 1
        values = (version, now, *step.values) if step.stamped else step.values
        if not connection.execute(step.sql, values).rowcount:
            assert not isinstance(step.write, Put)
            if careful:
                connection.execute("ROLLBACK TO batch")
                connection.execute("RELEASE batch")
            return (Lost(step.write) if careful or not place else None), version
        if step.stamped:
            versions[(step.write.collection, step.write.key)] = version
    if careful:
        connection.execute("RELEASE batch")
    return Done(versions), version


def _plan(batch: Sequence[Write]) -> _Plan:
    """Checks and encodes a batch before anything is locked."""
    if len(batch) > WRITES_PER_BATCH:
        raise UsageError(f"a batch has at most {WRITES_PER_BATCH} writes, this one has {len(batch)}; split it")
    steps: list[_Step] = []
    counts: list[tuple[str, str, int, int]] = []
    seen: set[tuple[str, str]] = set()
    for write in batch:
        if isinstance(write, Count):
            counts.append(_count(write))
            continue
        step = _step(write)
        name = (write.collection, write.key)
        if name in seen:
            raise UsageError(f"{write.collection}/{write.key} is written twice in one batch; write it once")
        seen.add(name)
        steps.append(step)
    if counts and all(isinstance(step.write, Put) for step in steps):
        raise UsageError("a batch that counts needs a Create, Replace or Delete beside it, so that it counts once")
    return _Plan(tuple(steps), tuple(counts))


def _step(write: Create | Replace | Delete | Put) -> _Step:
    sheet = _sheet(write.collection)
    check_key(write.collection, write.key)
    if isinstance(write, Delete):
        return _Step(write, sheet.delete, (write.key, _version(write)), stamped=False)
    text = encode(write.value, f"{write.collection}/{write.key}")
    crc, indexed = checksum(write.key, text), sheet.indexed(write.value)
    if isinstance(write, Replace):
        return _Step(write, sheet.replace, (crc, text, *indexed, write.key, _version(write)), stamped=True)
    sql = sheet.insert if isinstance(write, Create) else sheet.put
    return _Step(write, sql, (write.key, crc, text, *indexed), stamped=True)


def _count(count: Count) -> tuple[str, str, int, int]:
    known(count.series, SERIES, "the series")
    check_text(count.label, f"{count.series}: the label")
    if type(count.by) is not int:
        raise UsageError(f"{count.series}: a count is a whole number, not {count.by!r}")
    return count.series, count.label, _moment(count.at, f"{count.series}: at"), count.by


def _version(write: Replace | Delete) -> int:
    if type(write.version) is not int:
        raise UsageError(f"{write.collection}/{write.key}: a version is what a Doc has, not {write.version!r}")
    return write.version


def _moment(moment: datetime, place: str) -> int:
    if moment.tzinfo is None:
        raise UsageError(f"{place} has no zone: {moment.isoformat()}")
    return tallies.micros(moment)


def _sheet(collection: str) -> Sheet:
    sheet = SHEETS.get(collection)
    if sheet is None:
        known(collection, COLLECTIONS, "the collection")
        raise UsageError(f"the collection {collection!r} has no table")
    return sheet
