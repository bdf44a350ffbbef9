"""The parameters of a healer, as its entry in ``resilience.yaml`` gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from schemas.durations import parse_duration
from schemas.errors import ConfigError, UsageError
from schemas.nearest import suggest
from schemas.pipeline import HealerSpec


class Params:
    """``needed`` must be there; ``given`` names the others with what holds when they are not."""

    def __init__(self, spec: HealerSpec, needed: Sequence[str], given: Mapping[str, str]) -> None:
        self._key = f"healers.{spec.name}.params"
        for name in spec.params:
            if name not in (*needed, *given):
                hint = suggest(name, (*needed, *given))
                raise ConfigError(f"unknown parameter {name!r}", key=f"{self._key}.{name}", hint=hint)
        for name in needed:
            if not spec.params.get(name):
                raise ConfigError(f"lacks the parameter {name!r}", key=f"{self._key}.{name}")
        self._values = {**given, **spec.params}

    def text(self, name: str) -> str:
        return self._values[name]

    def span(self, name: str) -> timedelta:
        try:
            return parse_duration(self._values[name])
        except UsageError as error:
            what, _, hint = str(error).partition("; ")
            raise ConfigError(what, key=f"{self._key}.{name}", hint=hint) from error

    def share(self, name: str) -> float:
        """A number above 0 and up to 1."""
        try:
            value = float(self._values[name])
        except ValueError:
            value = 0.0
        if not 0 < value <= 1:
            raise ConfigError(f"{self._values[name]!r} is no share between 0 and 1", key=f"{self._key}.{name}")
        return value
