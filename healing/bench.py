"""What the desk's steps work with: the healers and their hands, limits, pace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from schemas.heals import ActKind, Heal, Healer, HealRequest, Outcome
from schemas.pipeline import HealerSpec
from schemas.ports import Hands

from .guard import Caps
from .moves import Mover, Seen

T = TypeVar("T")


def _always(_request: HealRequest, _now: datetime) -> str:
    return ""


@dataclass(frozen=True)
class Limits:
    """What the pipeline declares. ``off_calendar`` says in words why the calendar lets no heal of this request start
    now; empty when it does. It raises BackendError when the calendar cannot be read: then nothing heals."""

    healers: Mapping[str, HealerSpec]
    caps: Caps = field(default_factory=Caps)
    off_calendar: Callable[[HealRequest, datetime], str] = _always


@dataclass(frozen=True)
class Pace:
    """Waits of the desk. ``lease``: how long a silent sender is trusted to be at work; ``call``: the longest that one
    call outside may take; ``listing``: how late the callee may show what it has taken."""

    lease: timedelta = timedelta(seconds=30)
    call: timedelta = timedelta(seconds=20)
    listing: timedelta = timedelta(seconds=10)
    poll: timedelta = timedelta(seconds=2)
    look: timedelta = timedelta(seconds=5)
    retry: timedelta = timedelta(seconds=30)
    patience: timedelta = timedelta(minutes=15)  # of looking in vain, or of doubt, before a person is called
    longest_act: timedelta = timedelta(hours=1)
    approval: timedelta = timedelta(minutes=30)

    def silence(self, kind: ActKind) -> timedelta:
        """How old a dispatch must be before another may take it over."""
        return self.lease + self.call + self.listing if kind is ActKind.PROBEABLE else self.lease


@dataclass(frozen=True)
class Trouble:
    """A healer gave no answer. ``kind`` is denied (nothing happened), unknown (no telling) or bug (its own fault)."""

    kind: str
    words: str


class Ask(Protocol):
    def __call__(self, call: Callable[[], T]) -> T | Trouble:
        """Asks a healer; whatever it raises comes back as Trouble."""


@dataclass(frozen=True)
class Bench:
    mover: Mover
    healers: Mapping[str, Healer]
    hands: Hands
    limits: Limits
    pace: Pace
    ask: Ask

    def spec(self, healer: str) -> HealerSpec:
        return self.limits.healers.get(healer) or HealerSpec(healer, audience="")

    def healing_type(self, heal: Heal) -> str:
        healer = self.healers.get(heal.request.healer)
        return healer.healing_type if healer is not None else heal.request.healer

    def close(self, name: str, seen: Seen, outcome: Outcome, words: str, now: datetime, **changes: Any) -> bool:
        spec = self.spec(seen.heal.request.healer)
        return self.mover.close(name, seen, spec, self.healing_type(seen.heal), outcome, words, now, **changes)

    def fail(self, seen: Seen, words: str, now: datetime, *, acting: bool) -> bool:
        """Ends a heal that broke. While acting, a person is called."""
        ending = f"failed while acting: {words}; a person must look" if acting else f"failed before acting: {words}"
        return self.close("fail", seen, Outcome.FAILED, ending, now)

    def abandon(self, seen: Seen, words: str, now: datetime) -> bool:
        return self.close("abandon", seen, Outcome.ABANDONED, f"{words}; a person must look", now)
