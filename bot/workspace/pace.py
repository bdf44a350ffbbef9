"""Rates: a bucket per channel and kind of call, answered with 429 and Retry-After once it is empty."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from bot.workspace.errors import Refused
from bot.workspace.setup import Limits


class Pace:
    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def post(self, channel_id: str) -> None:
        """About one message a second and channel, with a short burst."""
        self._take(("post", channel_id), float(self._limits.burst), 1.0)

    def update(self) -> None:
        """chat.update is a method of tier 3: so many a minute for the whole workspace."""
        rate = self._limits.updates_per_minute
        self._take(("update", ""), float(rate), rate / 60)

    def _take(self, key: tuple[str, str], size: float, rate: float) -> None:
        now = self._clock()
        left, at = self._buckets.get(key, (size, now))
        left = min(size, left + (now - at) * rate)
        if left < 1:
            self._buckets[key] = (left, now)
            wait = max(1, ceil((1 - left) / rate))
            raise Refused("ratelimited", status=429, headers={"Retry-After": str(wait)})
        self._buckets[key] = (left - 1, now)
