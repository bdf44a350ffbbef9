"""``resilience.schema.json``: what may stand in ``resilience.yaml``, for editors, from the types of `schemas.pipeline`.

Draft 7 of JSON Schema, which editors understand best. Words come from the dataclasses' docstrings. It is a first sight
only: what a declaration says against itself and its queries is told by ``resilience validate``.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from schemas.durations import PATTERN
from schemas.pipeline import Calendar, CheckSpec, DemoSpec, EntrySpec, HealerSpec, Pipeline, Window

from .config_numbers import LEAST
from .config_rules import ENDS, RUNS
from .config_shape import required, written_fields

FILE = "resilience.schema.json"
Schema = dict[str, Any]
_CHOICES: Mapping[tuple[type, str], Sequence[str]] = {(Window, "ends"): ENDS, (EntrySpec, "runs"): RUNS}
_LEAST: Mapping[type, Sequence[str]] = {
    Pipeline: LEAST[""], CheckSpec: LEAST["checks"], HealerSpec: LEAST["healers"], Window: ("days",),
}  # fmt: skip
_PATHS = ((Calendar, "sql"), (CheckSpec, "sql"))
_SCALARS: Mapping[Any, Schema] = {
    str: {"type": ["string", "number"]},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    timedelta: {"type": "string", "pattern": PATTERN, "examples": ["15m", "4h", "1h30m", "2d"]},
    time: {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$", "examples": ["05:00"]},
}


def editor_schema() -> Schema:
    """The whole schema as one document."""
    definitions: dict[str, Schema] = {}
    whole = _object(Pipeline, definitions)
    whole["properties"]["demo"] = _of(DemoSpec, definitions)
    title = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "A pipeline as resilience.yaml declares it"}
    return {**title, **whole, "definitions": dict(sorted(definitions.items()))}


def write_editor_schema(path: Path) -> None:
    """Writes the file; ``make schemas`` calls it, and a test compares."""
    path.write_text(json.dumps(editor_schema(), indent=2, ensure_ascii=False) + "\n", "utf-8")


def _object(cls: Any, definitions: dict[str, Schema]) -> Schema:
    hints = written_fields(cls)
    return {
        "description": _plain(cls.__doc__ or ""),
        "type": "object",
        "properties": {name: _property(cls, name, hint, definitions) for name, hint in hints.items()},
        "required": [name for name in hints if required(cls, name)],
        "additionalProperties": False,
    }


def _property(cls: Any, name: str, hint: Any, definitions: dict[str, Schema]) -> Schema:
    found = dict(_of(hint, definitions))
    if (cls, name) in _CHOICES:
        found = {"enum": list(_CHOICES[cls, name])}
    if name in _LEAST.get(cls, ()):
        found["minimum"] = 1
    said = _mentions(cls, name)
    if (cls, name) in _PATHS:
        said = f"The path of a .sql file, from the folder of this one. {said}".strip()
    if "$ref" in found and said:
        found = {"allOf": [found]}
    default = _default(cls, name)
    return {
        **found,
        **({"description": _plain(said)} if said else {}),
        **({} if default is None else {"default": default}),
    }


def _of(hint: Any, definitions: dict[str, Schema]) -> Schema:
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(hint, types.UnionType):
        return _of(next(arg for arg in args if arg is not type(None)), definitions)
    if is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/definitions/{hint.__name__}"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [one.value for one in hint]}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(args[1], definitions)}
    if origin is not None and issubclass(origin, Sequence):
        return {"type": "array", "items": _of(args[0], definitions)}
    return _SCALARS[hint]


def _default(cls: Any, name: str) -> Any:
    """The default as it would be written; None when there is none worth saying."""
    value = next(one for one in fields(cls) if one.name == name).default
    if value is MISSING or value in ("", ()) or is_dataclass(value):
        return None
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return next(f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0)
    return value.value if isinstance(value, Enum) else value


_UNITS = (("h", 3600), ("m", 60), ("s", 1))


def _plain(text: str) -> str:
    """A docstring as one paragraph without backquotes."""
    return re.sub(r"`+", "", " ".join(text.split()))


def _mentions(cls: Any, name: str) -> str:
    """The sentences of a docstring that speak of a field by name."""
    sentences = re.split(r"(?<=[.:])\s+(?=[A-Z]|``\w)", " ".join((cls.__doc__ or "").split()))
    return " ".join(one for one in sentences if re.match(rf"(``\w+``(, | and ))*``{name}``", one))
