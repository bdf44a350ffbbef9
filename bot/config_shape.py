"""From plain values to the frozen dataclasses of `schemas.pipeline`: unknown keys, durations, times, types.

The dataclasses' own type hints are the schema; pydantic judges the types, and every fault is kept.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import time, timedelta
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.durations import parse_duration
from schemas.errors import ConfigError, UsageError
from schemas.nearest import suggest
from schemas.pipeline import CheckSpec, DemoSpec, EntrySpec, HealerSpec, Pipeline

from .config_text import Where, Written

_CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?\Z")
_NAMED = (CheckSpec, EntrySpec, HealerSpec)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    pipeline: Pipeline
    demo: DemoSpec | None = None


def shape(written: Written, values: Mapping[str, object]) -> tuple[Pipeline | None, DemoSpec | None, list[ConfigError]]:
    """The declaration as values, or None with every fault. ``values`` are the written ones with SQL text in place."""
    faults: list[ConfigError] = []
    demo = values.get("demo")
    top = {key: value for key, value in values.items() if key != "demo"}
    document = {"pipeline": _fit(top, Pipeline, (), written, faults)}
    if demo is not None:
        document["demo"] = _fit(demo, DemoSpec, ("demo",), written, faults)
    try:
        done = _Document.model_validate_json(json.dumps(document))
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False):
            _add(faults, written, one)
        return None, None, faults
    return (None if faults else done.pipeline), (None if faults else done.demo), faults


def _fit(value: object, hint: Any, where: Where, written: Written, faults: list[ConfigError]) -> Any:
    """One value made ready for its type: durations and times to ISO text, numbers to text where text is wanted."""
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(hint, types.UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        return None if value is None else _fit(value, rest[0], where, written, faults)
    if isinstance(value, dict) and is_dataclass(hint):
        return _fit_fields(value, hint, where, written, faults)
    if isinstance(value, dict) and origin is not None and issubclass(origin, Mapping):
        return {key: _fit_named(key, item, args[1], where, written, faults) for key, item in value.items()}
    if isinstance(value, list) and origin is not None and issubclass(origin, Sequence):
        return [_fit(item, args[0], (*where, place), written, faults) for place, item in enumerate(value)]
    if hint is str and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if hint is timedelta:
        return _duration(value, where, written, faults)
    if hint is time:
        return _time(value, where, written, faults)
    return value


def _fit_named(key: str, item: object, hint: Any, where: Where, written: Written, faults: list[ConfigError]) -> Any:
    here = (*where, key)
    if hint in _NAMED and item is None:
        item = {}
    done = _fit(item, hint, here, written, faults)
    return {**done, "name": key} if hint in _NAMED and isinstance(done, dict) else done


def _fit_fields(value: dict[str, object], cls: Any, where: Where, written: Written, faults: list[ConfigError]) -> Any:
    hints, done = written_fields(cls), {}
    known = set(hints) | ({"demo"} if cls is Pipeline else set())
    for key, item in value.items():
        here = (*where, key)
        if key not in hints:
            faults.append(written.fault(here, f"unknown key {key!r}", suggest(key, known)))
        elif item is None and not required(cls, key):
            continue
        else:
            done[key] = _fit(item, hints[key], here, written, faults)
    return done


@cache
def written_fields(cls: Any) -> Mapping[str, Any]:
    """The keys that may be written for a dataclass, with their types: a name comes from the key above it."""
    hints = get_type_hints(cls)
    left_out = {"name"} if cls in _NAMED else {"root"} if cls is Pipeline else set()
    return {field.name: hints[field.name] for field in fields(cls) if field.name not in left_out}


def required(cls: Any, key: str) -> bool:
    field = next(one for one in fields(cls) if one.name == key)
    return field.default is MISSING and field.default_factory is MISSING


def _duration(value: object, where: Where, written: Written, faults: list[ConfigError]) -> Any:
    try:
        return f"PT{parse_duration(str(value)).total_seconds():f}S"
    except UsageError as error:
        faults.append(written.fault(where, str(error).partition(";")[0], "write it like 15m, 4h, 1h30m or 2d"))
        return "PT1S"


def _time(value: object, where: Where, written: Written, faults: list[ConfigError]) -> Any:
    try:
        return time.fromisoformat(value if isinstance(value, str) and _CLOCK.match(value) else "").isoformat()
    except ValueError:
        faults.append(written.fault(where, f"{value!r} is not a time of day", 'write it like "05:00"'))
        return "00:00:00"


_KINDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "mapping_type": "must be a mapping of keys",
    "dataclass_type": "must be a mapping of keys",
    "dataclass_exact_type": "must be a mapping of keys",
}


def _add(faults: list[ConfigError], written: Written, error: Any) -> None:
    """One of pydantic's faults in our words, unless the place already has one."""
    loc = tuple(error["loc"])
    where: Where = loc[1:] if loc[:1] == ("pipeline",) else loc
    kind, value = error["type"], error["input"]
    if kind == "missing":
        fault = written.fault(where, "is missing", "add this key")
    elif kind == "enum":
        words = _choices(where)
        fault = written.fault(where, f"{value!r} is not one of {', '.join(words)}", suggest(str(value), words))
    else:
        words_for = _KINDS.get(kind) or str(error["msg"]).lower()
        fault = written.fault(where, f"{words_for}, not {json.dumps(value)[:60]}")
    if all(one.key != fault.key or one.what != fault.what for one in faults):
        faults.append(fault)


def _choices(where: Where) -> list[str]:
    """The values of the enum that stands at ``where``, found by walking the type hints."""
    hint: Any = Pipeline
    for part in where:
        if hint is Pipeline and part == "demo":
            hint = DemoSpec
        elif is_dataclass(hint):
            hint = get_type_hints(hint)[str(part)]
        else:
            args = [arg for arg in get_args(hint) if arg not in (type(None), Ellipsis)]
            hint = args[-1] if args else str
        if isinstance(hint, types.UnionType):
            hint = next(arg for arg in get_args(hint) if arg is not type(None))
    return [str(one.value) for one in hint] if isinstance(hint, type) and issubclass(hint, Enum) else []
