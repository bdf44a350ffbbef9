"""The YAML text of a declaration as plain values, with the line of every key. Nothing is trusted here.

Refused in one sentence: unreadable, over 1 MB, not UTF-8, not YAML, anchors and aliases, tags, deep nesting,
duplicate keys. Scalars are read as YAML 1.2 does: ``11:00`` and ``on`` are words, not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from schemas.errors import ConfigError

LARGEST = 1_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20
_WHOLE = re.compile(r"[-+]?(0|[1-9]\d{0,17})\Z")
_REAL = re.compile(r"[-+]?(\d{1,17}\.\d{0,17}|\.\d{1,17}|\d{1,17}(\.\d{0,17})?[eE][-+]?\d{1,2})\Z")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}

Where = tuple[str | int, ...]
"""A place inside the file: keys and list positions from the top."""


@dataclass(frozen=True)
class Written:
    """What stands in a file: plain values, and the line (from 1) of each place."""

    file: str
    values: Mapping[str, object]
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """The line of a place, or of the nearest thing around it that is written."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def fault(self, where: Where, what: str, hint: str = "") -> ConfigError:
        return ConfigError(what, file=self.file, key=say_where(where), line=self.line(where), hint=hint)


def say_where(where: Where) -> str:
    """``checks.phase2_raw.grades[0].when``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return text.removeprefix(".")


def map_of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def texts_of(value: object) -> list[str]:
    return [one for one in list_of(value) if isinstance(one, str)]


def section_of(written: Written, name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for key, item in map_of(written.values.get(name)).items():
        if isinstance(item, dict):
            yield key, item


def read_text(path: Path, *, largest: int = LARGEST) -> str:
    """The text of a file. Raises ConfigError in one sentence."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(largest + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", file=str(path)) from error
    if len(raw) > largest:
        raise ConfigError(f"is larger than {largest:,} bytes", file=str(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError("is not UTF-8 text", file=str(path), line=line) from error


def read_yaml(path: Path) -> tuple[Written, tuple[ConfigError, ...]]:
    """The plain values with their lines, and the duplicate keys. Raises ConfigError when there is nothing to read."""
    text, file = read_text(path), str(path)
    try:
        _look_over(text, file)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _not_yaml(error, file) from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError("does not hold a mapping of keys", file=file, line=1)
    reading = _Reading(file)
    values = reading.value(node, ())
    assert isinstance(values, dict)
    return Written(file, values, reading.lines), tuple(reading.faults)


def _look_over(text: str, file: str) -> None:
    """Refuses, event by event, what could be made to explode before a tree is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if getattr(event, "anchor", None):
            raise ConfigError("uses an anchor or alias; write the value out", file=file, line=line)
        if tag := getattr(event, "tag", None):
            raise ConfigError(f"uses the tag {tag}; write a plain value", file=file, line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise ConfigError(f"is nested deeper than {_DEEPEST} levels", file=file, line=line)


def _not_yaml(error: yaml.YAMLError, file: str) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return ConfigError(f"is not YAML: {problem}", file=file, line=mark.line + 1 if mark else 0)


class _Reading:
    """One pass over the node tree."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Where, int] = {}
        self.faults: list[ConfigError] = []

    def value(self, node: yaml.Node, where: Where) -> object:
        self.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, place)) for place, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, item in node.value:
            name, line = str(key.value) if isinstance(key, yaml.ScalarNode) else "?", key.start_mark.line + 1
            here = (*where, name)
            if name in found:
                words = f"stands twice, first on line {self.lines[here]}"
                self.faults.append(
                    ConfigError(words, file=self.file, key=say_where(here), line=line, hint="keep one of them")
                )
                continue
            self.lines[here] = line
            found[name] = self.value(item, here)
        return found


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    if getattr(node, "style", None):  # quoted; plain is None, or "" where libyaml reads
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.match(text):
        return int(text)
    return float(text) if _REAL.match(text) else text
