"""Every key of the worked example, written wrongly in each way: a fault that names it, and never a traceback."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from bot.config import judge_written, known_names
from bot.config_shape import required
from bot.config_text import Where, Written, read_yaml, say_where
from schemas.errors import ConfigError
from schemas.pipeline import DemoSpec, Pipeline

ROOT = Path(__file__).parents[2]
WRITTEN = read_yaml(ROOT / "resilience.yaml")[0]
KNOWN = known_names()
FREE = ("entries", "args", "people", "jobs", "groups")
"""Parts under which a name is anybody's own choice: a tier, a job's environment, what nobody refers to."""


def places(value: object, where: Where = ()) -> Iterator[Where]:
    """Every key and list position of the file."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for part, inner in items:
        yield (*where, part)
        yield from places(inner, (*where, part))


def alike(where: Where) -> Where:
    """The place with chosen names and positions left out: ``checks.*.metrics.*.label``."""
    chosen = ("checks", "entries", "healers", "groups", "metrics", "args", "params", "jobs", "people")
    return tuple(
        "*" if isinstance(part, int) or (at and where[at - 1] in chosen) else part for at, part in enumerate(where)
    )


def some(found: Iterable[Where], most: int = 4) -> list[Where]:
    """At most ``most`` places of each sort, which keeps the time when checks are added."""
    taken: Counter[Where] = Counter()
    kept = []
    for where in found:
        taken[alike(where)] += 1
        if taken[alike(where)] <= most or alike(where)[-2:] == ("params", "*"):
            kept.append(where)
    return kept


ALL = some(places(WRITTEN.values))
KEYS = [where for where in ALL if isinstance(where[-1], str)]


def at(values: Any, where: Where) -> Any:
    for part in where:
        values = values[part]
    return values


def faults_with(where: Where, change: str) -> list[ConfigError]:
    """The faults of the worked example with one place changed: misspelt, of a wrong type, or removed."""
    values = copy.deepcopy(dict(WRITTEN.values))
    parent, last = at(values, where[:-1]), where[-1]
    old = parent[last]
    if change == "misspelt":
        items = [(f"{key}z" if key == last else key, item) for key, item in parent.items()]
        parent.clear()
        parent.update(items)
    elif change == "typed":
        parent[last] = 3 if isinstance(old, (dict, list)) else [{"a": [1]}]
    else:
        del parent[last]
    return judge_written(Written("f.yaml", values, WRITTEN.lines), ROOT, KNOWN, deep=True)[2]


def names(fault: ConfigError, where: Where, word: str) -> bool:
    return say_where(where) in fault.key or word in fault.key or f"{word!r}" in fault.what or word in fault.what


@pytest.fixture(scope="module", autouse=True)
def the_example_is_right() -> None:
    assert not judge_written(WRITTEN, ROOT, KNOWN, deep=True)[2]


def test_there_is_something_to_change() -> None:
    assert len(KEYS) > 150


def test_every_misspelt_key_is_named() -> None:
    silent = []
    for where in KEYS:
        if len(where) > 1 and where[-2] in FREE:
            continue
        word = str(where[-1])
        if not any(names(fault, (*where[:-1], f"{word}z"), word) for fault in faults_with(where, "misspelt")):
            silent.append(say_where(where))
    assert silent == []


def test_every_wrong_type_is_named() -> None:
    silent = []
    for where in ALL:
        faults = faults_with(where, "typed")
        if not any(fault.key == say_where(where) or fault.key.startswith(f"{say_where(where)}") for fault in faults):
            silent.append(say_where(where))
    assert silent == []


def type_at(where: Where) -> Any:
    """The dataclass whose field stands at ``where``, or None when it is a name in a mapping or a list's place."""
    hint: Any = Pipeline
    for part in where:
        if hint is Pipeline and part == "demo":
            hint = DemoSpec
        elif is_dataclass(hint) and isinstance(hint, type):
            hint = get_type_hints(hint)[str(part)]
        else:
            hint = next(arg for arg in reversed(get_args(hint)) if arg is not Ellipsis)
        if type(None) in get_args(hint):
            hint = next(arg for arg in get_args(hint) if arg is not type(None))
    return hint if is_dataclass(hint) else None


def test_every_required_key_is_missed() -> None:
    silent, looked = [], 0
    for where in KEYS:
        cls = type_at(where[:-1])
        if cls is None or where[-1] == "demo" or not required(cls, str(where[-1])):
            continue
        looked += 1
        if not any(
            fault.key == say_where(where) and fault.what == "is missing" for fault in faults_with(where, "gone")
        ):
            silent.append(say_where(where))
    assert silent == [] and looked > 40
