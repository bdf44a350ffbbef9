"""Rows on their way in and out: JSON rows against a table's declaration, DuckDB's values as BigQuery's Python types."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite, isinf
from typing import Any

from schemas.errors import Denied
from schemas.times import to_text

from .warehouse_names import Column, TableSpec

DUCK_TYPES: Mapping[str, str] = {
    "INT64": "BIGINT", "FLOAT64": "DOUBLE", "NUMERIC": "DECIMAL(38,9)", "BOOL": "BOOLEAN", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMPTZ", "DATETIME": "TIMESTAMP", "STRING": "VARCHAR", "JSON": "JSON",
}  # fmt: skip


def duck_type(column: Column) -> str:
    if column.type == "STRUCT":
        inner = ", ".join(f'"{field.name}" {duck_type(field)}' for field in column.fields)
        kind = f"STRUCT({inner})"
    else:
        kind = DUCK_TYPES[column.type]
    return f"{kind}[]" if column.mode == "REPEATED" else kind


def shape(column: Column) -> Any:
    """The structure that DuckDB's ``from_json`` takes for this column."""
    one: Any = DUCK_TYPES.get(column.type)
    if column.type == "STRUCT":
        one = {field.name: shape(field) for field in column.fields}
    return [one] if column.mode == "REPEATED" else one


# --- in -------------------------------------------------------------------------------------------------------


def checked(spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values by column, as JSON values of the declared types. Denied names a row's index, the field, the fault."""
    known = frozenset(column.name for column in spec.columns)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise _bad(spec, index, "", "is not an object")
        if not row.keys() <= known:
            raise _bad(spec, index, str(min(row.keys() - known, key=str)), "is not a column")
    return {
        column.name: [_field(spec, index, column, row.get(column.name)) for index, row in enumerate(rows)]
        for column in spec.columns
    }


def _bad(spec: TableSpec, index: int, field: str, fault: str) -> Denied:
    place = f"row {index}, field {field}" if field else f"row {index}"
    return Denied(f"{spec.key}: {place}: {fault}", part="warehouse")


def _field(spec: TableSpec, index: int, column: Column, value: Any, *, item: bool = False) -> Any:
    if column.mode == "REPEATED" and not item:
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise _bad(spec, index, column.name, "is not an array")
        return [_field(spec, index, column, one, item=True) for one in value]
    if value is None:
        if column.mode == "REQUIRED" or item:
            raise _bad(spec, index, column.name, "is required and missing")
        return None
    if column.type == "STRUCT":
        if not isinstance(value, Mapping) or set(value) - {field.name for field in column.fields}:
            raise _bad(spec, index, column.name, "is not an object of the declared fields")
        return {field.name: _field(spec, index, field, value.get(field.name)) for field in column.fields}
    try:
        return _READERS[column.type](value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        shown = repr(value)[:60]
        raise _bad(spec, index, column.name, f"{shown} is not {_article(column.type)}") from None


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "INT64" else f"a {kind}"


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError
    return float(value)


def _numeric(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= Decimal(10) ** 29:
        raise ValueError
    return format(number, "f")


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    value.encode()
    return value


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        raise ValueError
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _timestamp(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return to_text(moment)


def _datetime(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is not None:
        raise ValueError
    return moment.isoformat()


def _json(value: Any) -> Any:
    json.dumps(value, allow_nan=False)
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "INT64": _int, "FLOAT64": _float, "NUMERIC": _numeric, "BOOL": _bool, "STRING": _string, "DATE": _date,
    "TIMESTAMP": _timestamp, "DATETIME": _datetime, "JSON": _json,
}  # fmt: skip


# --- out ------------------------------------------------------------------------------------------------------


def reader(kind: str) -> Callable[[Any], Any] | None:
    """How a value of this DuckDB column type is given to the caller; None when it stays as it is."""
    if kind in ("VARCHAR", "BOOLEAN", "DATE"):
        return None
    if kind == "JSON":
        return lambda value: None if value is None else json.loads(value)
    if kind == "DOUBLE":
        return _finite
    if kind.startswith("TIMESTAMP WITH TIME ZONE") and not kind.endswith("]"):
        return _moment
    if kind.endswith("[]"):
        return _array
    return _plain


def _finite(value: Any) -> Any:
    if value is not None and isinf(value):
        raise Denied("FLOAT64 overflow: a result is infinite", part="warehouse")
    return value


def _moment(value: Any) -> Any:
    return None if value is None else value.astimezone(UTC)


def _array(value: Any) -> list[Any]:
    """A NULL array is an empty one in a result, and an array in a result may not hold NULL (GoogleSQL)."""
    items = [_plain(one) for one in value or []]
    if any(one is None for one in items):
        raise Denied("an array in the result has a NULL element", part="warehouse")
    return items


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Denied(f"INT64 overflow: {value}", part="warehouse")
        return value
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, datetime):
        return _moment(value) if value.tzinfo is not None else value
    if isinstance(value, list):
        return _array(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
