"""Cards are reconciled, not posted: *wanted* (the ledger's) is brought to *sent* (what Slack has confirmed).

Whoever holds a channel's lease sends and paces. Better twice than never: a first post whose fate is unknown is sent
again, marked "repeated"; nothing else can repeat. A 429 never settles a doubt, and only a confirmed ts clears it.

A sender may be stopped for longer than its lease and wake up late. Its mark before a post rides with the lease's own
renewal, so it is refused; what it brings back from Slack is kept only while nobody else has sent (``Card.attempt``);
and where its late edit may have painted over a newer one, the card is drawn once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.alerts import Alert
from schemas.cards import Card, Say
from schemas.codec import dump, load
from schemas.errors import BackendError, Missing, Unavailable
from schemas.ports import Doc, Done, Message, Messenger, Posted, RateLimited, Replace, Store, Where

from .leases import Lease

BACKOFF = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
LEASE = timedelta(seconds=30)
LONGEST = max(BACKOFF)  # also of what Slack may ask for; a moment further off was noted by a clock that stood wrong

Change = Callable[[Card], Card]


@dataclass(frozen=True)
class Draw:
    """How a card and a line of its thread become messages: pure, made anew at send time."""

    card: Callable[[Alert, Card], Message]
    line: Callable[[Say], Message]


@dataclass(frozen=True)
class Pace:
    """``burst`` messages at once per channel, then one each ``every``."""

    every: timedelta = timedelta(seconds=1)
    burst: int = 3


class Delivery:
    """One step sends at most one message."""

    def __init__(
        self, store: Store, messenger: Messenger, draw: Draw, owner: str, pace: Pace, lease: timedelta = LEASE
    ) -> None:
        self._store, self._messenger, self._draw, self._pace = store, messenger, draw, pace
        self._owner, self._length = owner, lease
        self._leases: dict[str, Lease] = {}
        self._spent: dict[str, tuple[float, datetime]] = {}  # channel → messages spent, as of

    def step(self, now: datetime) -> bool:
        """Sends the most urgent unsent card whose channel is ours and not paced; False when there is none."""
        for doc in self._store.find("cards", Where("dirty", "==", 1), limit=500):
            card = load(Card, doc.value)
            if _waits(card, now) or not self._may_send(card.channel, now):
                continue
            if not self._lease(card.channel).hold():
                continue
            if self._send(doc, card, now):
                return True
        return False

    def next_at(self, now: datetime) -> datetime | None:
        """When an unsent card may be tried next; None when all is sent."""
        docs = self._store.find("cards", Where("dirty", "==", 1), limit=500)
        moments = [load(Card, doc.value).next_at or now + self._pace.every for doc in docs]
        return min(moments, default=None)

    def release(self) -> None:
        """Hands back all channels, so that another instance need not wait for the leases to lapse."""
        for lease in self._leases.values():
            lease.drop()

    def _lease(self, channel: str) -> Lease:
        if channel not in self._leases:
            self._leases[channel] = Lease(self._store, f"channel:{channel}", self._owner, self._length)
        return self._leases[channel]

    def _may_send(self, channel: str, now: datetime) -> bool:
        """A leaky bucket per channel."""
        spent, at = self._spent.get(channel, (0.0, now))
        left = max(0.0, spent - abs(now - at) / self._pace.every)  # a clock set back does not stop the channel
        self._spent[channel] = (left, now)
        return left + 1 <= self._pace.burst

    def _spend(self, channel: str) -> None:
        spent, at = self._spent[channel]
        self._spent[channel] = (spent + 1, at)

    def _send(self, doc: Doc, card: Card, now: datetime) -> bool:
        alert_doc = self._store.get("alerts", card.alert_id)
        if alert_doc is None:
            return False
        alert = load(Alert, alert_doc.value)
        if not card.ts:
            return self._post(doc, card, alert, now)
        if card.wanted > card.sent:
            return self._edit(doc, card, alert, now)
        return self._say(doc, card, now)

    def _post(self, doc: Doc, card: Card, alert: Alert, now: datetime) -> bool:
        """The first post: marked as being tried on the version drawn, before anything leaves the house."""
        trying = replace(card, trying=card.wanted, repeated=card.repeated or card.trying != 0, attempt=card.attempt + 1)
        if not self._mark(doc, trying):
            return True
        self._spend(card.channel)
        fate = _attempt(lambda: self._messenger.post(card.channel, self._draw.card(alert, trying)))
        if isinstance(fate, Posted):
            self._merge(doc.key, trying, lambda held: _settled(_posted(held, fate), trying.wanted))
        elif isinstance(fate, Unavailable):
            self._merge(doc.key, trying, lambda held: _refused(held, fate, now))
        else:
            self._merge(doc.key, trying, lambda held: replace(_refused(held, fate, now), trying=0))
        return True

    def _edit(self, doc: Doc, card: Card, alert: Alert, now: datetime) -> bool:
        self._spend(card.channel)
        fate = _attempt(lambda: self._messenger.edit(card.channel_id, card.ts, self._draw.card(alert, card)))
        if fate is None:
            self._merge(doc.key, card, lambda held: _settled(held, card.wanted), late=_again)
        elif isinstance(fate, Missing) and "message" in str(fate):  # the message is gone: post anew
            self._merge(doc.key, card, lambda held: replace(held, ts="", sent=0, trying=0))
        elif isinstance(fate, Unavailable):
            self._merge(doc.key, card, lambda held: _refused(held, fate, now), late=_again)
        else:
            self._merge(doc.key, card, lambda held: _refused(held, fate, now))
        return True

    def _say(self, doc: Doc, card: Card, now: datetime) -> bool:
        """The next line of the thread; like the first post, marked before it leaves."""
        if not card.says:
            self._merge(doc.key, card, lambda held: _settled(held, held.sent))
            return True
        say = card.says[0]
        trying = replace(card, says=(replace(say, trying=True), *card.says[1:]), attempt=card.attempt + 1)
        if not self._mark(doc, trying):
            return True
        self._spend(card.channel)
        line = self._draw.line(say)
        fate = _attempt(lambda: self._messenger.post(card.channel_id, line, thread=card.ts, broadcast=say.broadcast))
        if isinstance(fate, Posted):
            self._merge(doc.key, trying, lambda held: _settled(_said(held, say), held.sent))
        elif isinstance(fate, Unavailable):
            self._merge(doc.key, trying, lambda held: _refused(held, fate, now))
        else:
            self._merge(doc.key, trying, lambda held: _refused(_unsay(held, say), fate, now))
        return True

    def _mark(self, doc: Doc, card: Card) -> bool:
        """What is about to leave the house, noted by the holder of the channel alone: a late one is refused."""
        return self._lease(card.channel).commit(Replace("cards", doc.key, dump(card), doc.version))

    def _merge(self, key: str, sent: Card, change: Change, *, late: Change | None = None) -> None:
        """Records what Slack said of ``sent``, over whatever the ledger has raised meanwhile; ``late`` instead when
        another sender was at work since, by default nothing."""
        while True:
            doc = self._store.get("cards", key)
            if doc is None:
                return
            held = load(Card, doc.value)
            meant = change if held.attempt == sent.attempt else late
            if meant is None:
                return
            value = dump(replace(meant(held), attempt=held.attempt + 1))
            if isinstance(self._store.commit((Replace("cards", key, value, doc.version),))[0], Done):
                return


def _waits(card: Card, now: datetime) -> bool:
    return card.next_at is not None and now < card.next_at <= now + LONGEST


def _again(card: Card) -> Card:
    """Drawn once more: a late edit may stand where a newer one stood."""
    return replace(card, wanted=card.wanted + 1, dirty=1)


def _posted(card: Card, posted: Posted) -> Card:
    return replace(card, ts=posted.ts, channel_id=posted.channel, trying=0)


def _settled(card: Card, sent: int) -> Card:
    """Slack has this version; a newer one may be wanted already."""
    card = replace(card, sent=max(card.sent, sent), failures=0, refused="", next_at=None)
    return replace(card, dirty=1 if card.wanted > card.sent or card.says else 0)


def _said(card: Card, say: Say) -> Card:
    return replace(card, says=tuple(one for one in card.says if one.n != say.n), said=max(card.said, say.n))


def _unsay(card: Card, say: Say) -> Card:
    return replace(card, says=tuple(replace(one, trying=say.trying) if one.n == say.n else one for one in card.says))


def _attempt(send: Callable[[], Posted | None]) -> Posted | RateLimited | BackendError | None:
    """What became of one call to Slack: its answer, or the error as a value."""
    try:
        return send()
    except (RateLimited, BackendError) as error:
        return error


def _refused(card: Card, fate: Posted | RateLimited | BackendError | None, now: datetime) -> Card:
    """Tried again later: when Slack asks for it, else after a growing wait."""
    if isinstance(fate, RateLimited):
        return replace(card, next_at=now + fate.retry_after)
    wait = BACKOFF[min(card.failures, len(BACKOFF) - 1)]
    return replace(card, failures=card.failures + 1, refused=str(fate), next_at=now + wait)
