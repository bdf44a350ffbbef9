"""conversations.*"""

from __future__ import annotations

from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.methods.args import flag, need, page
from bot.workspace.state import Channel


def described(core: Core, channel: Channel) -> Json:
    if channel.owner:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "user": channel.owner,
            "is_archived": False,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_private": False,
        "is_archived": channel.archived,
        "is_member": core.setup.bot_user in channel.members,
        "created": channel.created,
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def listing(core: Core, args: Json) -> Json:
    kinds = str(args.get("types") or "public_channel").split(",")
    found = [one for one in core.state.channels.values() if ("im" if one.owner else "public_channel") in kinds]
    if flag(args, "exclude_archived"):
        found = [one for one in found if not one.archived]
    shown, cursor = page(found, args, 100, 1000)
    return {
        "channels": [described(core, one) for one in shown],
        "response_metadata": {"next_cursor": cursor},
    }


def about(core: Core, args: Json) -> Json:
    return {"channel": described(core, _channel(core, args))}


def members(core: Core, args: Json) -> Json:
    shown, cursor = page(sorted(_channel(core, args).members), args, 100, 1000)
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


def join(core: Core, args: Json) -> Json:
    channel = _channel(core, args)
    if channel.archived:
        raise Refused("is_archived")
    channel.members.add(core.setup.bot_user)
    core.journal.channel(channel)
    return {"channel": described(core, channel)}


def open_direct(core: Core, args: Json) -> Json:
    known = len(core.state.channels)
    channel = core.state.direct(need(args, "users", "users_list_not_supplied"))
    if len(core.state.channels) > known:
        core.journal.channel(channel)
    return {"channel": {"id": channel.id}}


def history(core: Core, args: Json) -> Json:
    channel = _readable(core, args)
    found = _between(core.state.history(channel), args)[::-1]
    shown, cursor = page(found, args, 100, 999)
    return {"messages": shown, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def replies(core: Core, args: Json) -> Json:
    channel = _readable(core, args)
    found = _between(core.state.thread(channel, need(args, "ts")), args)
    shown, cursor = page(found, args, 1000, 1000)
    return {"messages": shown, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _between(found: list[Json], args: Json) -> list[Json]:
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "")
    inclusive = flag(args, "inclusive")
    kept = [one for one in found if one["ts"] > oldest or (inclusive and one["ts"] == oldest)]
    if latest:
        kept = [one for one in kept if one["ts"] < latest or (inclusive and one["ts"] == latest)]
    return kept


def _channel(core: Core, args: Json) -> Channel:
    return core.state.channel(need(args, "channel", "channel_not_found"))


def _readable(core: Core, args: Json) -> Channel:
    channel = _channel(core, args)
    if core.setup.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel
