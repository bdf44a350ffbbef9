"""The SQLite writes that a storm of findings needs, and nothing else: no decision, no document layer.

One transaction, one sync: for each alert its document, its card, the decision's row, and the decision's count. Tables
and indexes are those of the store, the texts are those that ours wrote.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from control_plane.backends.local.sheets import SHEETS
from control_plane.backends.local.tallies import CREATE, SPANS

Rows = Sequence[tuple[str, str, tuple[object, ...]]]
"""Key, JSON text, values of the indexed columns."""


def opened(path: Path, collections: Sequence[str]) -> sqlite3.Connection:
    """An empty file of these collections, as durable as the store's."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for name in collections:
        for statement in (SHEETS[name].create, *SHEETS[name].indexes):
            connection.execute(statement)
    connection.execute(CREATE)
    return connection


def write(connection: sqlite3.Connection, rows: Mapping[str, Rows], count: tuple[str, str, int]) -> None:
    """All rows of all collections; ``count`` (series, label, at) once for each alert."""
    series, label, at = count
    connection.execute("BEGIN IMMEDIATE")
    for name, listed in rows.items():
        connection.executemany(
            SHEETS[name].insert,
            ((1, at, key, zlib.crc32(text.encode()), text, *indexed) for key, text, indexed in listed),
        )
    spans = [(series, span, at // span * span if span else at, label, len(rows["alerts"])) for span in SPANS]
    connection.executemany("INSERT INTO tallies (series, span, at, label, n) VALUES (?, ?, ?, ?, ?)", spans)
    connection.execute("COMMIT")
