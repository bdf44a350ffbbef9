"""chat.* and reactions.add."""

from __future__ import annotations

from bot.workspace import messages
from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.methods.args import flag, need
from bot.workspace.state import Channel


def post(core: Core, args: Json) -> Json:
    channel = writable(core, args, by_name=True)
    root = str(args.get("thread_ts") or "")
    if root:
        parent = channel.posts.get(root)
        if parent is None:
            raise Refused("thread_not_found")
        root = parent.get("thread_ts", root)
    message = messages.by_bot(core, args, thread_ts=root)
    if root and flag(args, "reply_broadcast"):
        message["subtype"] = "thread_broadcast"
    core.pace.post(channel.id)
    messages.put(core, channel, message)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def update(core: Core, args: Json) -> Json:
    channel = writable(core, args)
    old = own(core, channel, need(args, "ts"), "cant_update_message")
    core.pace.update()
    made = messages.edit(core, channel, old, args)
    return {"channel": channel.id, "ts": made["ts"], "text": made["text"], "message": made}


def delete(core: Core, args: Json) -> Json:
    channel = writable(core, args)
    old = own(core, channel, need(args, "ts"), "cant_delete_message")
    messages.remove(core, channel, old["ts"])
    return {"channel": channel.id, "ts": old["ts"]}


def post_ephemeral(core: Core, args: Json) -> Json:
    channel = writable(core, args, by_name=True)
    person_id = need(args, "user", "user_not_found")
    if person_id not in channel.members:
        raise Refused("user_not_in_channel")
    message = messages.by_bot(core, args, thread_ts=str(args.get("thread_ts") or ""))
    messages.whisper(core, channel, person_id, message)
    return {"message_ts": message["ts"]}


def permalink(core: Core, args: Json) -> Json:
    channel = core.state.channel(need(args, "channel", "channel_not_found"))
    ts = need(args, "message_ts", "message_not_found")
    if ts not in channel.posts:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": f"{args['_origin']}/#/{channel.id}/{ts}"}


def react(core: Core, args: Json) -> Json:
    channel = core.state.channel(need(args, "channel", "channel_not_found"))
    name = need(args, "name", "invalid_name").strip(":")
    old = channel.posts.get(need(args, "timestamp", "message_not_found"))
    if old is None:
        raise Refused("message_not_found")
    reactions = [dict(one) for one in old.get("reactions", ())]
    mine = next((one for one in reactions if one["name"] == name), None)
    if mine is None:
        reactions.append({"name": name, "users": [core.setup.bot_user], "count": 1})
    elif core.setup.bot_user in mine["users"]:
        raise Refused("already_reacted")
    messages.put(core, channel, {**old, "reactions": reactions})
    return {}


def writable(core: Core, args: Json, *, by_name: bool = False) -> Channel:
    """A channel that the bot may write to: a member, or any public one with ``chat:write.public``."""
    channel = core.state.channel(need(args, "channel", "channel_not_found"), by_name=by_name)
    if channel.archived:
        raise Refused("is_archived")
    if core.setup.bot_user not in channel.members and "chat:write.public" not in core.setup.scopes:
        raise Refused("not_in_channel")
    return channel


def own(core: Core, channel: Channel, ts: str, code: str) -> Json:
    """A message of the app itself; ephemeral ones cannot be reached this way."""
    found = channel.posts.get(ts)
    if found is None:
        raise Refused("message_not_found")
    if found["user"] != core.setup.bot_user:
        raise Refused(code)
    return found
