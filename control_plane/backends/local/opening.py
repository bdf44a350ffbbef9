"""Opening a SQLite file of ours: made whole when absent, vetted when present, never silently begun anew.

Every refusal is a ConfigError that names the file and what to do. A new file is built beside its place and linked
there, so that other processes see none or all of it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from schemas.errors import ConfigError

MAGIC = b"SQLite format 3\x00"
CHECKED_WHOLE = 4 * 2**20  # bytes, about 40 ms; a bigger file is checked document by document as it is read
RESTORE = "restore it from a backup, or move it away with its -wal file to start anew"


@dataclass(frozen=True)
class Shape:
    """What a file of ours looks like. ``statements`` create it and may run again; ``columns`` maps a table to its
    indexed columns and the document field each is filled from, so that an older file can gain a new one."""

    title: str
    application_id: int
    schema: int
    statements: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def layout(self) -> str:
        return hashlib.sha256("\n".join(self.statements).encode()).hexdigest()[:16]


def connect(path: Path, *, durable: bool, wait: float, reader: bool = False) -> sqlite3.Connection:
    """A connection to a file that exists; ``wait`` is the busy timeout in seconds. May raise sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=wait,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute(f"PRAGMA fullfsync = {int(durable)}")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        if reader:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(path: Path, shape: Shape) -> None:
    """Makes the folder (0700) and the file (0600) when they are absent; looks at what is there otherwise."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path, shape)
        _glance(path, shape)
    except OSError as wrong:
        raise ConfigError(
            f"cannot open the {shape.title}: {(wrong.strerror or str(wrong)).lower()}",
            file=str(path),
            hint="choose a folder that this user may write and that has room (RESILIENCE_HOME)",
        ) from None


def _make(path: Path, shape: Shape) -> None:
    left = path.with_name(path.name + "-wal")
    if left.exists() and left.stat().st_size and not path.exists():
        raise ConfigError(
            f"the {shape.title} is gone but {left.name} is still there",
            file=str(path),
            hint="restore the file from a backup, or move the -wal file away to start anew",
        )
    draft = path.with_name(f"{path.name}.new-{os.getpid()}-{threading.get_ident()}")
    draft.unlink(missing_ok=True)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(connect(draft, durable=True, wait=5)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            _build(connection, shape)
        with suppress(FileExistsError):  # another process was first, and its file is as good
            os.link(draft, path)
    except sqlite3.Error as wrong:
        raise ConfigError(f"cannot make the {shape.title}: {wrong}", file=str(path), hint=_room(path)) from None
    finally:
        for name in (draft.name, f"{draft.name}-wal", f"{draft.name}-shm", f"{draft.name}-journal"):
            path.with_name(name).unlink(missing_ok=True)
    _keep_name(path.parent)


def _build(connection: sqlite3.Connection, shape: Shape) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {shape.application_id}")
    connection.execute(f"PRAGMA user_version = {shape.schema}")
    connection.execute("CREATE TABLE house (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER, layout TEXT)")
    connection.execute("INSERT INTO house VALUES (1, 0, ?)", (shape.layout,))
    for statement in shape.statements:
        connection.execute(statement)
    connection.execute("COMMIT")


def _keep_name(folder: Path) -> None:
    """Makes the new name itself survive power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _glance(path: Path, shape: Shape) -> None:
    if not path.is_file():
        raise ConfigError(f"the {shape.title} should be a file", file=str(path), hint="move what is there away")
    with path.open("rb") as handle:
        head = handle.read(len(MAGIC))
    if not head:
        raise ConfigError(f"the {shape.title} is empty: it was cut to nothing", file=str(path), hint=RESTORE)
    if head != MAGIC:
        raise ConfigError(f"the {shape.title} is damaged or is not a SQLite file", file=str(path), hint=RESTORE)


def vet(connection: sqlite3.Connection, path: Path, shape: Shape) -> None:
    """ConfigError unless this is a whole, writable file of ours in our version. May raise sqlite3.Error."""
    ours = connection.execute("PRAGMA application_id").fetchone()[0]
    schema = connection.execute("PRAGMA user_version").fetchone()[0]
    if ours != shape.application_id:
        hint = "move it away, or choose another folder (RESILIENCE_HOME)"
        raise ConfigError(f"is a SQLite file, but not our {shape.title}", file=str(path), hint=hint)
    if schema != shape.schema:
        age, hint = ("newer", "use that version of the program") if schema > shape.schema else ("older", RESTORE)
        what = f"the {shape.title} was written by {age} version {schema} of its format, this program reads"
        raise ConfigError(f"{what} {shape.schema}", file=str(path), hint=hint)
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise ConfigError(f"the {shape.title} cannot be switched to WAL", file=str(path), hint="use a local disk")
    if path.stat().st_size <= CHECKED_WHOLE:
        said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            words = " ".join(str(said).split())  # SQLite says it in several lines
            raise ConfigError(f"the {shape.title} is damaged: {words}", file=str(path), hint=RESTORE)
    connection.execute("BEGIN IMMEDIATE")
    try:
        _grow(connection, path, shape)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _grow(connection: sqlite3.Connection, path: Path, shape: Shape) -> None:
    """Adds the collections and indexed fields that an older program did not know, filled from the documents."""
    if connection.execute("SELECT layout FROM house").fetchone() == (shape.layout,):
        return
    for table, columns in shape.columns.items():
        there = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
        indexed = {name for name in there if name.startswith("f_")}
        if extra := sorted(indexed - set(columns)):
            what = f"the {shape.title} was written by a newer program: {table[2:]}.{extra[0][2:]} is not known here"
            raise ConfigError(what, file=str(path), hint="use that version of the program")
        for name, source in columns.items():
            if there and name not in there:
                connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}"')
                connection.execute(f'UPDATE "{table}" SET "{name}" = json_extract(value, \'$."{source}"\')')
    for statement in shape.statements:
        connection.execute(statement)
    connection.execute("UPDATE house SET layout = ?", (shape.layout,))


def _room(path: Path) -> str:
    return f"make {path.parent} writable and free some room, or choose another folder (RESILIENCE_HOME)"
