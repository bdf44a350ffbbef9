"""The Web API through slack_sdk: what it takes, what it refuses and how."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.workspace import Limits
from bot.workspace.guard import loopback
from tests.workspace.cards import card, loading
from tests.workspace.conftest import MANIFEST, SCOPES, TOKEN, Make, Running

Json = dict[str, Any]


def without(*scopes: str) -> Json:
    made = copy.deepcopy(MANIFEST)
    made["oauth_config"]["scopes"]["bot"] = [one for one in SCOPES if one not in scopes]
    return made


def code(call: Any, **args: Any) -> str:
    with pytest.raises(SlackApiError) as error:
        call(**args)
    return str(error.value.response["error"])


def test_token(ws: Running) -> None:
    who = ws.client.auth_test()
    assert who["user_id"] == ws.setup.bot_user and who["team_id"] == ws.setup.team_id
    assert code(WebClient("xoxb-other", base_url=f"{ws.url}/api/").auth_test) == "invalid_auth"
    assert requests.post(f"{ws.url}/api/auth.test", timeout=5).json()["error"] == "not_authed"
    assert code(ws.client.api_call, api_method="chat.shout") == "unknown_method"


@pytest.mark.parametrize("how", ["form", "json", "query", "mixed"])
def test_every_way_to_call(ws: Running, how: str) -> None:
    blocks = [{"type": "divider"}]
    given = {"channel": ws.channel(), "text": "hello", "blocks": json.dumps(blocks)}
    url, headers = f"{ws.url}/api/chat.postMessage", {"Authorization": f"Bearer {TOKEN}"}
    ways: dict[str, Any] = {
        "form": lambda: requests.post(url, data={**given, "token": TOKEN}, timeout=5),
        "json": lambda: requests.post(url, json={**given, "blocks": blocks}, headers=headers, timeout=5),
        "query": lambda: requests.get(url, params=given, headers=headers, timeout=5),
        "mixed": lambda: requests.post(
            f"{url}?channel={given['channel']}", data={"text": "hello"}, headers=headers, timeout=5
        ),
    }
    answer = ways[how]().json()
    assert answer["ok"] and answer["message"]["text"] == "hello"


def test_missing_scope_names_both(make: Make) -> None:
    ws = make(without("channels:read"))
    with pytest.raises(SlackApiError) as error:
        ws.client.conversations_list()
    assert error.value.response["error"] == "missing_scope"
    assert "channels:read" in error.value.response["needed"]
    assert "chat:write" in error.value.response["provided"]


def test_where_the_bot_may_write(make: Make) -> None:
    for manifest, outside in ((MANIFEST, ""), (without("chat:write.public"), "not_in_channel")):
        ws = make(manifest)
        other = ws.act("channels", name="other", bot=False)["channel"]
        closed = ws.act("channels", name="closed", archived=True)["channel"]
        assert ws.client.chat_postMessage(channel="#alerts", text="by name")["channel"] == ws.channel()
        assert code(ws.client.chat_postMessage, channel=closed, text="x") == "is_archived"
        assert code(ws.client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"
        if outside:
            assert code(ws.client.chat_postMessage, channel=other, text="x") == outside
            ws.client.conversations_join(channel=other)
        assert ws.client.chat_postMessage(channel=other, text="x")["ok"]


def test_messages_live_and_go(ws: Running) -> None:
    first = ws.post(**card())
    block = first["message"]["blocks"][0]
    assert block["block_id"] and block["text"]["emoji"] is True
    where = {"channel": ws.channel(), "ts": first["ts"]}
    edited = ws.client.chat_update(**where, text="better", attachments=[])["message"]
    assert edited["edited"]["user"] == ws.setup.bot_user and "attachments" not in edited and "blocks" in edited
    assert code(ws.client.chat_update, **{**where, "ts": "1.000000"}, text="x") == "message_not_found"
    theirs = ws.act("say", person="U0ONCALL", channel=ws.channel(), text="mine")["ts"]
    assert code(ws.client.chat_update, channel=ws.channel(), ts=theirs, text="x") == "cant_update_message"
    assert code(ws.client.chat_delete, channel=ws.channel(), ts=theirs) == "cant_delete_message"
    assert ws.client.chat_delete(**where)["ok"]
    assert code(ws.client.chat_delete, **where) == "message_not_found"


def test_threads(ws: Running) -> None:
    root = ws.post(text="root")["ts"]
    reply = ws.post(text="reply", thread_ts=root)["ts"]
    ws.post(text="loud", thread_ts=reply, reply_broadcast=True)
    assert code(ws.client.chat_postMessage, channel=ws.channel(), text="x", thread_ts="1.0") == "thread_not_found"
    said = ws.client.conversations_replies(channel=ws.channel(), ts=root)["messages"]
    assert [one["text"] for one in said] == ["root", "reply", "loud"]
    assert said[0]["reply_count"] == 2
    shown = ws.client.conversations_history(channel=ws.channel())["messages"]
    assert [one["text"] for one in shown] == ["loud", "root"]


def test_pages_of_history(ws: Running) -> None:
    for i in range(5):
        ws.post(text=str(i))
    first = ws.client.conversations_history(channel=ws.channel(), limit=3)
    assert [one["text"] for one in first["messages"]] == ["4", "3", "2"] and first["has_more"]
    rest = ws.client.conversations_history(
        channel=ws.channel(), limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [one["text"] for one in rest["messages"]] == ["1", "0"] and not rest["has_more"]


def test_whispers_are_one_persons(ws: Running) -> None:
    ts = ws.client.chat_postEphemeral(channel=ws.channel(), user="U0ONCALL", text="psst")["message_ts"]
    assert [one["text"] for one in ws.sees("U0ONCALL")] == ["psst"]
    assert ws.sees("U0COLLEAGUE") == []
    assert ws.client.conversations_history(channel=ws.channel())["messages"] == []
    assert code(ws.client.chat_update, channel=ws.channel(), ts=ts, text="x") == "message_not_found"
    assert not ws.act("dismiss", person="U0COLLEAGUE", channel=ws.channel(), ts=ts)["ok"]
    assert ws.act("dismiss", person="U0ONCALL", channel=ws.channel(), ts=ts)["ok"]
    assert ws.sees("U0ONCALL") == []
    assert code(ws.client.chat_postEphemeral, channel=ws.channel(), user="U0NOBODY", text="x") == "user_not_in_channel"


def test_people_rooms_and_groups(ws: Running) -> None:
    rooms = ws.client.conversations_list()["channels"]
    assert [one["name"] for one in rooms] == ["alerts", "pipeline"]
    assert ws.client.conversations_info(channel=ws.channel())["channel"]["is_member"]
    assert "U0OUTSIDER" in ws.client.conversations_members(channel=ws.channel())["members"]
    assert ws.client.users_info(user="U0ONCALL")["user"]["profile"]["title"] == "may press everything"
    assert code(ws.client.users_info, user="U0NOBODY") == "user_not_found"
    assert len(ws.client.users_list()["members"]) == 4
    group = ws.client.usergroups_list()["usergroups"][0]
    assert group["handle"] == "oncall"
    assert ws.client.usergroups_users_list(usergroup=group["id"])["users"] == ["U0ONCALL"]
    direct = ws.client.conversations_open(users="U0ONCALL")["channel"]["id"]
    ws.client.chat_postMessage(channel="U0ONCALL", text="a word")
    assert [one["text"] for one in ws.sees("U0ONCALL", direct)] == ["a word"]
    link = ws.client.chat_getPermalink(channel=ws.channel(), message_ts=ws.post()["ts"])
    assert link["permalink"].startswith(ws.url)


def test_reactions_and_files(ws: Running) -> None:
    ts = ws.post()["ts"]
    ws.client.reactions_add(channel=ws.channel(), timestamp=ts, name="eyes")
    assert code(ws.client.reactions_add, channel=ws.channel(), timestamp=ts, name="eyes") == "already_reacted"
    sent = ws.client.files_upload_v2(channel=ws.channel(), filename="rows.csv", content="a,b\n1,2\n", title="Rows")
    found = requests.get(sent["file"]["url_private"], timeout=5)
    assert found.text == "a,b\n1,2\n" and "default-src 'none'" in found.headers["Content-Security-Policy"]
    assert ws.sees("U0COLLEAGUE")[-1]["files"][0]["title"] == "Rows"
    assert code(ws.client.files_completeUploadExternal, files=[{"id": "F0"}]) == "file_not_found"


def test_a_channel_takes_one_message_a_second_after_a_burst(make: Make) -> None:
    ws = make(limits=Limits(burst=3, updates_per_minute=2))
    ws.clock.ahead = 5.0
    posted = [ws.post(text=str(i))["ts"] for i in range(3)]
    with pytest.raises(SlackApiError) as error:
        ws.post(text="too much")
    assert error.value.response.status_code == 429
    assert error.value.response["error"] == "ratelimited"
    assert error.value.response.headers["Retry-After"] == "1"
    assert ws.post(channel=ws.channel("pipeline"))["ok"]
    ws.clock.ahead += 1.0
    assert ws.post(text="later")["ok"]
    for i in range(2):
        ws.client.chat_update(channel=ws.channel(), ts=posted[0], text=str(i))
    with pytest.raises(SlackApiError) as error:
        ws.client.chat_update(channel=ws.channel(), ts=posted[0], text="x")
    assert int(error.value.response.headers["Retry-After"]) in range(1, 31)


def test_windows_need_a_live_trigger(ws: Running) -> None:
    trigger = ws.workspace.core.triggers.mint("U0ONCALL")
    view = ws.client.views_open(trigger_id=trigger, view=loading())["view"]
    assert code(ws.client.views_open, trigger_id=trigger, view=loading()) == "exchanged_trigger_id"
    assert code(ws.client.views_open, trigger_id="1.2.3", view=loading()) == "invalid_trigger_id"
    old = ws.workspace.core.triggers.mint("U0ONCALL")
    ws.clock.ahead += 3.1
    assert code(ws.client.views_open, trigger_id=old, view=loading()) == "expired_trigger_id"
    fresh = ws.client.views_update(view_id=view["id"], hash=view["hash"], view=loading())["view"]
    assert fresh["id"] == view["id"] and fresh["hash"] != view["hash"]
    assert code(ws.client.views_update, view_id=view["id"], hash=view["hash"], view=loading()) == "hash_conflict"
    assert code(ws.client.views_update, view_id="V0", view=loading()) == "not_found"
    mint = ws.workspace.core.triggers.mint
    for _ in range(2):
        ws.client.views_push(trigger_id=mint("U0ONCALL"), view=loading())
    assert code(ws.client.views_push, trigger_id=mint("U0ONCALL"), view=loading()) == "push_limit_reached"


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8080", True),
        ("127.9.9.9", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.1:8080", False),
        ("", False),
        ("[broken", False),
    ],
)
def test_names_of_this_machine(host: str, here: bool) -> None:
    assert loopback(host) is here


def test_only_this_machine_and_this_page(ws: Running) -> None:
    def status(path: str, **headers: str) -> int:
        return requests.post(f"{ws.url}{path}", json={}, headers=headers, timeout=5).status_code

    for path in ("/api/auth.test", "/workspace/say"):
        assert status(path, Host="evil.example:80") == 403
        assert status(path, Origin="https://evil.example") == 403
        assert status(path, Origin=ws.url) != 403
    assert requests.get(ws.url, headers={"Host": "evil.example"}, timeout=5).status_code == 403
    page = requests.get(ws.url, timeout=5)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert requests.get(f"{ws.url}/page/..%2fserver.py", timeout=5).status_code == 404
    assert requests.get(f"{ws.url}/page/server.py", timeout=5).status_code == 404
