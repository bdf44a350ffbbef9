"""Cards as the ledger and the delivery know them: what is wanted, what Slack said it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Say:
    """A line for the card's thread: who, and what. ``broadcast`` shows it in the channel too: the bot speaks again."""

    n: int
    who: str
    text: str
    broadcast: bool
    ts: str = ""
    trying: bool = False


@dataclass(frozen=True)
class Card:
    """One message that lives. The document's key is the alert's ``card``.

    ``wanted`` rises with every decision that changes what the card shows; ``sent`` is the version that Slack has
    confirmed. ``trying`` is the version of a first post under way whose fate is not known yet. ``says`` are thread
    lines not yet confirmed. ``dirty`` is 1 while anything is unsent, else 0 (indexed). ``attempt`` rises with every
    sending, marked or recorded: who comes back from Slack and finds another number was overtaken.
    """

    alert_id: str
    channel: str
    wanted: int = 1
    sent: int = 0
    channel_id: str = ""
    ts: str = ""
    trying: int = 0
    repeated: bool = False
    says: tuple[Say, ...] = ()
    said: int = 0
    dirty: int = 1
    failures: int = 0
    refused: str = ""
    next_at: datetime | None = None
    wanted_at: datetime | None = None
    attempt: int = 0
