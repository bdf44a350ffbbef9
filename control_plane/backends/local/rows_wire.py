"""Values of the warehouse as JSON and back, with their types: the wire format between a holder and its clients.

Plain JSON for None, bool, int, float, str and list; a mapping with one key for the rest: ``{"d": "2026-11-23"}`` date,
``{"t": …}`` aware moment, ``{"n": …}`` moment without zone, ``{"m": "1.5"}`` Decimal, ``{"f": "nan"}`` a float that
JSON lacks, ``{"o": {…}}`` mapping.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any


def encode(value: Any) -> bytes:
    return json.dumps(_out(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode(body: bytes) -> Any:
    """Raises ValueError for what `encode` did not make."""
    try:
        return _in(json.loads(body))
    except (KeyError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        raise ValueError(f"not our wire format: {error}") from None


def _out(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else {"f": str(value)}
    if isinstance(value, (list, tuple)):
        return [_out(one) for one in value]
    if isinstance(value, Mapping):
        return {"o": {str(key): _out(one) for key, one in value.items()}}
    if isinstance(value, datetime):
        return {"t" if value.tzinfo is not None else "n": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return {"m": str(value)}
    raise TypeError(f"no wire form for {type(value).__name__}")


def _in(value: Any) -> Any:
    if isinstance(value, list):
        return [_in(one) for one in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "o":
        return {key: _in(one) for key, one in inner.items()}
    if kind in ("t", "n"):
        moment = datetime.fromisoformat(inner)
        return moment.astimezone(UTC) if kind == "t" else moment
    if kind == "d":
        return date.fromisoformat(inner)
    if kind == "m":
        return Decimal(inner)
    return {"f": float}[kind](inner)
