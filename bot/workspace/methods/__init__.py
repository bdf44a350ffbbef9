"""The Web API: every method with the scopes any one of which it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.workspace.core import Core
from bot.workspace.errors import Json
from bot.workspace.methods import chat, files, people, rooms, views

Method = Callable[[Core, Json], Json]


@dataclass(frozen=True)
class Call:
    """``scopes``: one of them is enough; none asks for none."""

    run: Method
    scopes: tuple[str, ...] = ()


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: dict[str, Call] = {
    "auth.test": Call(people.auth_test),
    "chat.postMessage": Call(chat.post, ("chat:write",)),
    "chat.update": Call(chat.update, ("chat:write",)),
    "chat.delete": Call(chat.delete, ("chat:write",)),
    "chat.postEphemeral": Call(chat.post_ephemeral, ("chat:write",)),
    "chat.getPermalink": Call(chat.permalink),
    "conversations.list": Call(rooms.listing, _READ),
    "conversations.info": Call(rooms.about, _READ),
    "conversations.members": Call(rooms.members, _READ),
    "conversations.history": Call(rooms.history, _HISTORY),
    "conversations.replies": Call(rooms.replies, _HISTORY),
    "conversations.join": Call(rooms.join, ("channels:join",)),
    "conversations.open": Call(rooms.open_direct, ("im:write",)),
    "users.info": Call(people.about, ("users:read",)),
    "users.list": Call(people.listing, ("users:read",)),
    "usergroups.list": Call(people.groups, ("usergroups:read",)),
    "usergroups.users.list": Call(people.group_members, ("usergroups:read",)),
    "views.open": Call(views.open_view),
    "views.push": Call(views.push_view),
    "views.update": Call(views.update_view),
    "reactions.add": Call(chat.react, ("reactions:write",)),
    "files.getUploadURLExternal": Call(files.upload_url, ("files:write",)),
    "files.completeUploadExternal": Call(files.complete, ("files:write",)),
}
