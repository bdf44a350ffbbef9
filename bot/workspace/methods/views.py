"""views.*: windows, at most three deep, opened with a trigger that lives three seconds."""

from __future__ import annotations

import json
import secrets
from typing import Any

from bot.workspace.blockkit import VIEW_BYTES, view_problems
from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused, refused_for
from bot.workspace.fill import filled
from bot.workspace.methods.args import need

DEEP = 3


def open_view(core: Core, args: Json) -> Json:
    view = checked(args.get("view"))
    person_id = core.triggers.exchange(need(args, "trigger_id", "invalid_trigger_id"))
    made = _new(core, view, [])
    core.views[person_id] = [made]
    tell(core, person_id)
    return {"view": made}


def push_view(core: Core, args: Json) -> Json:
    view = checked(args.get("view"))
    person_id = core.triggers.exchange(need(args, "trigger_id", "invalid_trigger_id"))
    return {"view": push(core, person_id, view)}


def update_view(core: Core, args: Json) -> Json:
    view = checked(args.get("view"))
    person_id, old = find(core, str(args.get("view_id") or ""), str(args.get("external_id") or ""))
    given = args.get("hash")
    if given and given != old["hash"]:
        raise Refused("hash_conflict")
    return {"view": replace(core, person_id, old, view)}


def checked(view: Any) -> Json:
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    if problems := view_problems(view):
        raise refused_for("invalid_arguments", problems)
    return view


def push(core: Core, person_id: str, view: Json) -> Json:
    stack = core.views.get(person_id, [])
    if not stack:
        raise Refused("not_found")
    if len(stack) >= DEEP:
        raise Refused("push_limit_reached")
    made = _new(core, view, stack)
    stack.append(made)
    tell(core, person_id)
    return made


def replace(core: Core, person_id: str, old: Json, view: Json) -> Json:
    """The view with new content, a new hash, and what was typed in blocks that are still there kept."""
    made = {**_new(core, view, []), **{key: old[key] for key in ("id", "root_view_id", "previous_view_id")}}
    stack = core.views[person_id]
    stack[stack.index(old)] = made
    tell(core, person_id)
    return made


def find(core: Core, view_id: str, external_id: str = "") -> tuple[str, Json]:
    """Whose it is and the view, while it is open; raises ``not_found``."""
    for person_id, stack in core.views.items():
        for one in stack:
            if (view_id and one["id"] == view_id) or (external_id and one["external_id"] == external_id):
                return person_id, one
    raise Refused("not_found")


def tell(core: Core, person_id: str) -> None:
    core.stream.tell("views", {"views": core.views.get(person_id, [])}, only=person_id)


def _new(core: Core, view: Json, stack: list[Json]) -> Json:
    external = view.get("external_id", "")
    if external and any(one["external_id"] == external for one in stack):
        raise Refused("duplicate_external_id")
    view_id = "V0" + secrets.token_hex(5).upper()
    return {
        "id": view_id,
        "team_id": core.setup.team_id,
        "app_id": core.setup.app_id,
        "app_installed_team_id": core.setup.team_id,
        "bot_id": core.setup.bot_id,
        "type": view["type"],
        "title": {"emoji": True, **view["title"]},
        "submit": {"emoji": True, **view["submit"]} if "submit" in view else None,
        "close": {"emoji": True, **view["close"]} if "close" in view else None,
        "blocks": filled(view["blocks"]),
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "external_id": external,
        "state": {"values": {}},
        "hash": f"{int(core.clock())}.{secrets.token_hex(4)}",
        "clear_on_close": view.get("clear_on_close", False),
        "notify_on_close": view.get("notify_on_close", False),
        "submit_disabled": view.get("submit_disabled", False),
        "root_view_id": stack[0]["id"] if stack else view_id,
        "previous_view_id": stack[-1]["id"] if stack else None,
    }
