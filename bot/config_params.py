"""What check kinds and healers say against their ``params``: each reads its own, and every fault is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import checks
import healing.deeds
from schemas.errors import ConfigError
from schemas.pipeline import HealerSpec

from .config_text import Where, Written, section_of

_STAND_IN = "1m"


def judge_params(written: Written) -> Iterator[ConfigError]:
    """The faults of all ``params`` of known kinds and healers."""
    for key, check in section_of(written, "checks"):
        kind, params = check.get("kind"), _params(check)
        if kind in checks.kinds() and params is not None:
            yield from _told(written, ("checks", key, "params"), params, partial(checks.judge_params, str(kind)))
    zone = written.values.get("zone")
    for key, healer in section_of(written, "healers"):
        params = _params(healer)
        if key in healing.deeds.names() and params is not None:
            read = _reader(key, zone if isinstance(zone, str) else "UTC")
            yield from _told(written, ("healers", key, "params"), params, read)


def _reader(name: str, zone: str) -> Callable[[Mapping[str, str]], object]:
    return lambda params: healing.deeds.healers({name: HealerSpec(name, "", params=params)}, zone)


def _told(
    written: Written, where: Where, params: Mapping[str, str], read: Callable[[Mapping[str, str]], object]
) -> Iterator[ConfigError]:
    """Reads again with each refused parameter mended, until the reader is content or at a loss."""
    left = dict(params)
    done: set[str] = set()
    while True:
        try:
            read(left)
            return
        except ConfigError as error:
            name = error.key.rpartition("params")[2].removeprefix(".")
            if name in done or not name:
                if not done:
                    yield written.fault(where, error.what, error.hint)
                return
            done.add(name)
            yield written.fault((*where, name), error.what, error.hint)
            if left.pop(name, None) is None:
                left[name] = _STAND_IN


def _params(section: Mapping[str, object]) -> dict[str, str] | None:
    """The params as texts; None when they have the wrong shape, which is said elsewhere."""
    found = section.get("params")
    if found is None:
        return {}
    if not isinstance(found, dict) or any(isinstance(one, (dict, list, bool)) for one in found.values()):
        return None
    return {key: "" if one is None else str(one) for key, one in found.items()}
