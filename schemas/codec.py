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
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .times import from_text, to_text

T = TypeVar("T")


_PLAIN = frozenset({type(None), str, int, float, bool})


def dump(value: Any) -> Any:
    """A value of dataclasses, enums, moments, mappings and sequences as plain JSON values."""
    kind: Any = type(value)
    return value if kind in _PLAIN else _writer(kind)(value)


@cache
def _writer(kind: Any) -> Callable[[Any], Any]:
    """How values of one type are written; found once for each type."""
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, datetime):
        return to_text
    if issubclass(kind, date):
        return lambda value: value.isoformat()
    if issubclass(kind, timedelta):
        return lambda value: value.total_seconds()
    if issubclass(kind, Mapping):
        return lambda value: {str(key): dump(item) for key, item in value.items()}
    if issubclass(kind, (frozenset, set)):
        return lambda value: [dump(item) for item in sorted(value)]
    if issubclass(kind, (list, tuple)):
        return lambda value: [dump(item) for item in value]
    if is_dataclass(kind):
        return _fields_writer(kind)
    raise TypeError(f"no JSON form for {kind.__name__}")


def _fields_writer(kind: Any) -> Callable[[Any], Any]:
    names = tuple(field.name for field in fields(kind))

    def write(value: Any) -> dict[str, Any]:
        held = value.__dict__ if hasattr(value, "__dict__") else {name: getattr(value, name) for name in names}
        found = {}
        for name in names:
            item = held[name]
            one: Any = type(item)
            found[name] = item if one in _PLAIN else _writer(one)(item)
        return found

    return write


def load(cls: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass ``cls`` from what `dump` made of it. Raises KeyError for a missing field without default."""
    values: dict[str, Any] = {}
    kind: Any = cls
    for name, read, required in _plan(kind):
        if name in data:
            item = data[name]
            values[name] = item if read is _same else read(item)
        elif required:
            raise KeyError(f"{cls.__name__} lacks {name}")
    return cls(**values)


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
        if read is _same:
            return _same
        return lambda value: None if value is None else read(value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, (Sequence, frozenset)):
        item = _reader(args[0]) if args else _same
        shape = frozenset if issubclass(origin, frozenset) else tuple
        if item is _same:
            return shape
        return lambda value: shape(item(one) for one in value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        item = _reader(args[1])
        if item is _same:
            return dict
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
