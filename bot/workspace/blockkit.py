"""The Block Kit checker: what Slack would refuse, with a pointer to the place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.workspace import elements as el
from bot.workspace.errors import Refused, refused_for
from bot.workspace.shapes import (
    Check,
    anything,
    boolean,
    kinds,
    listing,
    one_of,
    plain,
    problem,
    shape,
    string,
    text,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ATTACHMENTS = 100
POST_TEXT = 40_000
UPDATE_TEXT = 4_000
BLOCKS_TEXT = 13_200
"""Characters of all blocks together; Slack names no figure, this is where ``msg_blocks_too_long`` was reported from."""
MARKDOWN_TEXT = 12_000
VIEW_BYTES = 250_000


def _block(keys: dict[str, Check], required: tuple[str, ...] = (), *, then: Check | None = None) -> Check:
    return shape({"type": anything, "block_id": string(255), **keys}, ("type", *required), then=then)


def _spoken(value: Any, at: str, problems: list[str]) -> None:
    if "text" not in value and "fields" not in value:
        problem(problems, at, "must provide either `text` or `fields`")


_LEAF = ("text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color")


def _rich_leaf(value: Any, at: str, problems: list[str]) -> None:
    if not isinstance(value, dict) or value.get("type") not in _LEAF:
        problem(problems, at, "unsupported rich text element")
    elif value["type"] == "text":
        string(POST_TEXT)(value.get("text"), f"{at}/text", problems)
    elif value["type"] == "link":
        el.URL(value.get("url"), f"{at}/url", problems)


_LEAVES = {"type": anything, "elements": listing(_rich_leaf, 0, 500)}
_RICH_SECTION = shape(_LEAVES, ("type", "elements"))
_RICH_LIST = shape(
    {
        "type": anything,
        "elements": listing(kinds({"rich_text_section": _RICH_SECTION}), 0, 500),
        "style": one_of("bullet", "ordered"),
        "indent": anything,
        "offset": anything,
        "border": anything,
    },
    ("type", "elements", "style"),
)
_RICH_BORDERED = shape({**_LEAVES, "border": anything, "language": anything}, ("type", "elements"))
_RICH = kinds(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_list": _RICH_LIST,
        "rich_text_preformatted": _RICH_BORDERED,
        "rich_text_quote": _RICH_BORDERED,
    },
    what="rich text element",
)

_SECTION = _block(
    {
        "text": text(3000),
        "fields": listing(text(2000), 1, 10),
        "accessory": kinds(el.IN_SECTION, what="accessory"),
        "expand": boolean,
    },
    then=_spoken,
)
_CONTEXT_ELEMENT = kinds({"image": el.IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)})
_INPUT = _block(
    {
        "label": plain(2000),
        "element": kinds(el.IN_INPUT, what="input element"),
        "hint": plain(2000),
        "optional": boolean,
        "dispatch_action": boolean,
    },
    ("label", "element"),
)
EVERYWHERE: dict[str, Check] = {
    "header": _block({"text": plain(150)}, ("text",)),
    "section": _SECTION,
    "context": _block({"elements": listing(_CONTEXT_ELEMENT, 1, 10)}, ("elements",)),
    "divider": _block({}),
    "actions": _block({"elements": listing(kinds(el.IN_ACTIONS, what="element"), 1, 25)}, ("elements",)),
    "input": _INPUT,
    "image": _block({**el.IMAGE_KEYS, "title": plain(2000)}, ("alt_text",), then=el.pictured),
    "rich_text": _block({"elements": listing(_RICH, 1, 100)}, ("elements",)),
}
IN_MESSAGE: dict[str, Check] = {**EVERYWHERE, "markdown": _block({"text": string(MARKDOWN_TEXT)}, ("text",))}

_FIELD = shape({"title": string(2000, 0), "value": string(8000, 0), "short": boolean})
_COLOR = string(7, pattern=r"good|warning|danger|#?([0-9a-fA-F]{3}){1,2}", like="good, warning, danger or hex")
_LINES = ("text", "title", "title_link", "pretext", "author_name", "author_link", "author_icon", "footer_icon")
_LEGACY: dict[str, Check] = {
    "color": _COLOR,
    "fallback": string(POST_TEXT, 0),
    "footer": string(300, 0),
    "fields": listing(_FIELD, 0, 100),
    "mrkdwn_in": listing(one_of("text", "pretext", "fields"), 0, 3),
    "ts": anything,
    **{key: string(POST_TEXT, 0) for key in (*_LINES, "image_url", "thumb_url")},
}
_WITH_BLOCKS: dict[str, Check] = {"color": _COLOR, "fallback": string(POST_TEXT, 0), "blocks": anything}


def _attachment(value: Any, at: str, problems: list[str]) -> None:
    """Blocks and the legacy fields do not go together; Slack says ``invalid_keys``."""
    shape(_WITH_BLOCKS if isinstance(value, dict) and "blocks" in value else _LEGACY)(value, at, problems)


_VIEW_KEYS: dict[str, Check] = {
    "type": one_of("modal"),
    "title": plain(24),
    "submit": plain(24),
    "close": plain(24),
    "blocks": anything,
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
    "submit_disabled": boolean,
}
_VIEW = shape(_VIEW_KEYS, ("type", "title", "blocks"))


def blocks_problems(blocks: Any, at: str = "/blocks", *, most: int = MESSAGE_BLOCKS, modal: bool = False) -> list[str]:
    """Everything Slack would say against a list of blocks, in Slack's words and with its pointers."""
    problems: list[str] = []
    known = EVERYWHERE if modal else IN_MESSAGE
    listing(kinds(known), 0, most)(blocks, at, problems)
    if problems:
        return problems
    _unique([one.get("block_id") for one in blocks], "block_id", at, problems)
    for i, block in enumerate(blocks):
        ids = [element.get("action_id") for element in elements_of(block)]
        _unique(ids, "action_id", f"{at}/{i}", problems)
    focused = [one for block in blocks for one in elements_of(block) if one.get("focus_on_load")]
    if len(focused) > 1:
        problem(problems, at, "only one element may have focus_on_load")
    written = sum(len(one["text"]) for one in blocks if one["type"] == "markdown")
    if written > MARKDOWN_TEXT:
        problem(problems, at, f"markdown blocks together must be less than {MARKDOWN_TEXT + 1} characters")
    return problems


def attachments_problems(attachments: Any) -> list[str]:
    """The same for legacy attachments, whose blocks are blocks like any other."""
    problems: list[str] = []
    listing(_attachment, 0, ATTACHMENTS)(attachments, "/attachments", problems)
    if problems:
        return problems
    for i, one in enumerate(attachments):
        if "blocks" in one:
            problems += blocks_problems(one["blocks"], f"/attachments/{i}/blocks")
    return problems


def view_problems(view: Any) -> list[str]:
    """The same for a modal view."""
    problems: list[str] = []
    _VIEW(view, "/view", problems)
    if not isinstance(view, dict) or "blocks" not in view:
        return problems
    problems += blocks_problems(view["blocks"], "/view/blocks", most=VIEW_BLOCKS, modal=True)
    if not problems and "submit" not in view and any(one["type"] == "input" for one in view["blocks"]):
        problem(problems, "/view/submit", "missing required field: submit, when an input block is in the view")
    return problems


def check_message(said: str, blocks: Any, attachments: Any, *, updating: bool = False) -> None:
    """Raises what chat.postMessage or chat.update would answer."""
    if not said and not blocks and not attachments:
        raise Refused("no_text")
    if len(said) > (UPDATE_TEXT if updating else POST_TEXT):
        raise Refused("msg_too_long")
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if isinstance(attachments, list) and len(attachments) > ATTACHMENTS:
        raise Refused("too_many_attachments")
    if problems := blocks_problems(blocks or []):
        raise refused_for("invalid_blocks", problems)
    if problems := attachments_problems(attachments or []):
        raise refused_for("invalid_attachments", problems)
    inside = [block for one in attachments or [] for block in one.get("blocks", ())]
    if sum(len(words) for block in [*(blocks or []), *inside] for words in texts_of(block)) > BLOCKS_TEXT:
        raise Refused("msg_blocks_too_long")


def elements_of(block: Any) -> Iterator[dict[str, Any]]:
    """The interactive elements of one block."""
    for one in (block.get("accessory"), block.get("element"), *block.get("elements", ())):
        if isinstance(one, dict) and one.get("type") in el.INTERACTIVE:
            yield one


def texts_of(part: Any) -> Iterator[str]:
    """Every piece of text shown in a block."""
    if isinstance(part, dict):
        for key, inner in part.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts_of(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from texts_of(inner)


def _unique(ids: list[Any], name: str, at: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one is not None and one in seen:
            problem(problems, at, f"`{name}` {one!r} already exists")
        elif one is not None:
            seen.add(one)
