"""What a person does in a window: submit, close, choose. Each returns what Slack shows."""

from __future__ import annotations

from typing import Any

from bot.workspace import payloads
from bot.workspace.acts import TROUBLE, shown
from bot.workspace.blockkit import elements_of
from bot.workspace.core import Core
from bot.workspace.delivery import Answer
from bot.workspace.errors import Json, Refused
from bot.workspace.methods import views

REQUIRED = "Please complete this required field."


async def submit(core: Core, args: Json) -> Json:
    """``person``, ``view_id``, ``values`` {block_id: {action_id: value}}; returns ``errors`` {block_id: sentence}."""
    person_id, view = _mine(core, args)
    if view["submit"] is None:
        raise Refused("no_submit")
    given: dict[str, dict[str, Any]] = args.get("values") or {}
    if wrong := _wrong(view["blocks"], given):
        return {"ok": False, "error": "incomplete", "shown": "", "errors": wrong}
    view["state"] = {"values": payloads.values(view["blocks"], given)}
    made = payloads.head(core, "view_submission", person_id)
    made |= {"trigger_id": core.triggers.mint(person_id), "view": view, "response_urls": []}
    answer = await core.delivery.interaction(made, name=view["callback_id"])
    if answer.error:
        return {**shown(answer), "errors": {}}
    try:
        return _after(core, person_id, view, answer)
    except Refused as error:
        return {"ok": False, "error": error.code, "shown": TROUBLE, "errors": {}, **error.extra}


async def close(core: Core, args: Json) -> Json:
    """``person``, ``view_id``; the view goes, with ``clear_on_close`` all of them; the app hears if it asked to."""
    person_id, view = _mine(core, args)
    stack = core.views[person_id]
    cleared = bool(view["clear_on_close"] or args.get("all"))
    core.views[person_id] = [] if cleared else [one for one in stack if one["id"] != view["id"]]
    views.tell(core, person_id)
    if not view["notify_on_close"]:
        return {"ok": True, "error": "", "shown": ""}
    made = payloads.head(core, "view_closed", person_id)
    made |= {"view": view, "is_cleared": cleared}
    await core.delivery.interaction(made, name=view["callback_id"])
    return {"ok": True, "error": "", "shown": ""}


async def choose(core: Core, args: Json) -> Json:
    """A press or choice inside a window: ``person``, ``view_id``, ``action_id``, perhaps ``block_id``, ``value``."""
    person_id, view = _mine(core, args)
    for block in view["blocks"]:
        for element in elements_of(block):
            if element["action_id"] == args["action_id"] and args.get("block_id") in (None, "", block["block_id"]):
                return await _chosen(core, person_id, view, (block, element), args)
    raise Refused("no_such_action")


async def _chosen(core: Core, person_id: str, view: Json, at: tuple[Json, Json], args: Json) -> Json:
    block, element = at
    action = payloads.action(core, block, element, args.get("value"))
    given: dict[str, dict[str, Any]] = args.get("values") or {}
    given.setdefault(block["block_id"], {})[element["action_id"]] = args.get("value")
    view["state"] = {"values": payloads.values(view["blocks"], given)}
    if block["type"] == "input" and not block.get("dispatch_action"):
        return {"ok": True, "error": "", "shown": ""}
    made = payloads.head(core, "block_actions", person_id)
    made["container"] = {"type": "view", "view_id": view["id"]}
    made |= {"trigger_id": core.triggers.mint(person_id), "view": view, "actions": [action]}
    return shown(await core.delivery.interaction(made, name=element["action_id"]))


def _after(core: Core, person_id: str, view: Json, answer: Answer) -> Json:
    """The acknowledgement's ``response_action``; an empty one closes this view."""
    body = answer.json() if answer.text.strip() else {}
    if body is None:
        raise Refused("invalid_response")
    stack = core.views.get(person_id, [])
    current = next((one for one in stack if one["id"] == view["id"]), None)
    if current is None:
        return _done()
    action = body.get("response_action", "")
    if action == "errors":
        return {"ok": False, "error": "errors", "shown": "", "errors": _errors(view, body.get("errors"))}
    if action == "update":
        views.replace(core, person_id, current, views.checked(body.get("view")))
    elif action == "push":
        views.push(core, person_id, views.checked(body.get("view")))
    elif action == "clear":
        core.views[person_id] = []
    elif action:
        raise Refused("invalid_response_action")
    else:
        stack.remove(current)
    views.tell(core, person_id)
    return _done()


def _done() -> Json:
    return {"ok": True, "error": "", "shown": "", "errors": {}}


def _errors(view: Json, errors: Any) -> Json:
    """Errors belong to input blocks of this view; anything else is the app's mistake."""
    inputs = {one["block_id"] for one in view["blocks"] if one["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refused("invalid_response")
    return errors


def _wrong(blocks: list[Json], given: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What Slack's own window would not let through."""
    wrong: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = payloads.values([block], given)[block["block_id"]][element["action_id"]]
        value = state[payloads.CHOSEN[element["type"]]]
        if value in (None, "", []):
            if not block.get("optional"):
                wrong[block["block_id"]] = REQUIRED
        elif sentence := _misfit(element, value):
            wrong[block["block_id"]] = sentence
    return wrong


def _misfit(element: Json, value: Any) -> str:
    if element["type"] == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"Please enter at most {element.get('max_length', 3000)} characters."
    if element["type"] == "number_input":
        return _misnumber(element, str(value))
    return ""


def _misnumber(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a valid number."
    if not element["is_decimal_allowed"] and "." in value:
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""


def _mine(core: Core, args: Json) -> tuple[str, Json]:
    person_id, view = views.find(core, str(args["view_id"]))
    if person_id != args["person"]:
        raise Refused("not_found")
    return person_id, view
