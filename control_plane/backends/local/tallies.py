"""Count series in SQLite: raw counts and their sums by UTC hour and day.

A window is answered from whole days, then whole hours, then raw counts at its two ends, all in one statement and so
from one snapshot. Raw counts are kept for good (about 50 MB for a million), so a window may begin at any microsecond
of any year and its answer is exact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

RAW = 0
HOUR = 3_600_000_000
DAY = 24 * HOUR
SPANS = (DAY, HOUR, RAW)

CREATE = (
    "CREATE TABLE IF NOT EXISTS tallies (series TEXT NOT NULL, span INTEGER NOT NULL, at INTEGER NOT NULL,"
    " label TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (series, span, at, label)) WITHOUT ROWID"
)
_ADD = (
    "INSERT INTO tallies (series, span, at, label, n) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (series, span, at, label) DO UPDATE SET n = n + excluded.n"
)
_PIECE = "SELECT label, n FROM tallies WHERE series = ? AND span = ? AND at >= ? AND at < ?"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC, exact (no float on the way). ``moment`` is aware."""
    return (moment - _EPOCH) // _MICROSECOND


def pieces(since: int, until: int, spans: tuple[int, ...] = SPANS) -> list[tuple[int, int, int]]:
    """Cuts since ≤ at < until (microseconds) into (span, from, to), coarsest spans first chosen, no overlap, no gap."""
    if since >= until:
        return []
    span, finer = spans[0], spans[1:]
    if span == RAW:
        return [(RAW, since, until)]
    first, last = -(-since // span) * span, until // span * span
    if first >= last:
        return pieces(since, until, finer)
    return [*pieces(since, first, finer), (span, first, last), *pieces(last, until, finer)]


def add(connection: sqlite3.Connection, counts: Iterable[tuple[str, str, int, int]]) -> None:
    """Adds (series, label, at in microseconds, by) to all spans, inside the caller's transaction."""
    connection.executemany(
        _ADD,
        (
            (series, span, at // span * span if span else at, label, by)
            for series, label, at, by in counts
            for span in SPANS
        ),
    )


def total(connection: sqlite3.Connection, series: str, since: int, until: int) -> Mapping[str, int]:
    """Sums by label for since ≤ at < until; labels whose sum is zero are absent."""
    cuts = pieces(since, until)
    if not cuts:
        return {}
    union = " UNION ALL ".join(_PIECE for _ in cuts)
    values = [value for span, first, last in cuts for value in (series, span, first, last)]
    rows = connection.execute(f"SELECT label, SUM(n) FROM ({union}) GROUP BY label ORDER BY label", values)
    return {label: n for label, n in rows if n}
