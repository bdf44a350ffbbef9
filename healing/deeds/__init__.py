"""The healers, one file each. A healer is its file here and its entry under ``healers`` in ``resilience.yaml``.

A file offers ``build(spec, zone) -> Healer``. Files that begin with an underscore are shared parts, no healers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from schemas.errors import ConfigError
from schemas.heals import Healer
from schemas.nearest import suggest
from schemas.pipeline import HealerSpec


def names() -> tuple[str, ...]:
    """The healers that exist as files."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")))


def healers(specs: Mapping[str, HealerSpec], zone: str) -> Mapping[str, Healer]:
    """The declared healers. Raises ConfigError for one without a file (with the nearest name) or a wrong parameter."""
    known = names()
    built: dict[str, Healer] = {}
    for name, spec in specs.items():
        if name not in known:
            raise ConfigError(f"there is no healer {name!r}", key=f"healers.{name}", hint=suggest(name, known))
        built[name] = importlib.import_module(f"{__name__}.{name}").build(spec, zone)
    return built
