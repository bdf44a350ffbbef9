"""From Slack's payloads to a Press: pure, lenient about what is absent, strict about what makes it ours."""

from __future__ import annotations

import hashlib
import json
from binascii import a2b_qp
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from bot.press import Press

Payload = Mapping[str, Any]


def parse(body: bytes, *, json_body: bool) -> dict[str, Any] | None:
    """The fields of a form, or the JSON inside its ``payload``, or a JSON body; None when that is no object. Raises
    ValueError for what is not UTF-8 or not JSON, RecursionError for JSON without end."""
    if json_body:
        return _object(body.decode())
    fields = {unquote(name): unquote(value) for name, _, value in (pair.partition(b"=") for pair in body.split(b"&"))}
    return _object(fields["payload"]) if "payload" in fields else fields


def unquote(raw: bytes) -> str:
    """As `urllib.parse.unquote_plus`, strictly UTF-8, many times faster: percent signs are read as quoted-printable's
    ``=``, which the standard library decodes in C. Whatever the two would read differently takes the long way."""
    escapes = raw.count(b"%")
    spaced = raw.replace(b"+", b" ")
    if not escapes:
        return spaced.decode()
    if b"=" not in raw and b"\n" not in raw and b"\r" not in raw:
        found = a2b_qp(spaced.replace(b"%", b"="))
        if len(found) == len(raw) - 2 * escapes:
            return found.decode()
    return unquote_to_bytes(spaced).decode()


def _object(text: str) -> dict[str, Any] | None:
    found = json.loads(text)
    return found if isinstance(found, dict) else None


def press_id(trigger: str) -> str:
    """Short, safe to quote, and the same for the same trigger wherever it is replayed."""
    return "p" + hashlib.sha256(trigger.encode()).hexdigest()[:15]


def read_action(body: Payload, now: datetime) -> Press | None:
    """The press of a ``block_actions`` payload; None when it lacks a trigger, a person or an action."""
    actions, trigger, user = body.get("actions"), _text(body, "trigger_id"), _map(body, "user")
    if not (isinstance(actions, list) and actions and isinstance(actions[0], dict) and trigger and _text(user, "id")):
        return None
    action, container, view = actions[0], _map(body, "container"), _map(body, "view")
    channel, stamp = _place(_text(view, "private_metadata"))
    action_id = _text(action, "action_id")
    own = chosen(action)
    return Press(
        id=press_id(trigger),
        kind="action",
        name=action_id.split(":", 1)[0],
        person=_text(user, "id"),
        person_name=_text(user, "username") or _text(user, "name"),
        channel=_text(_map(body, "channel"), "id") or _text(container, "channel_id") or channel,
        at=now,
        value=own,
        ts=_text(container, "message_ts") or _text(_map(body, "message"), "ts") or stamp,
        text=action_id,
        values={**_values(_map(body, "state")), **_values(_map(view, "state")), action_id: own},
        meta=_text(view, "private_metadata"),
        trigger=trigger,
        response_url=_text(body, "response_url"),
        view_id=_text(view, "id"),
    )


def read_view(body: Payload, now: datetime) -> Press | None:
    """The press of a ``view_submission`` payload; None when it lacks a trigger, a person or a view."""
    view, trigger, user = _map(body, "view"), _text(body, "trigger_id"), _map(body, "user")
    if not (_text(view, "callback_id") and trigger and _text(user, "id")):
        return None
    meta = _text(view, "private_metadata")
    channel, stamp = _place(meta)
    urls = body.get("response_urls")
    first = urls[0] if isinstance(urls, list) and urls and isinstance(urls[0], dict) else {}
    return Press(
        id=press_id(trigger),
        kind="view",
        name=_text(view, "callback_id"),
        person=_text(user, "id"),
        person_name=_text(user, "username") or _text(user, "name"),
        channel=channel,
        at=now,
        ts=stamp,
        values=_values(_map(view, "state")),
        meta=meta,
        trigger=trigger,
        response_url=_text(first, "response_url"),
        view_id=_text(view, "id"),
    )


def read_word(body: Payload, now: datetime) -> Press | None:
    """The press of a slash command; None when it lacks a trigger or a person."""
    trigger, person = _text(body, "trigger_id"), _text(body, "user_id")
    if not (trigger and person):
        return None
    return Press(
        id=press_id(trigger),
        kind="word",
        name=_text(body, "command").removeprefix("/"),
        person=person,
        person_name=_text(body, "user_name"),
        channel=_text(body, "channel_id"),
        at=now,
        text=_text(body, "text"),
        trigger=trigger,
        response_url=_text(body, "response_url"),
    )


def chosen(element: Payload) -> str:
    """What an interactive element was set to, as text; several are joined by commas."""
    if isinstance(element.get("value"), str):
        return str(element["value"])
    option = element.get("selected_option")
    if isinstance(option, dict):
        return _text(option, "value")
    options = element.get("selected_options")
    if isinstance(options, list):
        return ",".join(_text(one, "value") for one in options if isinstance(one, dict))
    return ",".join(_selected(element))


def _selected(element: Payload) -> Iterator[str]:
    """selected_date, selected_time, selected_date_time, selected_user, selected_users …"""
    for key, value in element.items():
        if key.startswith("selected_") and isinstance(value, (str, int)):
            yield str(value)
        elif key.startswith("selected_") and isinstance(value, list):
            yield from (str(one) for one in value if isinstance(one, str))


def _values(state: Payload) -> dict[str, str]:
    """``{"values": {block_id: {action_id: element}}}`` as action_id → value."""
    found: dict[str, str] = {}
    for block in _map(state, "values").values():
        for action_id, element in block.items() if isinstance(block, dict) else ():
            if isinstance(element, dict):
                found[action_id] = chosen(element)
    return found


def _place(meta: str) -> tuple[str, str]:
    """The ``channel`` and ``ts`` that a modal's private_metadata carries, when it is a JSON object."""
    if not meta.startswith("{"):
        return "", ""
    try:
        found = json.loads(meta)
    except (ValueError, RecursionError):
        return "", ""
    return (_text(found, "channel"), _text(found, "ts")) if isinstance(found, dict) else ("", "")


def _map(body: Payload, key: str) -> Payload:
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def _text(body: Payload, key: str) -> str:
    found = body.get(key)
    return found if isinstance(found, str) else ""
