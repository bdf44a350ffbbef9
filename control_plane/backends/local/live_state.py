"""The pipeline's own documents on SQLite, in a file of their own: what Firestore is to it in the cloud."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from schemas.errors import Missing, UsageError
from schemas.ports import Clock, Doc, Done, JsonMap, Lost, Replace, Where

from .documents import Scalar, check_key, check_limit, check_text, checksum, decode, encode, operands, scalar
from .opening import Shape
from .sqlite import SqliteFile
from .tallies import micros

SHAPE = Shape(
    title="live state",
    application_id=0x52534C4C,
    schema=1,
    statements=(
        "CREATE TABLE IF NOT EXISTS documents (collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,"
        " updated_at INTEGER NOT NULL, crc INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (collection, key))",
    ),
)
_SELECT = "SELECT key, version, updated_at, crc, value FROM documents WHERE collection = ?"
_PUT = (
    "INSERT INTO documents (collection, key, version, updated_at, crc, value) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (collection, key) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at,"
    " crc = excluded.crc, value = excluded.value"
)


class SqliteLiveState:
    """`schemas.ports.LiveState` on the file ``path``, made when absent (folder 0700, file 0600). Collections need no
    declaration. Arguments and errors as for the store beside it."""

    def __init__(
        self, path: Path, *, clock: Clock, durable: bool = True, patience: timedelta = timedelta(seconds=5)
    ) -> None:
        self._clock = clock
        self._file = SqliteFile(path, SHAPE, durable=durable, patience=patience)

    def get(self, collection: str, key: str) -> Doc | None:
        _check(collection, key)
        with self._file.read() as connection:
            row = connection.execute(f"{_SELECT} AND key = ?", (collection, key)).fetchone()
        return None if row is None else self._doc(collection, row)

    def find(self, collection: str, *where: Where, limit: int = 1000) -> list[Doc]:
        """Any top-level field may be asked for; a list or a mapping in it matches nothing."""
        check_limit(limit)
        _check(collection, "any")
        terms: list[str] = []
        values: list[Scalar] = []
        for one in where:
            term, given = _condition(one, f"{collection}.{one.field}")
            terms.append(f" AND {term}")
            values += given
        sql = f"{_SELECT}{''.join(terms)} ORDER BY key LIMIT ?"
        with self._file.read() as connection:
            rows = connection.execute(sql, (collection, *values, limit)).fetchall()
        return [self._doc(collection, row) for row in rows]

    def patch(self, collection: str, key: str, fields: JsonMap, version: int) -> Done | Lost:
        _check(collection, key)
        _text(collection, key, fields)
        with self._file.write() as connection:
            row = connection.execute(f"{_SELECT} AND key = ?", (collection, key)).fetchone()
            if row is None:
                raise Missing(f"there is no {collection}/{key}", part="live state")
            if row[1] != version:
                return Lost(Replace(collection, key, fields, version))
            merged = {**self._doc(collection, row).value, **fields}
            new = self._put(connection, collection, key, _text(collection, key, merged))
        return Done({(collection, key): new})

    def put(self, collection: str, key: str, value: JsonMap) -> None:
        _check(collection, key)
        text = _text(collection, key, value)
        with self._file.write() as connection:
            self._put(connection, collection, key, text)

    def put_many(self, collection: str, values: JsonMap) -> None:
        """Puts each of ``values`` (key to document) in one transaction: for seeds, which are large."""
        texts: dict[str, str] = {}
        for key, value in values.items():
            _check(collection, key)
            texts[key] = _text(collection, key, value)
        with self._file.write() as connection:
            for key, text in texts.items():
                self._put(connection, collection, key, text)

    def close(self) -> None:
        self._file.close()

    def _put(self, connection: Any, collection: str, key: str, text: str) -> int:
        version = self._file.next_version(connection) + 1
        now = micros(self._clock.now())
        connection.execute(_PUT, (collection, key, version, now, checksum(key, text), text))
        connection.execute("UPDATE house SET version = ?", (version,))
        return version

    def _doc(self, collection: str, row: tuple[Any, ...]) -> Doc:
        return decode(row, micros(self._clock.now()), f"{self._file.path}: {collection}", self._file.part)


def _text(collection: str, key: str, value: JsonMap) -> str:
    text = encode(value, f"{collection}/{key}")
    if "\\u0000" in text:  # SQLite's json_extract would cut the text there, and find would answer wrongly
        raise UsageError(f"{collection}/{key}: a text cannot hold the character NUL")
    return text


def _check(collection: str, key: str) -> None:
    if not isinstance(collection, str) or not collection:
        raise UsageError(f"a collection's name is text that is not empty, not {collection!r}")
    check_text(collection, "the collection")
    check_key(collection, key)


_KINDS = {str: "'text'", bool: "'true', 'false'", int: "'integer', 'real'", float: "'integer', 'real'"}


def _condition(where: Where, place: str) -> tuple[str, list[Scalar]]:
    """One condition on a top-level field; text compares with text, numbers with numbers, bool with bool."""
    if not where.field or '"' in where.field or "\\" in where.field:
        raise UsageError(f"{place}: a field to ask for is a plain name")
    path = f"$.{json.dumps(where.field, ensure_ascii=False)}"
    terms: list[str] = []
    values: list[Scalar] = []
    for value in operands(where, place):
        plain = scalar(value, place)
        kinds = _KINDS[bool if isinstance(value, bool) else type(plain)]
        sign = "=" if where.op in ("==", "in") else where.op
        terms.append(f"(json_type(value, ?) IN ({kinds}) AND json_extract(value, ?) {sign} ?)")
        values += [path, path, plain]
    return (f"({' OR '.join(terms)})" if terms else "0"), values
