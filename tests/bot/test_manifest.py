"""The manifest is valid, and asks for exactly what the code uses."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "app_manifest.yaml").read_text())
SCOPES = {  # the bot scope of each Web API method we may call (Slack's documentation); "" needs none
    "auth_test": "",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "chat_postEphemeral": "chat:write",
    "views_open": "",
    "views_update": "",
    "files_upload_v2": "files:write",
}
POSTS_UNINVITED = "chat:write.public"  # chat.postMessage to public channels that nobody invited the bot to
METHOD = re.compile(r"^(auth|chat|views|files|conversations|users|reactions|pins|bookmarks|team|usergroups)_")


def _schema() -> dict[str, Any]:
    for place in (os.environ.get("SLACK_MANIFEST_SCHEMA", ""), str(ROOT / "../shared/data/slack-manifest.schema.json")):
        if place and Path(place).is_file():
            return dict(json.loads(Path(place).read_text()))
    pytest.skip("Slack's manifest schema is not at hand; name its file in SLACK_MANIFEST_SCHEMA")


def called() -> set[str]:
    """The Web API methods that our code calls, found in its syntax trees."""
    found: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        if "workspace" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and METHOD.match(node.func.attr):
                found.add(node.func.attr)
    return found


def registered() -> dict[str, list[str]]:
    """The decorators of Bolt that the rail uses, with the text of what they listen to."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse((ROOT / "bot/slack/rail.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and isinstance(node.func.func, ast.Attribute):
            found.setdefault(node.func.func.attr, []).append(ast.unparse(node.func.args[0]))
    return found


def test_slacks_schema_accepts_it() -> None:
    assert [str(one.message) for one in jsonschema.Draft7Validator(_schema()).iter_errors(MANIFEST)] == []


def test_the_schema_would_notice_a_misspelt_key() -> None:
    broken = {**MANIFEST, "settings": {**MANIFEST["settings"], "socket_mode_enable": True}}
    assert list(jsonschema.Draft7Validator(_schema()).iter_errors(broken))


def test_scopes_are_exactly_those_of_the_methods_we_call() -> None:
    unknown = called() - set(SCOPES)
    assert not unknown, f"say in SCOPES what {sorted(unknown)} need"
    needed = {SCOPES[name] for name in called()} - {""} | {"commands"}
    if "chat_postMessage" in called():
        needed.add(POSTS_UNINVITED)
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed
    assert {"chat_postMessage", "chat_update", "views_open"} <= called()


def test_listeners_and_features_agree() -> None:
    from bot.slack.rail import COMMAND

    assert set(registered()) == {"action", "view", "command"}
    assert all(len(listeners) == 1 for listeners in registered().values())
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["command"] == COMMAND and command["should_escape"] is True
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True
    assert "event_subscriptions" not in MANIFEST["settings"] and "shortcuts" not in MANIFEST["features"]


def test_one_path_serves_all() -> None:
    from bot.slack.http import EVENTS

    urls = [MANIFEST["settings"]["interactivity"]["request_url"], MANIFEST["features"]["slash_commands"][0]["url"]]
    assert {url.removeprefix("https://example.com") for url in urls} == {EVENTS}
    assert MANIFEST["settings"]["socket_mode_enabled"] is False  # it would make Slack ignore the addresses


def test_lengths_that_the_schema_does_not_check() -> None:
    shown = MANIFEST["display_information"]
    assert len(shown["name"]) <= 35 and len(shown["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert len(MANIFEST["features"]["slash_commands"][0]["usage_hint"]) <= 1000
