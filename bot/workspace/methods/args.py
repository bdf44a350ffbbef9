"""Arguments as Slack reads them: strings where a form sent strings, JSON inside strings where JSON is wanted."""

from __future__ import annotations

import json
from typing import Any

from bot.workspace.errors import Json, Refused

JSON_KEYS = frozenset({"blocks", "attachments", "view", "metadata", "files"})
_FORMATS = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}


def decoded(args: Json) -> Json:
    """JSON strings in the keys that hold JSON become values; what is no JSON is refused as Slack refuses it."""
    made = dict(args)
    for key in JSON_KEYS & set(args):
        if isinstance(args[key], str):
            try:
                made[key] = json.loads(args[key]) if args[key] else None
            except json.JSONDecodeError:
                raise Refused(_FORMATS.get(key, "invalid_arguments")) from None
    return made


def need(args: Json, key: str, code: str = "invalid_arguments") -> str:
    """A string that must be there."""
    value = args.get(key)
    if value is None or value == "":
        raise Refused(code, response_metadata={"messages": [f"[ERROR] missing required field: {key}"]})
    return str(value)


def flag(args: Json, key: str) -> bool:
    return str(args.get(key, "")).lower() in ("1", "true")


def number(args: Json, key: str, default: int, most: int) -> int:
    try:
        return max(1, min(most, int(args.get(key, default))))
    except (TypeError, ValueError):
        raise Refused("invalid_limit") from None


def page(items: list[Any], args: Json, default: int, most: int) -> tuple[list[Any], str]:
    """One page of a list and the cursor of the next, empty at the end."""
    limit = number(args, "limit", default, most)
    cursor = str(args.get("cursor") or "0")
    if not cursor.isdigit():
        raise Refused("invalid_cursor")
    start = int(cursor)
    more = start + limit < len(items)
    return items[start : start + limit], str(start + limit) if more else ""
