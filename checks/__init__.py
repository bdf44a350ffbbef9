"""Checks find. One file per kind of check, each with ``look(spec, ask, sight)``; they read, and write nothing."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache

from schemas.errors import ConfigError
from schemas.nearest import suggest
from schemas.pipeline import CheckSpec
from schemas.ports import Sight
from schemas.questions import Ask
from schemas.reports import SubjectResult

Look = Callable[[CheckSpec, Ask, Sight], tuple[SubjectResult, ...]]


@cache
def kinds() -> tuple[str, ...]:
    """The kinds of checks: the files of this folder that do not start with an underscore."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")))


def look_by_kind(kind: str) -> Look:
    """The look of a kind. Raises ConfigError with the nearest kind."""
    if kind not in kinds():
        raise ConfigError(f"there is no kind of check {kind!r}", hint=suggest(kind, kinds()))
    look: Look = importlib.import_module(f"{__name__}.{kind}").look
    return look


def judge_params(kind: str, params: Mapping[str, str]) -> None:
    """Lets a kind read its params. Raises ConfigError whose key is ``params.<name>``; a kind that offers no
    ``read_params`` takes none."""
    read = getattr(importlib.import_module(f"{__name__}.{kind}"), "read_params", None)
    if read is not None:
        read(params)
    elif params:
        raise ConfigError(f"a {kind} takes no parameters", key=f"params.{next(iter(params))}", hint="remove it")
