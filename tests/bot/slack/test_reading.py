"""From payloads to presses, whatever is absent or odd in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.reading import chosen, parse, press_id, read_action, read_view, read_word, unquote

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.binary(max_size=60))
def test_unquote_is_the_librarys(raw: bytes) -> None:
    try:
        expected = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            unquote(raw)
    else:
        assert unquote(raw) == expected


@given(st.text(alphabet="aé=%+&\n\r 4 1_😀", max_size=40))
def test_unquote_undoes_quoting(text: str) -> None:
    assert unquote(quote_plus(text).encode()) == text


@pytest.mark.parametrize(
    "raw", [b"%", b"%4", b"%zz", b"%%41", b"a=%41", b"%41\n%42", b"%3D%0A", b"=%", b"% 41", b"%+1"]
)
def test_unquote_of_what_is_half_escaped(raw: bytes) -> None:
    assert unquote(raw) == unquote_to_bytes(raw.replace(b"+", b" ")).decode()


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=4))
def test_parse_reads_forms(fields: dict[str, str]) -> None:
    found = parse(urlencode(fields).encode(), json_body=False)
    assert found == fields or "payload" in fields or not fields


def test_parse_reads_the_payload_and_json() -> None:
    payload = {"type": "block_actions", "text": 'ü & = + % "'}
    assert parse(urlencode({"payload": json.dumps(payload)}).encode(), json_body=False) == payload
    assert parse(json.dumps(payload).encode(), json_body=True) == payload
    assert parse(b"[1]", json_body=True) is None and parse(b"payload=1", json_body=False) is None


def test_the_same_trigger_is_the_same_press() -> None:
    assert press_id("1.2.abc") == press_id("1.2.abc") != press_id("1.2.abd")
    assert "abc" not in press_id("1.2.abc") and len(press_id("x" * 500)) == 16


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "button", "value": "v"}, "v"),
        ({"type": "static_select", "selected_option": {"text": {}, "value": "1h"}}, "1h"),
        ({"type": "static_select", "selected_option": None}, ""),
        ({"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}, "a,b"),
        ({"type": "datepicker", "selected_date": "2026-11-24"}, "2026-11-24"),
        ({"type": "datetimepicker", "selected_date_time": 1764000000}, "1764000000"),
        ({"type": "multi_users_select", "selected_users": ["U1", "U2"]}, "U1,U2"),
        ({"type": "plain_text_input", "value": None}, ""),
        ({}, ""),
    ],
)
def test_chosen(element: dict[str, Any], value: str) -> None:
    assert chosen(element) == value


def test_a_select_in_a_message_is_its_value() -> None:
    body = {
        "trigger_id": "t",
        "user": {"id": "U1", "name": "ann"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
        "actions": [{"action_id": "snooze:9", "selected_option": {"value": "4h"}}],
        "state": {"values": {"b": {"other": {"selected_date": "2026-11-24"}}}},
    }
    press = read_action(body, NOW)
    assert press is not None
    assert (press.name, press.value, press.channel, press.ts, press.person_name) == ("snooze", "4h", "C1", "1.2", "ann")
    assert press.values == {"other": "2026-11-24", "snooze:9": "4h"}


def test_a_view_finds_its_place_in_its_meta() -> None:
    view = {"id": "V1", "callback_id": "force", "private_metadata": '{"channel": "C5", "ts": "5.5", "alert": "a"}'}
    press = read_view({"trigger_id": "t", "user": {"id": "U1"}, "view": view}, NOW)
    assert press is not None and (press.channel, press.ts, press.view_id) == ("C5", "5.5", "V1")
    odd = read_view({"trigger_id": "t", "user": {"id": "U1"}, "view": {**view, "private_metadata": "{oops"}}, NOW)
    assert odd is not None and (odd.channel, odd.meta) == ("", "{oops")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["user", "id", "actions", "action_id", "trigger_id", "view", "state", "values", "container", "channel"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["user", "actions", "trigger_id", "view", "container", "user_id"]), _JSON))
def test_nothing_in_a_payload_raises(body: dict[str, Any]) -> None:
    for read in (read_action, read_view, read_word):
        press = read(body, NOW)
        assert press is None or (press.id and press.person)
