"""The page's own calls, under ``/workspace/``; tests drive the workspace through the same ones.

``GET state|messages|deliveries|failures|stream``, ``POST press|command|shortcut|say|home|submit|close|choose|dismiss|
again|channels`` with a JSON object. A POST answers ``{"ok", "error", "shown"}``: ``shown`` is what Slack would show the
person. ``error`` is the app's (``operation_timeout``, ``http_service_error``, ``dispatch_failed``) with HTTP 200, or
the caller's own mistake with HTTP 400.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.workspace import acts, messages, replies, windows
from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.methods.people import group_id
from bot.workspace.web_api import origin

SHOWN = 300
"""Messages of a channel that the page draws; older ones stay in history."""


def state(core: Core, request: web.Request) -> Json:
    """All that the page draws at first, and after a lost connection."""
    setup, person_id = core.setup, _person(core, request.query.get("person", ""))
    rooms = [one for one in core.state.channels.values() if one.owner in ("", person_id)]
    return {
        "team": setup.team,
        "me": person_id,
        "people": [asdict(one) for one in setup.people],
        "bot": {"id": setup.bot_user, "name": setup.bot_name, "app": setup.app_name},
        "groups": {group_id(name): name for name in setup.groups},
        "commands": [dict(one) for one in setup.commands],
        "shortcuts": [dict(one) for one in setup.shortcuts],
        "channels": [
            {
                "id": one.id,
                "name": one.name,
                "archived": one.archived,
                "direct": bool(one.owner),
                "messages": messages.visible(core, one, person_id)[-SHOWN:],
            }
            for one in rooms
        ],
        "views": core.views.get(person_id, []),
    }


def seen(core: Core, request: web.Request) -> Json:
    channel = core.state.channel(request.query.get("channel", ""), by_name=True)
    person_id = _person(core, request.query.get("person", ""))
    return {"ok": True, "channel": channel.id, "messages": messages.visible(core, channel, person_id)}


async def dismiss(core: Core, args: Json) -> Json:
    channel = core.state.channel(str(args["channel"]))
    _, ephemeral = messages.find(core, channel, str(args["ts"]), str(args["person"]))
    if not ephemeral:
        raise Refused("message_not_found")
    messages.unwhisper(core, channel, str(args["ts"]))
    return {"ok": True, "error": "", "shown": ""}


async def add_channel(core: Core, args: Json) -> Json:
    """``name``, ``bot`` (is the app a member, default true), ``archived``: for tests of what Slack refuses."""
    channel = core.state.add_channel(str(args["name"]), bot=bool(args.get("bot", True)))
    channel.archived = bool(args.get("archived", False))
    core.journal.channel(channel)
    return {"ok": True, "channel": channel.id}


async def act(core: Core, request: web.Request) -> web.Response:
    """One thing that a person does, by the last part of the path. A mistake in the call itself is a 400."""
    did = ACTS.get(request.match_info["act"])
    try:
        if did is None:
            raise Refused("unknown_act", status=404)
        if request.content_type != "application/json":
            raise Refused("json_expected")
        body = json.loads(await request.read())
        answer = await did(core, origin(request), body)
        await core.journal.settled()
    except Refused as error:
        return web.json_response(error.body(), status=error.status if error.status != 200 else 400)
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        return web.json_response({"ok": False, "error": "invalid_arguments", "detail": str(error)}, status=400)
    except OSError as error:
        return web.json_response({"ok": False, "error": "fatal_error", "shown": str(error.strerror)}, status=500)
    return web.json_response(answer)


async def response(core: Core, request: web.Request) -> web.Response:
    """A POST to a response url."""
    try:
        replies.respond(core, request.match_info["key"], json.loads(await request.read()))
        await core.journal.settled()
    except Refused as error:
        return web.json_response(error.body(), status=error.status)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    return web.Response(text="ok")


async def upload(core: Core, request: web.Request) -> web.Response:
    """The bytes of a file, raw or as the first part of a form; raw ones may exceed the application's body limit."""
    found = core.uploads.get(request.match_info["id"])
    if found is None or found.content is not None:
        return web.Response(status=404, text="no such upload")
    if request.content_type.startswith("multipart/"):
        part = next((one for one in (await request.post()).values() if isinstance(one, web.FileField)), None)
        content = part.file.read() if part is not None else b""
    else:
        content = b"".join([piece async for piece in request.content.iter_chunked(65536)])
    if len(content) != found.length:
        return web.Response(status=400, text=f"{found.length} bytes were announced, {len(content)} came")
    found.content = content
    return web.Response(text=f"OK - {len(content)}")


def download(core: Core, request: web.Request) -> web.Response:
    found = core.uploads.get(request.match_info["id"])
    if found is None or found.content is None:
        return web.Response(status=404, text="This file is gone: files are kept until the workspace restarts.")
    kinds = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}
    kind = kinds.get(found.name.rpartition(".")[2].lower(), "text/plain; charset=utf-8")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return web.Response(body=found.content, headers={"Content-Type": kind, **headers})


Act = Callable[[Core, str, Json], Awaitable[Json]]


def _plain(inner: Callable[[Core, Json], Awaitable[Json]]) -> Act:
    async def run(core: Core, _origin: str, args: Json) -> Json:
        return await inner(core, args)

    return run


def _at_once(inner: Callable[[Core, Json], Json]) -> Act:
    async def run(core: Core, _origin: str, args: Json) -> Json:
        return inner(core, args)

    return run


ACTS: dict[str, Act] = {
    "press": acts.press,
    "command": acts.command,
    "shortcut": acts.shortcut,
    "say": _at_once(acts.say),
    "home": _at_once(acts.open_home),
    "submit": _plain(windows.submit),
    "close": _plain(windows.close),
    "choose": _plain(windows.choose),
    "dismiss": _plain(dismiss),
    "again": _plain(acts.again),
    "channels": _plain(add_channel),
}


def _person(core: Core, person_id: str) -> str:
    people: Any = core.setup.people
    return person_id if core.setup.person(person_id) is not None else str(people[0].id)
