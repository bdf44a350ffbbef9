"""What the workspace knows: channels and the messages in them. In memory; the journal makes it last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.workspace.errors import Json, Refused
from bot.workspace.setup import Setup, mint


@dataclass
class Channel:
    """A public channel, or (``owner`` set) the direct messages of one person with the bot."""

    id: str
    name: str
    created: int
    members: set[str] = field(default_factory=set)
    archived: bool = False
    owner: str = ""
    posts: dict[str, Json] = field(default_factory=dict)
    whispers: dict[str, tuple[str, Json]] = field(default_factory=dict)
    """Ephemeral messages: ts -> (the one person who sees it, message). Neither in history nor in the journal."""


class State:
    """All channels by id; mints time stamps that never repeat."""

    def __init__(self, setup: Setup, clock: Callable[[], float]) -> None:
        self.setup = setup
        self.clock = clock
        self.channels: dict[str, Channel] = {}
        self._last = 0
        for name in setup.channels:
            self.add_channel(name)

    def add_channel(self, name: str, *, bot: bool = True, archived: bool = False) -> Channel:
        made = Channel(mint("C", name), name, int(self.clock()), archived=archived)
        made.members = {one.id for one in self.setup.people} | ({self.setup.bot_user} if bot else set())
        return self.channels.setdefault(made.id, made)

    def direct(self, person_id: str) -> Channel:
        """The person's conversation with the bot, made at first use."""
        if self.setup.person(person_id) is None:
            raise Refused("user_not_found")
        made = Channel(mint("D", person_id), person_id, int(self.clock()), owner=person_id)
        made.members = {person_id, self.setup.bot_user}
        return self.channels.setdefault(made.id, made)

    def channel(self, ref: str, *, by_name: bool = False) -> Channel:
        """By id; with ``by_name`` also ``#name``, ``name`` and a person's id, as chat.postMessage allows."""
        if ref in self.channels:
            return self.channels[ref]
        if by_name and self.setup.person(ref) is not None:
            return self.direct(ref)
        if by_name:
            for one in self.channels.values():
                if one.name == ref.removeprefix("#") and not one.owner:
                    return one
        raise Refused("channel_not_found")

    def next_ts(self) -> str:
        """Seconds and microseconds, ever rising: the name of a message in its channel."""
        self._last = max(self._last + 1, int(self.clock() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def seen_ts(self, ts: str) -> None:
        seconds, _, micros = ts.partition(".")
        self._last = max(self._last, int(seconds) * 1_000_000 + int(micros or 0))

    def thread(self, channel: Channel, root: str) -> list[Json]:
        """A message and its replies, oldest first; raises ``thread_not_found``."""
        if root not in channel.posts:
            raise Refused("thread_not_found")
        replies = replies_of(channel).get(root, [])
        return [shown(channel.posts[root], replies), *replies]

    def history(self, channel: Channel) -> list[Json]:
        """What stands in the channel itself, oldest first: no replies but those broadcast."""
        return [
            post
            for post in self.all(channel)
            if post.get("thread_ts", post["ts"]) == post["ts"] or post.get("subtype") == "thread_broadcast"
        ]

    def all(self, channel: Channel) -> list[Json]:
        """Every message, replies too, oldest first."""
        threads = replies_of(channel)
        return [shown(post, threads.get(post["ts"], [])) for post in channel.posts.values()]

    def one(self, channel: Channel, ts: str) -> Json:
        """One message with its thread's numbers."""
        replies = [post for post in channel.posts.values() if post.get("thread_ts") == ts and post["ts"] != ts]
        return shown(channel.posts[ts], replies)


def replies_of(channel: Channel) -> dict[str, list[Json]]:
    """Replies by the message they answer, in one pass."""
    found: dict[str, list[Json]] = {}
    for post in channel.posts.values():
        if post.get("thread_ts", post["ts"]) != post["ts"]:
            found.setdefault(post["thread_ts"], []).append(post)
    return found


def shown(post: Json, replies: list[Json]) -> Json:
    """The message with its thread's numbers, as Slack returns it."""
    if not replies:
        return post
    users = list(dict.fromkeys(one["user"] for one in replies))
    return {
        **post,
        "thread_ts": post["ts"],
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1]["ts"],
    }
