"""The trail: what was done, by whom, when. One record, its state change and its counts are one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .ports import Done, Lost, Write


class TrailKind(StrEnum):
    """heal: a closed heal; press: a button or a word; mark: what it did to an alert or a heal; refusal: somebody was
    not allowed; switch: a kill switch."""

    HEAL = "heal"
    PRESS = "press"
    MARK = "mark"
    REFUSAL = "refusal"
    SWITCH = "switch"


@dataclass(frozen=True)
class TrailRecord:
    """One line of the trail. ``record_id`` is deterministic: the same record is written once, however often it is sent.

    ``table`` is the short name of the warehouse table that ``row`` goes to (``healing_events``); empty: not exported.
    """

    kind: TrailKind
    at: datetime
    actor: str
    words: str
    record_id: str
    alert_id: str = ""
    heal_id: str = ""
    table: str = ""
    row: Mapping[str, object] = field(default_factory=dict)


class Trail(Protocol):
    def commit(self, writes: Sequence[Write], records: Sequence[TrailRecord]) -> Done | Lost:
        """One atomic batch: the writes, the records with their links in the hash chain, and their counts. Lost names
        the caller's write that did not hold. A record that is there already makes the whole commit Done, with no
        versions. Unavailable: unknown, and safe to send again."""
