"""What people do reaches the app as Slack sends it, and what Slack shows when the app is late or wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import requests
from slack_sdk.webhook import WebhookClient

from bot.workspace import Limits
from tests.workspace.cards import CONFIRM, card, mrkdwn, option, plain
from tests.workspace.conftest import MANIFEST, SECRET, TOKEN, Make, Running

Json = dict[str, Any]
HASTY = Limits(ack_seconds=0.3, retry_after=(0.0, 0.0, 0.0), burst=100)


def pressed(ws: Running, action_id: str = "heal", person: str = "U0ONCALL", value: Any = None) -> Json:
    made = ws.post(**card())
    return ws.act("press", person=person, channel=made["channel"], ts=made["ts"], action_id=action_id, value=value)


def test_a_press_as_slack_sends_it(ws: Running) -> None:
    assert pressed(ws) == {"ok": True, "error": "", "shown": ""}
    got = ws.bot.wait(1)[0]
    assert ws.bot.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"
    assert got["type"] == "block_actions"
    assert got["user"] == {
        "id": "U0ONCALL",
        "username": "oncall",
        "name": "oncall",
        "team_id": ws.setup.team_id,
    }
    assert got["team"] == {"id": ws.setup.team_id, "domain": "data-team"}
    assert got["channel"] == {"id": ws.channel(), "name": "alerts"}
    ts = got["message"]["ts"]
    assert got["container"] == {
        "type": "message_attachment",
        "message_ts": ts,
        "channel_id": ws.channel(),
        "is_ephemeral": False,
        "attachment_id": 1,
        "is_app_unfurl": False,
    }
    assert got["message"]["attachments"][0]["blocks"][-1]["block_id"] == "buttons"
    action = got["actions"][0]
    assert action.pop("action_ts")
    assert action == {
        "type": "button",
        "action_id": "heal",
        "block_id": "buttons",
        "text": {"type": "plain_text", "text": "Heal now", "emoji": True},
        "value": "alert-1",
        "style": "primary",
    }
    assert {"api_app_id", "token", "trigger_id", "response_url", "state", "is_enterprise_install"} <= set(got)


def test_choices_and_confirmed_presses(ws: Running) -> None:
    pressed(ws, "snooze", value="4h")
    pressed(ws, "force")
    assert pressed(ws, "snooze", value="9h") == {"ok": False, "error": "no_such_option"}
    assert pressed(ws, "nothing") == {"ok": False, "error": "no_such_action"}
    first, second = ws.bot.wait(2)
    chosen = first["actions"][0]["selected_option"]
    assert chosen == {"text": {"type": "plain_text", "text": "4h", "emoji": True}, "value": "4h"}
    assert first["state"]["values"]["buttons"]["snooze"]["selected_option"] == chosen
    assert second["actions"][0]["confirm"]["title"]["text"] == CONFIRM["title"]["text"]


def test_every_kind_of_choice(ws: Running) -> None:
    three = [option("a"), option("b"), option("c")]
    kinds: list[tuple[Json, Any, str, Any]] = [
        ({"type": "radio_buttons", "options": three}, "b", "selected_option", "b"),
        ({"type": "checkboxes", "options": three}, ["a", "c"], "selected_options", ["a", "c"]),
        ({"type": "overflow", "options": three}, "c", "selected_option", "c"),
        ({"type": "datepicker"}, "2026-11-24", "selected_date", "2026-11-24"),
        ({"type": "timepicker"}, "09:00", "selected_time", "09:00"),
        ({"type": "datetimepicker"}, 1_790_000_000, "selected_date_time", 1_790_000_000),
        ({"type": "users_select"}, "U0ONCALL", "selected_user", "U0ONCALL"),
    ]
    elements = [{**one, "action_id": f"e{i}"} for i, (one, *_) in enumerate(kinds)]
    ts = ws.post(blocks=[{"type": "actions", "elements": elements}])["ts"]
    for i, (_, value, key, wanted) in enumerate(kinds):
        ws.act("press", person="U0ONCALL", channel=ws.channel(), ts=ts, action_id=f"e{i}", value=value)
        got = ws.bot.wait(i + 1)[i]["actions"][0][key]
        seen = (
            [one["value"] for one in got] if isinstance(got, list) else got["value"] if isinstance(got, dict) else got
        )
        assert seen == wanted


def test_late_wrong_and_absent_answers(make: Make) -> None:
    ws = make(limits=HASTY)
    ws.bot.answer = lambda payload: "late"
    late = pressed(ws)
    assert late == {"ok": False, "error": "operation_timeout", "shown": "We had some trouble connecting. Try again?"}
    ws.act("command", person="U0ONCALL", channel=ws.channel(), text="/resilience status")
    ws.bot.answer = lambda payload: 500
    assert pressed(ws)["error"] == "http_service_error"
    ws.act("command", person="U0ONCALL", channel=ws.channel(), text="/resilience status")
    said = [one["text"] for one in ws.sees("U0ONCALL") if one["user"] == "USLACKBOT"]
    assert said == [
        "/resilience failed because the app did not respond",
        '/resilience failed with the error "http_service_error"',
    ]
    assert not any(one["user"] == "USLACKBOT" for one in ws.sees("U0COLLEAGUE"))
    failures = requests.get(f"{ws.url}/workspace/failures", timeout=5).json()["failures"]
    assert [one["error"] for one in failures] == ["operation_timeout"] * 2 + ["http_service_error"] * 2
    log = requests.get(f"{ws.url}/workspace/deliveries", timeout=5).text
    assert SECRET not in log and TOKEN not in log and "response/" not in log


def test_a_command_as_slack_sends_it(ws: Running) -> None:
    ws.bot.answer = lambda payload: {"text": "All quiet", "response_type": "ephemeral"}
    text = "/resilience why @colleague in #pipeline <b> & c"
    assert ws.act("command", person="U0ONCALL", channel=ws.channel(), text=text)["ok"]
    got = ws.bot.wait(1)[0]
    pipeline = ws.channel("pipeline")
    assert got["text"] == f"why <@U0COLLEAGUE|colleague> in <#{pipeline}|pipeline> &lt;b&gt; &amp; c"
    assert {key: got[key] for key in ("command", "user_id", "user_name", "channel_id", "channel_name")} == {
        "command": "/resilience",
        "user_id": "U0ONCALL",
        "user_name": "oncall",
        "channel_id": ws.channel(),
        "channel_name": "alerts",
    }
    keys = {"token", "team_id", "team_domain", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"}
    assert keys <= set(got)
    assert [one["text"] for one in ws.sees("U0ONCALL")] == ["All quiet"]
    assert ws.sees("U0COLLEAGUE") == []


def test_a_command_nobody_knows(ws: Running) -> None:
    answer = ws.act("command", person="U0ONCALL", channel=ws.channel(), text="/resilence status")
    assert answer["error"] == "unknown_command"
    assert "/resilence is not a valid command" in ws.sees("U0ONCALL")[0]["text"]
    root = ws.post()["ts"]
    ws.act("command", person="U0ONCALL", channel=ws.channel(), text="/resilience status", thread_ts=root)
    assert ws.sees("U0ONCALL")[-1]["text"] == "/resilience is not supported in threads. Sorry!"
    assert ws.sees("U0ONCALL")[-1]["thread_ts"] == root
    assert ws.bot.heard == []


def test_a_mention_is_an_event(ws: Running) -> None:
    ws.act("say", person="U0ONCALL", channel=ws.channel(), text="@resilience status")
    ws.act("say", person="U0ONCALL", channel=ws.channel(), text="only words")
    ws.act("home", person="U0ONCALL")
    by_type = {one["event"]["type"]: one for one in ws.bot.wait(2)}
    assert set(by_type) == {"app_mention", "app_home_opened"}
    got = by_type["app_mention"]
    assert got["event"]["text"] == f"<@{ws.setup.bot_user}> status"
    assert got["type"] == "event_callback" and got["event_id"].startswith("Ev")
    assert got["event"]["channel"] == ws.channel()


def test_events_are_sent_again_and_no_more_than_three_times(make: Make) -> None:
    ws = make(limits=HASTY)
    ws.bot.answer = lambda payload: 500
    ws.act("say", person="U0ONCALL", channel=ws.channel(), text="@resilience status")
    heard = ws.bot.wait(4)
    assert len({one["event_id"] for one in heard}) == 1
    numbers = [one.get("X-Slack-Retry-Num") for one in ws.bot.headers]
    assert numbers == [None, "1", "2", "3"]
    assert ws.bot.headers[1]["X-Slack-Retry-Reason"] == "http_error"


def test_unsubscribed_events_are_not_sent(make: Make) -> None:
    manifest = copy.deepcopy(MANIFEST)
    manifest["settings"]["event_subscriptions"]["bot_events"] = []
    ws = make(manifest)
    ws.act("say", person="U0ONCALL", channel=ws.channel(), text="@resilience status")
    ws.act("home", person="U0ONCALL")
    pressed(ws)
    assert [one["type"] for one in ws.bot.wait(1)] == ["block_actions"]


def test_shortcuts(ws: Running) -> None:
    ts = ws.post()["ts"]
    ws.act("shortcut", person="U0ONCALL", callback_id="snooze_message", channel=ws.channel(), ts=ts)
    ws.act("shortcut", person="U0ONCALL", callback_id="show_status")
    on_message, everywhere = ws.bot.wait(2)
    assert on_message["type"] == "message_action" and on_message["message"]["ts"] == ts
    assert on_message["callback_id"] == "snooze_message" and "response_url" in on_message
    assert everywhere["type"] == "shortcut" and "response_url" not in everywhere
    assert ws.act("shortcut", person="U0ONCALL", callback_id="other")["error"] == "no_such_shortcut"


def test_response_urls(ws: Running) -> None:
    pressed(ws)
    url = ws.bot.wait(1)[0]["response_url"]
    hook = WebhookClient(url)
    assert hook.send(text="only you").body == "ok"
    assert hook.send(text="all of you", response_type="in_channel").status_code == 200
    assert hook.send(text="healed", replace_original=True, blocks=[]).status_code == 200
    shown = ws.sees("U0COLLEAGUE")
    assert [one["text"] for one in shown] == ["healed", "all of you"] and "attachments" not in shown[0]
    assert ws.sees("U0ONCALL")[1]["text"] == "only you"
    wrong = hook.send(text="x", blocks=[{"type": "no"}])
    assert wrong.status_code == 400 and "invalid_blocks" in wrong.body
    assert hook.send(delete_original=True).status_code == 200
    assert [one["text"] for one in ws.sees("U0COLLEAGUE")] == ["all of you"]
    sixth = hook.send(text="once more")
    assert sixth.status_code == 404 and "used_url" in sixth.body


def test_response_urls_grow_old(ws: Running) -> None:
    pressed(ws)
    hook = WebhookClient(ws.bot.wait(1)[0]["response_url"])
    ws.clock.ahead += 30 * 60 - 5
    assert hook.send(text="in time").status_code == 200
    ws.clock.ahead += 10
    assert "expired_url" in hook.send(text="too late").body
    assert WebhookClient(f"{ws.url}/workspace/response/no").send(text="x").status_code == 404


def test_the_same_request_twice(ws: Running) -> None:
    assert ws.act("again")["error"] == "nothing_sent"
    pressed(ws)
    assert ws.act("again")["status"] == 200
    first, second = ws.bot.wait(2)
    assert first == second
    signatures = [(one["X-Slack-Signature"], one["X-Slack-Request-Timestamp"]) for one in ws.bot.headers]
    assert signatures[0] == signatures[1]


def test_buttons_of_whispers(ws: Running) -> None:
    button = {"type": "button", "action_id": "wake", "text": plain("Wake"), "value": "a"}
    blocks = [{"type": "section", "text": mrkdwn("snoozed"), "accessory": button}]
    where = ws.channel()
    ts = ws.client.chat_postEphemeral(channel=where, user="U0ONCALL", text="snoozed", blocks=blocks)["message_ts"]
    other = ws.act("press", person="U0COLLEAGUE", channel=where, ts=ts, action_id="wake")
    assert other == {"ok": False, "error": "message_not_found"}
    assert ws.act("press", person="U0ONCALL", channel=where, ts=ts, action_id="wake")["ok"]
    got = ws.bot.wait(1)[0]
    assert got["container"]["is_ephemeral"] is True and "message" not in got
    WebhookClient(got["response_url"]).send(text="awake", replace_original=True)
    assert [(one["ts"], one["text"]) for one in ws.sees("U0ONCALL")] == [(ts, "awake")]
    WebhookClient(got["response_url"]).send(delete_original=True)
    assert ws.sees("U0ONCALL") == []


@pytest.mark.parametrize("wrong", [{"person": "U0NOBODY"}, {"person": "U0ONCALL", "channel": "C0"}, {}])
def test_mistakes_of_the_caller(ws: Running, wrong: Json) -> None:
    got = requests.post(f"{ws.url}/workspace/command", json={"channel": ws.channel(), "text": "/x", **wrong}, timeout=5)
    assert got.status_code == 400 and got.json()["ok"] is False
