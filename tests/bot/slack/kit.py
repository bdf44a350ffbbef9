"""Really signed requests against the real door on loopback, and a small strict Web API on the other side."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-1-2-three"
FORM = "application/x-www-form-urlencoded"


def wait_for(done: Callable[[], Any], seconds: float = 5.0) -> Any:
    """The first true answer of ``done``; fails when there is none in time."""
    pause, deadline = threading.Event(), datetime.now(UTC).timestamp() + seconds
    while datetime.now(UTC).timestamp() < deadline:
        if found := done():
            return found
        pause.wait(0.005)
    raise AssertionError("waited in vain")


def signed(body: bytes, *, secret: str = SECRET, stamp: str = "") -> dict[str, str]:
    stamp = stamp or str(int(datetime.now(UTC).timestamp()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": FORM}


@dataclass(frozen=True)
class Got:
    status: int
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@contextmanager
def served(mount: Callable[[web.Application], None]) -> Iterator[int]:
    """An aiohttp application on a free port of loopback, in a thread with its own loop."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    port: list[int] = []

    async def live() -> None:
        app = web.Application()
        mount(app)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.append(runner.addresses[0][1])
        ready.set()
        await over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        assert not thread.is_alive()
        loop.close()


def send(port: int, body: bytes, headers: Mapping[str, str], method: str = "POST", path: str = "/slack/events") -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return Got(answer.status, answer.read().decode())
    finally:
        connection.close()


def interaction(payload: Mapping[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def action(action_id: str, trigger: str, *, url: str = "", value: str = "ref-1", person: str = "U0ONCALL") -> bytes:
    return interaction(
        {
            "type": "block_actions",
            "user": {"id": person, "username": "oncall", "team_id": "T1"},
            "api_app_id": "A1",
            "team": {"id": "T1"},
            "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
            "trigger_id": trigger,
            "channel": {"id": "C1", "name": "alerts"},
            "response_url": url,
            "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value, "action_ts": "1"}],
        }
    )


def submission(callback_id: str, trigger: str, reason: str, meta: str = "") -> bytes:
    return interaction(
        {
            "type": "view_submission",
            "user": {"id": "U0ONCALL", "username": "oncall", "team_id": "T1"},
            "team": {"id": "T1"},
            "trigger_id": trigger,
            "view": {
                "id": "V1",
                "type": "modal",
                "callback_id": callback_id,
                "private_metadata": meta,
                "state": {"values": {"reason": {"reason": {"type": "plain_text_input", "value": reason}}}},
            },
            "response_urls": [],
        }
    )


def command(text: str, trigger: str, url: str = "", name: str = "/resilience") -> bytes:
    fields = {"command": name, "text": text, "user_id": "U0ONCALL", "user_name": "oncall", "team_id": "T1"}
    return urlencode({**fields, "channel_id": "C1", "trigger_id": trigger, "response_url": url}).encode()


@dataclass
class StubSlack:
    """Notes every call; answers as told in ``next`` (method → status, body, headers), else kindly. Wrong tokens and
    unknown methods are refused."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    next: dict[str, tuple[int, Any, dict[str, str]]] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/response/T1/1/secret"

    def of(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.calls if name == method]

    def mount(self, app: web.Application) -> None:
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/response/{tail:.*}", self._respond)

    async def _api(self, request: web.Request) -> web.Response:
        method, text = request.match_info["method"], await request.text()
        body = json.loads(text) if "json" in request.content_type else dict(parse_qsl(text, keep_blank_values=True))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append((method, body))
        if token != TOKEN:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if method in self.next:
            status, answer, headers = self.next[method]
            return web.Response(
                status=status, text=answer if isinstance(answer, str) else json.dumps(answer), headers=headers
            )
        if method in ("chat.postMessage", "chat.update"):
            return web.json_response({"ok": True, "channel": "C9", "ts": "17.000001"})
        if method == "chat.postEphemeral":
            return web.json_response({"ok": True, "message_ts": "17.000002"})
        if method in ("views.open", "views.update"):
            return web.json_response({"ok": True, "view": {"id": "V77"}})
        return web.json_response({"ok": False, "error": "unknown_method"})

    async def _respond(self, request: web.Request) -> web.Response:
        self.calls.append(("respond", await request.json()))
        status, answer, headers = self.next.get("respond", (200, "ok", {}))
        return web.Response(status=status, text=str(answer), headers=headers)


@contextmanager
def stub_slack() -> Iterator[StubSlack]:
    stub = StubSlack()
    with served(stub.mount) as port:
        stub.port = port
        yield stub
