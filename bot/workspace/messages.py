"""Messages come, change and go: in the state, in the journal, on the open pages."""

from __future__ import annotations

from typing import Any

from bot.workspace.blockkit import check_message
from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.fill import filled, filled_attachments
from bot.workspace.state import Channel


def by_bot(core: Core, args: Json, *, thread_ts: str = "") -> Json:
    """A new message of the app, checked and filled; not yet anywhere."""
    said, blocks, attachments = str(args.get("text") or ""), args.get("blocks"), args.get("attachments")
    check_message(said, blocks, attachments)
    setup = core.setup
    made: Json = {
        "type": "message",
        "user": setup.bot_user,
        "bot_id": setup.bot_id,
        "app_id": setup.app_id,
        "team": setup.team_id,
        "text": said,
        "ts": core.state.next_ts(),
        "bot_profile": {"id": setup.bot_id, "app_id": setup.app_id, "name": setup.bot_name, "team_id": setup.team_id},
    }
    if blocks:
        made["blocks"] = filled(blocks)
    if attachments:
        made["attachments"] = filled_attachments(attachments)
    if isinstance(args.get("metadata"), dict):
        made["metadata"] = args["metadata"]
    if thread_ts:
        made["thread_ts"] = thread_ts
    return made


def put(core: Core, channel: Channel, message: Json) -> None:
    if channel.owner and not channel.posts:
        core.journal.channel(channel)
    channel.posts[message["ts"]] = message
    core.journal.post(channel, message)
    _tell(core, channel, message)


def edit(core: Core, channel: Channel, old: Json, args: Json) -> Json:
    """The message with what ``args`` gives in place of the old.

    Blocks or attachments left out are kept, an empty list removes them (chat.update's documentation).
    """
    blocks, attachments = args.get("blocks"), args.get("attachments")
    check_message(str(args.get("text") or ""), blocks, attachments, updating=True)
    made = {**old, "text": str(args.get("text") or "")}
    if blocks is not None:
        made["blocks"] = filled(blocks)
    if attachments is not None:
        made["attachments"] = filled_attachments(attachments)
    for key in ("blocks", "attachments"):
        if not made.get(key):
            made.pop(key, None)
    if isinstance(args.get("metadata"), dict):
        made["metadata"] = args["metadata"]
    made["edited"] = {"user": core.setup.bot_user, "ts": core.state.next_ts()}
    put(core, channel, made)
    return made


def remove(core: Core, channel: Channel, ts: str) -> None:
    gone = channel.posts.pop(ts)
    core.journal.gone(channel, ts)
    core.stream.tell("gone", {"channel": channel.id, "ts": ts})
    root = gone.get("thread_ts")
    if root in channel.posts and root != ts:
        _tell(core, channel, channel.posts[root])


def whisper(core: Core, channel: Channel, person_id: str, message: Json) -> Json:
    """An ephemeral message: one person sees it, until they dismiss it or the workspace restarts."""
    made = {**message, "is_ephemeral": True}
    channel.whispers[made["ts"]] = (person_id, made)
    core.stream.tell("message", {"channel": channel.id, "message": made}, only=person_id)
    return made


def slackbot(core: Core, channel: Channel, person_id: str, said: str, *, thread_ts: str = "") -> None:
    """Slack's own word to one person, such as a command that failed."""
    made = {"type": "message", "user": "USLACKBOT", "text": said, "ts": core.state.next_ts()}
    if thread_ts:
        made["thread_ts"] = thread_ts
    whisper(core, channel, person_id, made)


def unwhisper(core: Core, channel: Channel, ts: str) -> None:
    person_id, _ = channel.whispers.pop(ts)
    core.stream.tell("gone", {"channel": channel.id, "ts": ts}, only=person_id)


def visible(core: Core, channel: Channel, person_id: str) -> list[Json]:
    """All that a person can see in a channel, replies too, oldest first."""
    whispers = [message for whose, message in channel.whispers.values() if whose == person_id]
    return sorted([*core.state.all(channel), *whispers], key=lambda one: _moment(one["ts"]))


def find(core: Core, channel: Channel, ts: str, person_id: str) -> tuple[Json, bool]:
    """A message and whether it is ephemeral, as ``person_id`` may see it; raises ``message_not_found``."""
    if ts in channel.posts:
        return core.state.one(channel, ts), False
    whose, message = channel.whispers.get(ts, ("", {}))
    if not message or whose != person_id:
        raise Refused("message_not_found")
    return message, True


def _tell(core: Core, channel: Channel, message: Json) -> None:
    body: dict[str, Any] = {"channel": channel.id, "message": core.state.one(channel, message["ts"])}
    core.stream.tell("message", body, only=channel.owner)
    root = channel.posts.get(message.get("thread_ts", ""))
    if root is not None and root is not message and root["ts"] != message["ts"]:
        core.stream.tell("message", {"channel": channel.id, "message": core.state.one(channel, root["ts"])})


def _moment(ts: str) -> tuple[int, str]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), micros
