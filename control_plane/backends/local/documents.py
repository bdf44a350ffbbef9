"""Documents as they stand in a SQLite row: JSON text with a checksum, so that a flipped byte is seen when it is read.

Shared by the Store and the LiveState plug, with the checks of what a caller hands in.
"""

from __future__ import annotations

import difflib
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from schemas.errors import Denied, UsageError
from schemas.ports import Doc, JsonMap, Where
from schemas.times import to_text

OPERATORS = ("==", "<", "<=", ">", ">=", "in")
Scalar = str | int | float | None
_SKEW = 60_000_000  # microseconds
_BIGGEST = 2**63


def encode(value: JsonMap, place: str) -> str:
    """Compact JSON. UsageError when ``value`` has no JSON form (NaN included); ``place`` names it."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{place}: a document is a mapping, not {type(value).__name__}")
    try:
        text = _write(value if type(value) is dict else dict(value))
        return text if text.isascii() or _has_utf8(text) else json.dumps(json.loads(text), separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as wrong:
        raise UsageError(f"{place}: no JSON form: {wrong}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode


def _has_utf8(text: str) -> bool:
    """False for half a surrogate pair, which JSON can carry, escaped, and UTF-8 cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def checksum(key: str, text: str) -> int:
    return zlib.crc32(text.encode(), zlib.crc32(key.encode()))


def decode(row: tuple[Any, ...], now: int, place: str, part: str) -> Doc:
    """A Doc from (key, version, updated_at, crc, value). Denied when the row's bytes are not those once written;
    ``place`` is file and collection, ``part`` the backend's name."""
    key, version, updated_at, crc, text = row
    try:
        intact = checksum(key, text) == crc
        value = json.loads(text) if intact else None
    except (AttributeError, TypeError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise Denied(f"{place}/{key} is damaged on disk; restore the file from a backup", part=part)
    return Doc(key, value, version, _age(now - updated_at))


def _age(micros: int) -> timedelta:
    """A document from the future was written before the machine's clock was set back: how long ago is unknown, and a
    lease on it must not last until then. Clocks that differ by less than a minute are no such thing."""
    return timedelta(microseconds=-micros if micros < -_SKEW else max(0, micros))


def check_key(collection: str, key: str) -> None:
    if not isinstance(key, str) or not key:
        raise UsageError(f"{collection}: a key is text that is not empty, not {key!r}")
    check_text(key, f"{collection}: the key")


def check_text(text: str, place: str) -> None:
    """UsageError for text that has no UTF-8 form (half a surrogate pair)."""
    if not _has_utf8(text):
        raise UsageError(f"{place} {text!r} is not valid Unicode text")


def check_limit(limit: int) -> None:
    if limit < 0:
        raise UsageError(f"limit is {limit}; it cannot be negative")


def known(name: str, names: Iterable[str], what: str) -> None:
    """UsageError with the nearest right name unless ``name`` is one of ``names``."""
    if name in (listed := list(names)):
        return
    near = difflib.get_close_matches(name, listed, n=1)
    nearest = f"did you mean {near[0]}?" if near else f"known: {', '.join(listed) or 'none'}"
    raise UsageError(f"{what} {name!r} is not known ({nearest})")


def scalar(value: Any, place: str) -> Scalar:
    """A value as a column holds it: bool as 0 or 1, a moment as text. UsageError for anything not comparable."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or type(value) is str:
        if value:
            check_text(value, place)
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return to_text(value)
    if isinstance(value, (int, float)) and value == value and abs(value) < _BIGGEST:
        return value
    if isinstance(value, str):
        return scalar(str(value), place)
    raise UsageError(f"{place} is compared as text, number or bool, not as {value!r}")


def operands(where: Where, place: str) -> list[Any]:
    """The values a condition compares with, checked: one, or several for ``in``; None never matches and falls out."""
    known(where.op, OPERATORS, f"{place}: the operator")
    if where.op == "in":
        if isinstance(where.value, (str, Mapping)) or not isinstance(where.value, Iterable):
            raise UsageError(f"{place}: in takes a list of values, not {where.value!r}")
        values = list(where.value)
    else:
        values = [where.value]
    for value in values:
        scalar(value, place)
    return [value for value in values if value is not None]
