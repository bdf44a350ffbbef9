"""Reads ``resilience.yaml``: all faults at once, each with file, line, key and the nearest right answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import checks
import healing.deeds
from schemas.errors import ConfigError
from schemas.nearest import nearest
from schemas.pipeline import DemoSpec, Pipeline

from .config_deep import judge_deep
from .config_files import unused_files
from .config_numbers import judge_numbers
from .config_params import judge_params
from .config_rules import Known, judge
from .config_shape import shape
from .config_text import Where, Written, read_text, read_yaml


def known_names() -> Known:
    """What exists as files: a check kind is a file in ``checks/``, a healer one in ``healing/deeds/``."""
    return Known(checks.kinds(), healing.deeds.names())


def read(
    path: Path, *, known: Known | None = None, deep: bool = False
) -> tuple[Pipeline | None, tuple[ConfigError, ...]]:
    """The pipeline, or None with every fault in the order of the file's lines. Never raises ConfigError.

    ``deep`` also judges names and limits against the queries, which takes a tenth of a second.
    """
    pipeline, _, faults = _read(path, known or known_names(), deep=deep)
    return pipeline, faults


def every_fault(path: Path) -> tuple[ConfigError, ...]:
    """All that `resilience validate` says: the deep judgement, the demo's script, and files beside it without use."""
    try:
        written, _ = read_yaml(path)
    except ConfigError as error:
        return (error,)
    _, demo, faults = _read(path, known_names(), deep=True)
    seed = [] if demo is None else _seedless(demo, path)
    return (*faults, *seed, *unused_files(written, path.parent))


def load_pipeline(path: Path, *, known: Known | None = None, deep: bool = False) -> Pipeline:
    """The pipeline. Raises ConfigError at the first fault; its text lists them all, one a line."""
    pipeline, faults = read(path, known=known, deep=deep)
    if pipeline is None:
        raise gather(faults)
    return pipeline


def load_demo(path: Path, *, known: Known | None = None) -> DemoSpec:
    """The ``demo:`` section. Raises ConfigError when it, or anything else in the file, is missing or wrong."""
    _, demo, faults = _read(path, known or known_names())
    if faults:
        raise gather(faults)
    if demo is None:
        raise ConfigError("has no demo section", file=str(path), key="demo", hint="declare seed, people and team")
    if seedless := _seedless(demo, path):
        raise seedless[0]
    return demo


def _seedless(demo: DemoSpec, path: Path) -> list[ConfigError]:
    if (path.parent / demo.seed).is_file():
        return []
    line = read_yaml(path)[0].line(("demo", "seed"))
    words = f"there is no file {demo.seed!r}"
    return [ConfigError(words, file=str(path), key="demo.seed", line=line, hint=_alike(path.parent, demo.seed))]


def gather(faults: tuple[ConfigError, ...]) -> ConfigError:
    """One error that carries the place of the first fault and the text of all."""
    first = faults[0]
    whole = ConfigError(first.what, file=first.file, key=first.key, line=first.line, hint=first.hint)
    whole.args = ("\n".join(str(fault) for fault in faults),)
    return whole


def _read(
    path: Path, known: Known, *, deep: bool = False
) -> tuple[Pipeline | None, DemoSpec | None, tuple[ConfigError, ...]]:
    try:
        written, twice = read_yaml(path)
    except ConfigError as error:
        return None, None, (error,)
    pipeline, demo, faults = judge_written(written, path.parent, known, deep=deep)
    every = tuple(sorted([*twice, *faults], key=lambda one: one.line))
    if every or pipeline is None:
        return None, None, every
    return replace(pipeline, root=str(path.parent.resolve())), demo, ()


def judge_written(
    written: Written, root: Path, known: Known, *, deep: bool = False
) -> tuple[Pipeline | None, DemoSpec | None, list[ConfigError]]:
    """What plain values come to, and every fault of theirs; paths start from ``root``."""
    values, missing = _with_sql(written, root)
    pipeline, demo, misshapen = shape(written, values)
    said = [*judge(written, known), *judge_numbers(written), *judge_params(written)]
    if deep:
        said += judge_deep(written, values)
    return pipeline, demo, [*missing, *misshapen, *said]


def _with_sql(written: Written, root: Path) -> tuple[Mapping[str, object], list[ConfigError]]:
    """The values with the text of each ``sql`` file in place of its path."""
    faults: list[ConfigError] = []
    values = dict(written.values)
    values["calendar"] = _sql_of(values.get("calendar"), ("calendar",), written, root, faults)
    listed = values.get("checks")
    if isinstance(listed, dict):
        values["checks"] = {
            key: _sql_of(check, ("checks", key), written, root, faults) for key, check in listed.items()
        }
    return {key: value for key, value in values.items() if key in written.values}, faults


def _sql_of(section: object, where: Where, written: Written, root: Path, faults: list[ConfigError]) -> object:
    name = section.get("sql") if isinstance(section, dict) else None
    if not isinstance(section, dict) or not isinstance(name, str) or not name:
        return section
    here = (*where, "sql")
    if not (root / name).is_file():
        faults.append(written.fault(here, f"there is no file {name!r}", _alike(root, name)))
        return section
    try:
        return {**section, "sql": read_text(root / name)}
    except ConfigError as error:
        faults.append(written.fault(here, f"{name!r} {error.what}"))
        return section


def _alike(root: Path, name: str) -> str:
    """The file in the same folder whose name is nearest, as a hint."""
    folder = Path(name).parent
    files = [one.name for one in (root / folder).glob("*") if one.is_file()] if (root / folder).is_dir() else []
    found = nearest(Path(name).name, files)
    return f"did you mean {str(folder / found)!r}?" if found else "paths start from the file's folder"
