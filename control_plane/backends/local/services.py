"""Deployed services as a small file tells them, ``HOME/services.json``: a list of objects shaped like `Service`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.errors import Denied, Unavailable
from schemas.ports import Service
from schemas.times import from_text

_PART = "services"
_KINDS: Mapping[str, type] = {
    "name": str,
    "commit": str,
    "revision": str,
    "deployed_at": str,
    "min_instances": int,
    "traffic": dict,
}


class LocalServices:
    """`schemas.ports.ServicesReader`; the file is read at each call. Raises Unavailable when it cannot be read,
    Denied when it is malformed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def services(self) -> tuple[Service, ...]:
        try:
            entries = json.loads(self._path.read_text("utf-8"))
        except OSError as error:
            raise Unavailable(f"cannot read {self._path}: {error.strerror or error}", part=_PART) from error
        except ValueError as error:
            raise Denied(f"{self._path} is not JSON: {error}", part=_PART) from error
        if not isinstance(entries, list):
            raise Denied(f"{self._path} must hold a list of services", part=_PART)
        found = tuple(self._service(place, entry) for place, entry in enumerate(entries, 1))
        names = [one.name for one in found]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise Denied(f"{self._path}: the service {twice!r} stands there twice", part=_PART)
        return found

    def _service(self, place: int, entry: Any) -> Service:
        where = f"{self._path}: service {place}"
        if not isinstance(entry, dict):
            raise Denied(f"{where} must be an object", part=_PART)
        for key, kind in _KINDS.items():
            value = entry.get(key)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise Denied(f"{where}: {key!r} must be {_say(kind)}, not {value!r}", part=_PART)
        if unknown := sorted(set(entry) - set(_KINDS)):
            raise Denied(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(_KINDS)}", part=_PART)
        if not all(isinstance(share, int) and 0 <= share <= 100 for share in entry["traffic"].values()):
            raise Denied(f"{where}: 'traffic' must give each revision a whole percentage", part=_PART)
        try:
            return Service(**{**entry, "deployed_at": from_text(entry["deployed_at"])})
        except ValueError as error:
            raise Denied(f"{where}: 'deployed_at': {error}", part=_PART) from error


def _say(kind: type) -> str:
    return {str: "text", int: "a whole number", dict: "an object"}[kind]
