"""Trigger ids: what lets the app open a window for a person. Three seconds, one use."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bot.workspace.errors import Refused


class Triggers:
    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._minted: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    def mint(self, person_id: str) -> str:
        now = self._clock()
        while self._minted and now - next(iter(self._minted.values()))[1] > 600:
            old = next(iter(self._minted))
            del self._minted[old]
            self._used.discard(old)
        made = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._minted[made] = (person_id, now)
        return made

    def exchange(self, trigger_id: str) -> str:
        """The person it was minted for; raises ``invalid_trigger_id``, ``expired_`` or ``exchanged_trigger_id``."""
        if trigger_id not in self._minted:
            raise Refused("invalid_trigger_id")
        if trigger_id in self._used:
            raise Refused("exchanged_trigger_id")
        person_id, at = self._minted[trigger_id]
        if self._clock() - at > self._seconds:
            raise Refused("expired_trigger_id")
        self._used.add(trigger_id)
        return person_id
