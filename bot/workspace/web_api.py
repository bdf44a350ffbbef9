"""The Web API's door: arguments from anywhere, the token, the scopes, then the method."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.methods import METHODS
from bot.workspace.methods.args import decoded


def origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


async def call(core: Core, request: web.Request) -> web.Response:
    """One call; always HTTP 200 but for rate limits, as Slack."""
    headers: dict[str, str] = {"X-OAuth-Scopes": ",".join(core.setup.scopes)}
    try:
        body = await _answer(core, request)
        return web.json_response({"ok": True, **body}, headers=headers)
    except Refused as error:
        return web.json_response(error.body(), status=error.status, headers={**headers, **error.headers})
    except OSError as error:
        said = f"the workspace cannot write its journal: {error.strerror}"
        return web.json_response({"ok": False, "error": "fatal_error", "detail": said}, headers=headers)


async def _answer(core: Core, request: web.Request) -> Json:
    known = METHODS.get(request.match_info["method"])
    if known is None:
        raise Refused("unknown_method", req_method=request.match_info["method"])
    given = await arguments(request)
    _token(core, request, given)
    if known.scopes and not set(known.scopes) & set(core.setup.scopes):
        needed = ",".join(known.scopes)
        raise Refused("missing_scope", needed=needed, provided=",".join(core.setup.scopes))
    given["_origin"] = origin(request)
    answer = known.run(core, decoded(given))
    await core.journal.settled()
    return answer


async def arguments(request: web.Request) -> Json:
    """Query string and body together, whatever its form; the body wins."""
    given: dict[str, Any] = dict(request.query)
    if request.method != "POST":
        return given
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise Refused("invalid_json") from None
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        given.update(body)
    else:
        try:
            given.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
        except (ValueError, UnicodeDecodeError):
            raise Refused("invalid_form_data") from None
    return given


def _token(core: Core, request: web.Request, given: Json) -> None:
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ").strip() if header else str(given.pop("token", "") or "")
    if not token:
        raise Refused("not_authed")
    if token != core.setup.bot_token:
        raise Refused("invalid_auth")
