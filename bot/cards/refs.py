"""What a button carries: a reference to an alert, its episode, a remedy or a heal; never the deed itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from schemas.alerts import Alert
from schemas.reports import Remedy

_SHAPE = re.compile(
    r"r1 (?P<alert>[0-9a-f]{16}) (?P<episode>[1-9][0-9]{0,8}) (?P<remedy>[a-z0-9_]{1,60}-[0-9a-f]{8}|-)"
    r" (?P<heal>heal_[0-9a-f]{12}|-)",
    re.ASCII,
)
LONGEST = 200


@dataclass(frozen=True)
class Ref:
    """``remedy`` is a `remedy_key`, ``heal_id`` the heal that waits for approval; both may be empty."""

    alert_id: str
    episode: int
    remedy: str = ""
    heal_id: str = ""

    def encode(self) -> str:
        return f"r1 {self.alert_id} {self.episode} {self.remedy or '-'} {self.heal_id or '-'}"


def decode(text: str) -> Ref | None:
    """The reference, or None for anything that `Ref.encode` does not write."""
    found = _SHAPE.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST else None
    if found is None:
        return None
    remedy, heal = found["remedy"].removeprefix("-"), found["heal"].removeprefix("-")
    return Ref(found["alert"], int(found["episode"]), remedy, heal)


def remedy_key(remedy: Remedy) -> str:
    """The same remedy has the same key whatever its place among the others."""
    seed = f"{remedy.healer}\n{remedy.label}\n{remedy.target}"
    return f"{remedy.healer[:60]}-{hashlib.sha256(seed.encode('utf-8', 'replace')).hexdigest()[:8]}"


def find_remedy(alert: Alert, key: str) -> Remedy | None:
    """The alert's remedy with this key, or None when it is no longer on offer."""
    return next((one for one in alert.finding.remedies if remedy_key(one) == key), None)
