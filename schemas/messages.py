"""What we send to Slack, and what Slack says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Message:
    """A drawn message: ``text`` (notification, screen reader), Block Kit blocks, and a colour bar (hex) that wraps
    ``attached`` blocks when set."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    color: str = ""
    attached: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Posted:
    """Where Slack says the message is. ``channel`` is the channel's id (chat.update takes ids only)."""

    channel: str
    ts: str


class RateLimited(Exception):
    """Slack said 429; certainly not delivered. ``retry_after`` is what it asked for."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(f"slack asks to wait {retry_after.total_seconds():g} s")
