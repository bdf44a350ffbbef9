"""Every limit of Block Kit: at the limit it is taken, one past it is refused with Slack's code and a pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError

from bot.workspace.blockkit import attachments_problems, blocks_problems, view_problems
from tests.workspace.cards import mrkdwn, option, plain
from tests.workspace.conftest import Running

Json = dict[str, Any]
Build = Callable[[int], Json]


def text(n: int) -> str:
    return "x" * n


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("words"), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "b", "text": plain("Press"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(n: int) -> list[Json]:
    return [option(f"o{i}") for i in range(n)]


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", "options": options(2), **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": {"action_id": "e", **element}, **more}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "http://127.0.0.1/a.png", "alt_text": "a chart", **more}


def confirm(**more: Any) -> Json:
    parts = {"title": plain("Sure?"), "text": mrkdwn("Really"), "confirm": plain("Yes"), "deny": plain("No")}
    return actions(button(confirm={**parts, **more}))


def view(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": [section()], **more}


def area(**more: Any) -> Json:
    return {"type": "plain_text_input", **more}


BLOCKS: dict[str, tuple[int, Build]] = {
    "header text": (150, lambda n: {"type": "header", "text": plain(text(n))}),
    "section text": (3000, lambda n: section(text=mrkdwn(text(n)))),
    "section fields": (10, lambda n: section(fields=[mrkdwn("f")] * n)),
    "section field": (2000, lambda n: section(fields=[mrkdwn(text(n))])),
    "context elements": (10, lambda n: {"type": "context", "elements": [mrkdwn("c")] * n}),
    "actions elements": (25, lambda n: actions(*(button(action_id=f"b{i}") for i in range(n)))),
    "block_id": (255, lambda n: section(block_id=text(n))),
    "action_id": (255, lambda n: actions(button(action_id=text(n)))),
    "button text": (75, lambda n: actions(button(text=plain(text(n))))),
    "button value": (2000, lambda n: actions(button(value=text(n)))),
    "button url": (3000, lambda n: actions(button(url="https://e.org/" + text(n - 14)))),
    "button accessibility_label": (75, lambda n: actions(button(accessibility_label=text(n)))),
    "confirm title": (100, lambda n: confirm(title=plain(text(n)))),
    "confirm text": (300, lambda n: confirm(text=mrkdwn(text(n)))),
    "confirm yes": (30, lambda n: confirm(confirm=plain(text(n)))),
    "confirm no": (30, lambda n: confirm(deny=plain(text(n)))),
    "select options": (100, lambda n: actions(select(options=options(n)))),
    "select placeholder": (150, lambda n: actions(select(placeholder=plain(text(n))))),
    "option text": (75, lambda n: actions(select(options=[{"text": plain(text(n)), "value": "v"}]))),
    "option value": (150, lambda n: actions(select(options=[{"text": plain("t"), "value": text(n)}]))),
    "option description": (75, lambda n: actions(select(options=[{**option("a"), "description": plain(text(n))}]))),
    "overflow options": (5, lambda n: section(accessory={"type": "overflow", "options": options(n)})),
    "overflow url": (
        3000,
        lambda n: section(accessory={"type": "overflow", "options": [{**option("a"), "url": "h" * n}]}),
    ),
    "radio options": (10, lambda n: actions({"type": "radio_buttons", "options": options(n)})),
    "checkboxes options": (10, lambda n: actions({"type": "checkboxes", "options": options(n)})),
    "image url": (3000, lambda n: image(image_url=text(n))),
    "image alt_text": (2000, lambda n: image(alt_text=text(n))),
    "image title": (2000, lambda n: image(title=plain(text(n)))),
    "input label": (2000, lambda n: field(area(), label=plain(text(n)))),
    "input hint": (2000, lambda n: field(area(), hint=plain(text(n)))),
    "text input max_length": (3000, lambda n: field(area(max_length=n))),
    "text input initial_value": (3000, lambda n: field(area(initial_value=text(n)))),
    "markdown text": (12_000, lambda n: {"type": "markdown", "text": text(n)}),
    "select groups": (
        100,
        lambda n: actions(
            {"type": "static_select", "option_groups": [{"label": plain("g"), "options": options(1)}] * n}
        ),
    ),
    "group label": (
        75,
        lambda n: actions(
            {"type": "static_select", "option_groups": [{"label": plain(text(n)), "options": options(1)}]}
        ),
    ),
}
VIEWS: dict[str, tuple[int, Build]] = {
    "title": (24, lambda n: view(title=plain(text(n)))),
    "submit": (24, lambda n: view(submit=plain(text(n)))),
    "close": (24, lambda n: view(close=plain(text(n)))),
    "private_metadata": (3000, lambda n: view(private_metadata=text(n))),
    "callback_id": (255, lambda n: view(callback_id=text(n))),
    "blocks": (100, lambda n: view(blocks=[section()] * n)),
}
REFUSED: dict[str, Json] = {
    "empty text": section(text=mrkdwn("")),
    "unknown block": {"type": "accordion"},
    "no type": {"text": mrkdwn("x")},
    "unknown key": section(colour="red"),
    "mrkdwn with emoji": section(text={"type": "mrkdwn", "text": "x", "emoji": True}),
    "plain_text with verbatim": section(text={"type": "plain_text", "text": "x", "verbatim": True}),
    "header in mrkdwn": {"type": "header", "text": mrkdwn("x")},
    "section of nothing": {"type": "section"},
    "unknown accessory": section(accessory={"type": "slider"}),
    "button style": actions(button(style="warning")),
    "button in mrkdwn": actions(button(text=mrkdwn("x"))),
    "same action_id": actions(button(), button()),
    "no elements": actions(),
    "initial option not offered": actions(select(initial_option=option("other"))),
    "options and groups": actions(select(option_groups=[{"label": plain("g"), "options": options(1)}])),
    "select option with url": actions(select(options=[{**option("a"), "url": "https://e.org"}])),
    "select option in mrkdwn": actions(select(options=[{"text": mrkdwn("x"), "value": "v"}])),
    "text input among actions": actions(area()),
    "number input without decimals said": field({"type": "number_input"}),
    "number input out of order": field(
        {"type": "number_input", "is_decimal_allowed": True, "min_value": "5", "max_value": "2"}
    ),
    "image without alt": {"type": "image", "image_url": "http://127.0.0.1/a.png"},
    "image twice": image(slack_file={"id": "F1"}),
    "date": actions({"type": "datepicker", "initial_date": "23.11.2026"}),
    "time": actions({"type": "timepicker", "initial_time": "25:00"}),
    "confirm style": confirm(style="loud"),
    "input without label": {"type": "input", "element": area()},
    "boolean in words": section(expand="yes"),
}
TAKEN: dict[str, Json] = {
    "divider": {"type": "divider"},
    "plain_text with emoji": section(text={"type": "plain_text", "text": "x", "emoji": True}),
    "mrkdwn with verbatim": section(text={"type": "mrkdwn", "text": "x", "verbatim": True}),
    "radio in mrkdwn": actions({"type": "radio_buttons", "options": [{"text": mrkdwn("*x*"), "value": "v"}]}),
    "initial option offered": actions(select(initial_option=option("o1"))),
    "all inputs": actions(
        {"type": "datepicker", "action_id": "1", "initial_date": "2026-11-23"},
        {"type": "timepicker", "action_id": "2", "initial_time": "09:00"},
        {"type": "datetimepicker", "action_id": "3", "initial_date_time": 1_790_000_000},
        {"type": "users_select", "action_id": "4"},
    ),
    "rich text": {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
    },
}


@pytest.mark.parametrize("name", BLOCKS)
def test_block_limit(name: str, ws: Running) -> None:
    limit, build = BLOCKS[name]
    assert blocks_problems([build(limit)]) == []
    assert ws.post(blocks=[build(limit)])["ok"]
    refused(ws, "invalid_blocks", blocks=[build(limit + 1)])


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, ws: Running) -> None:
    assert blocks_problems([REFUSED[name]])
    refused(ws, "invalid_blocks", blocks=[REFUSED[name]])


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str) -> None:
    assert blocks_problems([TAKEN[name]]) == []


@pytest.mark.parametrize("name", VIEWS)
def test_view_limit(name: str, ws: Running) -> None:
    limit, build = VIEWS[name]
    assert view_problems(build(limit)) == []
    trigger = ws.workspace.core.triggers.mint("U0ONCALL")
    with pytest.raises(SlackApiError) as error:
        ws.client.views_open(trigger_id=trigger, view=build(limit + 1))
    assert error.value.response["error"] == "invalid_arguments"
    assert "json-pointer:/view" in error.value.response["response_metadata"]["messages"][0]
    assert ws.client.views_open(trigger_id=trigger, view=build(limit))["ok"]


def test_blocks_of_a_message(ws: Running) -> None:
    assert ws.post(blocks=[section()] * 50)["ok"]
    refused(ws, "invalid_blocks", blocks=[section()] * 51)


def test_block_ids_are_unique(ws: Running) -> None:
    assert ws.post(blocks=[section(block_id="a"), section(block_id="b")])["ok"]
    refused(ws, "invalid_blocks", blocks=[section(block_id="a"), section(block_id="a")])


def test_markdown_blocks_share_one_limit(ws: Running) -> None:
    half = {"type": "markdown", "text": text(6000)}
    assert ws.post(blocks=[half, half])["ok"]
    refused(ws, "invalid_blocks", blocks=[half, half, {"type": "markdown", "text": "x"}])


def test_text_limits(ws: Running) -> None:
    ts = ws.post(text=text(40_000))["ts"]
    refused(ws, "msg_too_long", text=text(40_001))
    assert ws.client.chat_update(channel=ws.channel(), ts=ts, text=text(4000))["ok"]
    with pytest.raises(SlackApiError, match="msg_too_long"):
        ws.client.chat_update(channel=ws.channel(), ts=ts, text=text(4001))


def test_text_of_all_blocks(ws: Running) -> None:
    four = [section(text=mrkdwn(text(3000)))] * 4
    assert ws.post(blocks=[*four, section(text=mrkdwn(text(1200)))])["ok"]
    refused(ws, "msg_blocks_too_long", blocks=[*four, section(text=mrkdwn(text(1201)))])


def test_nothing_to_say(ws: Running) -> None:
    refused(ws, "no_text", text="")
    refused(ws, "invalid_blocks_format", blocks="[not json")
    refused(ws, "invalid_blocks_format", blocks='{"type":"divider"}')


def test_attachments(ws: Running) -> None:
    one = {"color": "#daa038", "blocks": [section()]}
    assert attachments_problems([one]) == []
    assert ws.post(attachments=[one])["message"]["attachments"][0]["color"] == "daa038"
    assert ws.post(attachments=[{"text": "x", "footer": text(300)}] * 100)["ok"]
    refused(ws, "too_many_attachments", attachments=[{"text": "x"}] * 101)
    for wrong in ({"footer": text(301)}, {"color": "red"}, {"text": "x", "blocks": []}, {"blocks": [{"type": "no"}]}):
        refused(ws, "invalid_attachments", attachments=[wrong])


def test_inputs_need_a_submit(ws: Running) -> None:
    asking = view(blocks=[field(area())])
    assert view_problems({**asking, "submit": plain("Go")}) == []
    assert "/view/submit" in view_problems(asking)[0]
    assert view_problems(view(blocks=[{"type": "markdown", "text": "x"}]))
    assert view_problems(view(blocks=[section()], id="V1"))


KEYS = st.sampled_from(["type", "text", "elements", "element", "options", "value", "blocks", "accessory", "block_id"])
KINDS = st.sampled_from(["section", "actions", "button", "mrkdwn", "static_select", "input", "rich_text", "modal"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | KINDS
ANY_JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5))


@settings(max_examples=300, deadline=None)
@given(ANY_JSON)
def test_no_json_breaks_the_checker(anything: Any) -> None:
    for problems in (blocks_problems(anything), attachments_problems(anything), view_problems(anything)):
        assert all(one.startswith("[ERROR] ") and "json-pointer:/" in one for one in problems)
    assert view_problems(anything) or anything["type"] == "modal"


def refused(ws: Running, code: str, **body: Any) -> None:
    with pytest.raises(SlackApiError) as error:
        ws.post(**body)
    answer = error.value.response
    assert answer["error"] == code
    if code in ("invalid_blocks", "invalid_attachments"):
        where = code.removeprefix("invalid_")
        assert f"json-pointer:/{where}" in answer["response_metadata"]["messages"][0]
