"""What Slack adds to blocks it accepts: ids that were left out, and the defaults of text objects. Pure but for ids."""

from __future__ import annotations

import copy
import secrets
from typing import Any

from bot.workspace.blockkit import elements_of
from bot.workspace.errors import Json


def filled(blocks: list[Json]) -> list[Json]:
    """A copy with every ``block_id``, ``action_id``, ``emoji`` and ``verbatim`` there."""
    made = copy.deepcopy(blocks)
    for block in made:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
        _defaults(block)
    return made


def filled_attachments(attachments: list[Json]) -> list[Json]:
    """A copy, numbered from 1, with the blocks inside filled; Slack keeps colours without the ``#``."""
    made = []
    for i, one in enumerate(copy.deepcopy(attachments), start=1):
        one["id"] = i
        if "color" in one:
            one["color"] = COLORS.get(one["color"], one["color"].removeprefix("#"))
        if "blocks" in one:
            one["blocks"] = filled(one["blocks"])
            one.setdefault("fallback", "[no preview available]")
        made.append(one)
    return made


COLORS = {"good": "2eb886", "warning": "daa038", "danger": "a30200"}


def _defaults(part: Any) -> None:
    if isinstance(part, list):
        for one in part:
            _defaults(one)
    elif isinstance(part, dict):
        if part.get("type") == "plain_text":
            part.setdefault("emoji", True)
        elif part.get("type") == "mrkdwn":
            part.setdefault("verbatim", False)
        for one in part.values():
            _defaults(one)
