"""Frozen dataclasses to plain JSON values and back, by their type hints.

Moments are text (`times.to_text`), days are ISO text, durations are seconds, enums are their values, tuples and
frozensets are lists. Unknown keys are ignored and missing ones take the field's default, so that a newer
document can be read by an older program during a roll-out.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .times import from_text, to_text

T = TypeVar("T")


def dump(value: Any) -> Any:
    """A value of dataclasses, enums, moments, mappings and sequences as plain JSON values."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, frozenset, set)):
        items = sorted(value) if isinstance(value, (frozenset, set)) else value
        return [dump(item) for item in items]
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: dump(getattr(value, name)) for name in _names(kind)}
    raise TypeError(f"no JSON form for {type(value).__name__}")


def load(cls: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass ``cls`` from what `dump` made of it. Raises KeyError for a missing field without default."""
    values: dict[str, Any] = {}
    kind: Any = cls
    for name, read, required in _plan(kind):
        if name in data:
            values[name] = read(data[name])
        elif required:
            raise KeyError(f"{cls.__name__} lacks {name}")
    return cls(**values)


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


@cache
def _plan(cls: Any) -> tuple[tuple[str, Callable[[Any], Any], bool], ...]:
    hints = get_type_hints(cls)
    return tuple(
        (
            field.name,
            _reader(hints[field.name]),
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(cls)
    )


def _same(value: Any) -> Any:
    return value


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = [_reader(arg) for arg in args if arg is not type(None)]
        read = inner[0] if len(inner) == 1 else _same
        return lambda value: None if value is None else read(value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, (Sequence, frozenset)):
        item = _reader(args[0]) if args else _same
        shape = frozenset if issubclass(origin, frozenset) else tuple
        return lambda value: shape(item(one) for one in value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        item = _reader(args[1])
        return lambda value: {key: item(one) for key, one in value.items()}
    return _leaf(hint)


def _leaf(hint: Any) -> Callable[[Any], Any]:
    if hint is datetime:
        return from_text
    if hint is date:
        return date.fromisoformat
    if hint is timedelta:
        return lambda value: timedelta(seconds=value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if is_dataclass(hint):
        kind: Any = hint
        return lambda value: load(kind, value)
    if hint is float:
        return float
    return _same
