"""A real workspace on loopback, with a small bot behind it that checks every signature."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from aiohttp import web
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from bot.workspace import Limits, Person, Setup, Workspace

Json = dict[str, Any]
SECRET = "a-signing-secret-of-the-tests"
TOKEN = "xoxb-of-the-tests"
SCOPES = [
    "chat:write",
    "chat:write.public",
    "commands",
    "app_mentions:read",
    "channels:read",
    "channels:history",
    "channels:join",
    "im:write",
    "users:read",
    "usergroups:read",
    "reactions:write",
    "files:write",
]
MANIFEST: Json = {
    "display_information": {"name": "Resilience"},
    "features": {
        "bot_user": {"display_name": "resilience"},
        "slash_commands": [
            {
                "command": "/resilience",
                "description": "Status and actions",
                "usage_hint": "status | heal | help",
                "should_escape": True,
            }
        ],
        "shortcuts": [
            {"name": "Snooze this alert", "type": "message", "callback_id": "snooze_message", "description": "Quiet"},
            {"name": "Resilience status", "type": "global", "callback_id": "show_status", "description": "Status"},
        ],
    },
    "oauth_config": {"scopes": {"bot": SCOPES}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention", "app_home_opened"]}},
}
PEOPLE = (
    Person("U0ONCALL", "oncall", "On call", "may press everything"),
    Person("U0COLLEAGUE", "colleague", "Colleague", "may snooze"),
    Person("U0OUTSIDER", "outsider", "Outsider", "may look"),
)


class Clock:
    """The real time, moved on at will."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Bot:
    """Receives what the workspace sends, insists on the signature, answers as told."""

    def __init__(self) -> None:
        self.heard: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.news = threading.Condition()
        self.answer: Callable[[Json], Any] = lambda payload: None
        self.release = asyncio.Event()

    async def receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not SignatureVerifier(SECRET).is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        payload = parsed(request.content_type, body)
        with self.news:
            self.heard.append(payload)
            self.headers.append(dict(request.headers))
            self.news.notify_all()
        said = await asyncio.to_thread(self.answer, payload)
        if said == "late":
            await self.release.wait()
        if isinstance(said, int):
            return web.Response(status=said)
        if isinstance(said, dict):
            return web.json_response(said)
        return web.Response(text=said if isinstance(said, str) else "")

    def wait(self, count: int) -> list[Json]:
        """Until ``count`` requests have come."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.heard) >= count, timeout=10), self.heard
        return self.heard


def parsed(content_type: str, body: bytes) -> Json:
    if content_type == "application/json":
        event: Json = json.loads(body)
        return event
    fields: Json = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return json.loads(fields["payload"]) if "payload" in fields else {"type": "command", **fields}


App = Callable[[str], web.Application]
"""Makes an app of its own, given the Web API's address."""


class Running:
    """The workspace and the bot on one loop in one thread."""

    def __init__(self, manifest: Json, limits: Limits, journal: Path | None, app: App | None = None) -> None:
        self.clock, self.bot = Clock(), Bot()
        self.loop = asyncio.new_event_loop()
        here, there = _socket(), _socket()
        self.url = f"http://127.0.0.1:{here.getsockname()[1]}"
        self.setup = Setup(
            team="Data team",
            channels=("alerts", "pipeline"),
            people=PEOPLE,
            bot_token=TOKEN,
            signing_secret=SECRET,
            events_url=f"http://127.0.0.1:{there.getsockname()[1]}/slack/events",
            manifest=manifest,
            groups={"oncall": ("U0ONCALL",)},
        )
        self.workspace = Workspace(self.setup, clock=self.clock, journal=journal, limits=limits)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.app = app
        self.runners = self.do(self._start(here, there))
        self.client = WebClient(TOKEN, base_url=f"{self.url}/api/")

    def do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    async def _start(self, here: socket.socket, there: socket.socket) -> list[web.AppRunner]:
        app = web.Application()
        self.workspace.routes(app)
        if self.app is None:
            bot = web.Application()
            bot.router.add_post("/slack/events", self.bot.receive)
        else:
            bot = self.app(f"{self.url}/api/")
        runners = []
        for one, sock in ((app, here), (bot, there)):
            runner = web.AppRunner(one, shutdown_timeout=1)
            await runner.setup()
            await web.SockSite(runner, sock).start()
            runners.append(runner)
        return runners

    def stop(self) -> None:
        async def down() -> None:
            self.bot.release.set()
            for runner in self.runners:
                await runner.cleanup()

        self.do(down())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def channel(self, name: str = "alerts") -> str:
        return next(one.id for one in self.workspace.core.state.channels.values() if one.name == name)

    def act(self, act: str, **body: Any) -> Json:
        answer: Json = requests.post(f"{self.url}/workspace/{act}", json=body, timeout=10).json()
        return answer

    def sees(self, person: str, channel: str = "alerts") -> list[Json]:
        found = requests.get(
            f"{self.url}/workspace/messages", params={"person": person, "channel": channel}, timeout=10
        ).json()
        messages: list[Json] = found["messages"]
        return messages

    def post(self, **body: Any) -> Json:
        body.setdefault("text", "a card")
        body.setdefault("channel", self.channel())
        return dict(self.client.chat_postMessage(**body).data)  # type: ignore[arg-type]


def _socket() -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


Make = Callable[..., Running]
PLENTY = Limits(ack_seconds=3.0, burst=1000, updates_per_minute=1000)


@pytest.fixture
def make() -> Iterator[Make]:
    running: list[Running] = []

    def build(
        manifest: Json = MANIFEST, limits: Limits = PLENTY, journal: Path | None = None, app: App | None = None
    ) -> Running:
        running.append(Running(manifest, limits, journal, app))
        return running[-1]

    yield build
    for one in running:
        one.stop()


@pytest.fixture
def ws(make: Make) -> Running:
    return make()
