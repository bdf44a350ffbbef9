"""A real slack_bolt app takes all that the workspace sends: the payloads are Slack's, not merely alike."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.cards import card, loading, window
from tests.workspace.conftest import SECRET, TOKEN, Make

Json = dict[str, Any]


def app(api: str) -> web.Application:
    """One listener of each kind; each answers in the way its kind may."""
    bolt = AsyncApp(client=AsyncWebClient(TOKEN, base_url=api), signing_secret=SECRET, process_before_response=True)

    @bolt.action("heal")
    async def heal(ack: Any, say: Any, body: Json) -> None:
        await ack()
        await say(f"pressed by <@{body['user']['id']}>", thread_ts=body["message"]["ts"])

    @bolt.action("modal")
    async def modal(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view: Any = (await client.views_open(trigger_id=body["trigger_id"], view=loading()))["view"]
        await client.views_update(view_id=view["id"], hash=view["hash"], view=window())

    @bolt.view("force_complete")
    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"reason": "Say more."})

    @bolt.view_closed("force_complete")
    async def closed(ack: Any, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel="#alerts", text="closed")

    @bolt.command("/resilience")
    async def command(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        await respond(f"asked: {command['text']}")

    @bolt.shortcut("snooze_message")
    async def snooze(ack: Any, respond: Any) -> None:
        await ack()
        await respond("snoozed", response_type="in_channel")

    @bolt.event("app_mention")
    async def mention(event: Json, say: Any) -> None:
        await say("heard", thread_ts=event["ts"])

    return bolt.web_app("/slack/events")


def test_bolt_understands_everything(make: Make) -> None:
    ws = make(app=app)
    ts = ws.post(**card())["ts"]
    me = {"person": "U0ONCALL", "channel": ws.channel()}
    fine = {"ok": True, "error": "", "shown": ""}
    assert ws.act("press", **me, ts=ts, action_id="heal") == fine
    assert ws.act("command", **me, text="/resilience status") == fine
    assert ws.act("shortcut", **me, ts=ts, callback_id="snooze_message") == fine
    said = [one["text"] for one in ws.sees("U0ONCALL")]
    assert said[1:] == ["pressed by <@U0ONCALL>", "asked: status", "snoozed"]
    assert ws.act("press", **me, ts=ts, action_id="modal") == fine
    view = ws.workspace.core.views["U0ONCALL"][0]
    assert view["callback_id"] == "force_complete"
    values = {"reason": {"reason": "why"}, "risk": {"risk": "low"}}
    answer = ws.act("submit", person="U0ONCALL", view_id=view["id"], values=values)
    assert answer["errors"] == {"reason": "Say more."}
    assert ws.act("close", person="U0ONCALL", view_id=view["id"]) == fine
    assert ws.sees("U0ONCALL")[-1]["text"] == "closed"


def test_bolt_refuses_what_it_does_not_know(make: Make) -> None:
    ws = make(app=app)
    ts = ws.post(**card())["ts"]
    answer = ws.act("press", person="U0ONCALL", channel=ws.channel(), ts=ts, action_id="force")
    assert answer["error"] == "http_service_error"
