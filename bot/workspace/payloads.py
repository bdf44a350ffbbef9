"""The payloads that Slack sends for what people do. Pure but for ids."""

from __future__ import annotations

import secrets
from typing import Any

from bot.workspace.blockkit import elements_of
from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.setup import mint
from bot.workspace.state import Channel

CHOSEN = {
    "static_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "number_input": "value",
}
INITIAL = {
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_channel": "initial_channel",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "value": "initial_value",
}
STATELESS = frozenset({"button", "overflow"})


def person(core: Core, person_id: str) -> Json:
    found = core.setup.person(person_id)
    if found is None:
        raise Refused("user_not_found")
    return {"id": found.id, "username": found.name, "name": found.name, "team_id": core.setup.team_id}


def head(core: Core, kind: str, person_id: str) -> Json:
    """What every interaction starts with."""
    setup = core.setup
    return {
        "type": kind,
        "user": person(core, person_id),
        "api_app_id": setup.app_id,
        "token": setup.verification_token,
        "team": {"id": setup.team_id, "domain": domain(core)},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def domain(core: Core) -> str:
    return "".join(one if one.isalnum() else "-" for one in core.setup.team.lower())


def room(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.owner else channel.name}


def container(channel: Channel, message: Json, attachment_id: int | None, *, ephemeral: bool) -> Json:
    made: Json = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id, "is_ephemeral": ephemeral}
    if attachment_id is not None:
        made |= {"type": "message_attachment", "attachment_id": attachment_id, "is_app_unfurl": False}
    if "thread_ts" in message:
        made["thread_ts"] = message["thread_ts"]
    return made


def action(core: Core, block: Json, element: Json, value: Any) -> Json:
    """One entry of ``actions``: the element's own keys, what was chosen, and when."""
    kind = element["type"]
    made: Json = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    kept = ("text", "value", "style", "url") if kind == "button" else ("placeholder", *INITIAL.values())
    made |= {key: element[key] for key in (*kept, "confirm") if key in element}
    made |= chosen(element, value)
    made["action_ts"] = core.state.next_ts()
    return made


def chosen(element: Json, value: Any) -> Json:
    """What a value picked on the page is called in a payload; refuses what the element does not offer."""
    kind = element["type"]
    if kind == "button":
        return {}
    key = CHOSEN[kind]
    if key == "selected_option":
        return {"type": kind, key: _option(element, value) if value not in (None, "") else None}
    if key == "selected_options":
        return {"type": kind, key: [_option(element, one) for one in value or ()]}
    if key == "selected_date_time" and value not in (None, ""):
        return {"type": kind, key: int(value)}
    return {"type": kind, key: value if value not in (None, "") else None}


def _option(element: Json, value: Any) -> Json:
    groups = [one for group in element.get("option_groups", ()) for one in group["options"]]
    for one in [*element.get("options", ()), *groups]:
        if one["value"] == value:
            found: Json = one
            return found
    raise Refused("no_such_option")


def initial(element: Json) -> Json:
    """The state of an element nobody has touched."""
    key = CHOSEN[element["type"]]
    empty: Any = [] if key == "selected_options" else None
    return {"type": element["type"], key: element.get(INITIAL[key], empty)}


def values(blocks: list[Json], given: dict[str, dict[str, Any]]) -> Json:
    """``state.values``: every element that has a state, by block and action."""
    made: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in STATELESS:
                continue
            typed = given.get(block["block_id"], {})
            known = element["action_id"] in typed
            state = chosen(element, typed[element["action_id"]]) if known else initial(element)
            made.setdefault(block["block_id"], {})[element["action_id"]] = state
    return made


def envelope(core: Core, event: Json) -> Json:
    """An Events API callback around one event."""
    setup = core.setup
    return {
        "token": setup.verification_token,
        "team_id": setup.team_id,
        "api_app_id": setup.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": mint("Ev", secrets.token_hex(8)),
        "event_time": int(core.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": setup.team_id,
                "user_id": setup.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": secrets.token_hex(12),
    }
