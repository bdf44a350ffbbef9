"""Response urls: five uses in thirty minutes; ephemeral unless they say otherwise."""

from __future__ import annotations

import secrets
from typing import Any

from bot.workspace import messages
from bot.workspace.core import Core, Response
from bot.workspace.errors import Json, Refused

USES = 5
SECONDS = 30 * 60


def response_url(core: Core, origin: str, made: Response) -> str:
    """A new url, good for an answer to this one press or word."""
    while core.responses and core.clock() - next(iter(core.responses.values())).at > 2 * SECONDS:
        del core.responses[next(iter(core.responses))]
    key = secrets.token_urlsafe(24)
    core.responses[key] = made
    return f"{origin}/workspace/response/{key}"


def respond(core: Core, key: str, body: Any) -> None:
    """What a POST to a response url does; raises ``Refused`` with Slack's code and a status of 404 or 400."""
    made = core.responses.get(key)
    if made is None:
        raise Refused("invalid_url", status=404)
    if core.clock() - made.at > SECONDS:
        raise Refused("expired_url", status=404)
    if made.uses >= USES:
        raise Refused("used_url", status=404)
    if not isinstance(body, dict):
        raise Refused("invalid_payload", status=400)
    made.uses += 1
    try:
        answer(core, made, body)
    except Refused as error:
        error.status = 400
        raise


def answer(core: Core, made: Response, body: Json) -> None:
    """Shows what the app says: a new message, or the original replaced or deleted."""
    channel = core.state.channel(made.channel)
    if body.get("delete_original") or body.get("replace_original"):
        messages.find(core, channel, made.ts, made.person)
    if body.get("delete_original"):
        if made.ephemeral:
            messages.unwhisper(core, channel, made.ts)
        else:
            messages.remove(core, channel, made.ts)
    elif body.get("replace_original") and made.ephemeral:
        fresh = {**messages.by_bot(core, body), "ts": made.ts}
        old, _ = messages.find(core, channel, made.ts, made.person)
        if "thread_ts" in old:
            fresh["thread_ts"] = old["thread_ts"]
        messages.whisper(core, channel, made.person, fresh)
    elif body.get("replace_original"):
        whole = {"blocks": [], "attachments": [], **body}
        messages.edit(core, channel, channel.posts[made.ts], whole)
    else:
        fresh = messages.by_bot(core, body, thread_ts=str(body.get("thread_ts") or ""))
        if body.get("response_type") == "in_channel":
            messages.put(core, channel, fresh)
        else:
            messages.whisper(core, channel, made.person, fresh)
