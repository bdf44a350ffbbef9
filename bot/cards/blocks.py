"""Builders of Block Kit parts that keep Slack's limits by construction, and the budget of a whole message.

What goes in as ``plain_text`` is made one clean line here. What goes in as mrkdwn is composed of `text.clean` pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.ports import Message

from .text import bold, cut, length, line

Block = dict[str, Any]
BUDGET = 11_500
"""Characters of a message as JSON; Slack refuses from about 13,200 on."""
MOST_BLOCKS = 50
TEXT = 2_000


def plain(text: object, limit: int) -> Block:
    return {"type": "plain_text", "text": line(text, limit) or "–", "emoji": True}


def mrkdwn(text: str, limit: int = 3000) -> Block:
    """``verbatim``: Slack makes no links or mentions of its own out of the words."""
    return {"type": "mrkdwn", "text": cut(text, limit) or "–", "verbatim": True}


def header(text: object) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def section(text: str, *, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return {**block, "accessory": accessory} if accessory else block


def fields(pairs: Iterable[tuple[str, str]]) -> Block:
    """Up to ten pairs in two columns: a label in plain words, a value in mrkdwn."""
    shown = [mrkdwn(f"{bold(label, 60)}\n{value or '–'}", 2000) for label, value in list(pairs)[:10]]
    return {"type": "section", "fields": shown}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements[:25])}


def button(text: str, action: str, value: str, *, style: str = "", label: str = "", ask: Block | None = None) -> Block:
    """``label`` is what a screen reader says; ``ask`` a `confirm`; ``style`` primary or danger."""
    made: Block = {"type": "button", "text": plain(text, 75), "action_id": action[:255], "value": value}
    if style:
        made["style"] = style
    if spoken := line(label, 75):
        made["accessibility_label"] = spoken
    if ask:
        made["confirm"] = ask
    return made


def confirm(title: str, text: str, yes: str, no: str = "Cancel") -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def option(text: str, value: str, description: str = "") -> Block:
    made: Block = {"text": plain(text, 75), "value": value[:75]}
    return {**made, "description": plain(description, 75)} if description else made


def select(action: str, options: Sequence[Block], *, initial: int | None = 0, placeholder: str = "Choose") -> Block:
    """A static select of at most 100 options; ``initial`` is the place of the first choice."""
    shown = list(options[:100])
    made: Block = {"type": "static_select", "action_id": action, "options": shown}
    made["placeholder"] = plain(placeholder, 150)
    return made if initial is None else {**made, "initial_option": shown[initial]}


def text_input(action: str, *, placeholder: str = "", longest: int = 300, multiline: bool = False) -> Block:
    made: Block = {"type": "plain_text_input", "action_id": action, "max_length": min(longest, 3000)}
    if multiline:
        made["multiline"] = True
    return {**made, "placeholder": plain(placeholder, 150)} if placeholder else made


def field_input(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    made: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if hint:
        made["hint"] = plain(hint, 2000)
    return {**made, "optional": True} if optional else made


def modal(
    title: str, blocks: Sequence[Block], *, callback: str, metadata: str = "", submit: str = "", close: str = "Close"
) -> Block:
    """A modal view; with ``submit`` empty it can only be closed."""
    made: Block = {
        "type": "modal",
        "title": plain(title, 24),
        "close": plain(close, 24),
        "callback_id": callback,
        "private_metadata": metadata,
        "blocks": list(blocks[:100]),
    }
    return {**made, "submit": plain(submit, 24)} if submit else made


def weight(blocks: Iterable[Mapping[str, Any]]) -> int:
    return sum(length(json.dumps(block, ensure_ascii=False)) for block in blocks)


def compose(text: str, top: Sequence[Block], ranked: Sequence[tuple[int, Block]] = (), *, color: str = "") -> Message:
    """A message within budget: ``top`` always stands, of ``ranked`` the highest ranks fall first (0 never falls)."""
    body = list(ranked)
    while (weight(top) + weight(block for _, block in body) > BUDGET) or len(top) + len(body) > MOST_BLOCKS:
        worst = max((rank for rank, _ in body), default=0)
        if worst == 0:
            break
        place = max(index for index, (rank, _) in enumerate(body) if rank == worst)
        body.pop(place)
    inner = tuple(block for _, block in body)
    if color:
        return Message(cut(text, TEXT), tuple(top), color, inner)
    return Message(cut(text, TEXT), (*top, *inner))
