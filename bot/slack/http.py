"""The HTTP door: ``/slack/events`` through the guard into Bolt, and ``/healthz``. The caller chooses host and port."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.press import Routes
from schemas.ports import Clock, Store

from .guard import BODY_LIMIT, STATUS, Guard, Verdict
from .messenger import SLACK
from .noter import Noter
from .openings import Openings
from .rail import Rail
from .reading import parse

EVENTS, HEALTH = "/slack/events", "/healthz"
SWITCH = timedelta(microseconds=200)  # threads share one lock with the acknowledgement
GARBAGE = (20_000, 20, 50)  # objects, and collections of the younger, before the next collection
TELL_WITHIN = timedelta(seconds=5)
Health = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Account:
    """The app's account with a Slack: token, signing secrets (two while rotating), Web API base URL ("": Slack's)."""

    token: str
    signing_secrets: Sequence[str]
    api_url: str = ""

    def __repr__(self) -> str:
        return f"Account(***, api_url={self.api_url!r})"


@dataclass(frozen=True)
class Parts:
    """What the door needs of the house. ``landed`` is called after presses were noted (wake the presses' lane);
    ``health`` adds to the answer of ``/healthz``."""

    routes: Routes
    store: Store
    clock: Clock
    openings: Openings
    landed: Callable[[], None]
    health: Health = dict


class Door:
    """Guard, noter and rail on an aiohttp application. `mount` adds the routes and the life cycle to one; others may
    mount theirs on the same."""

    def __init__(self, account: Account, parts: Parts) -> None:
        self._parts = parts
        self.guard = Guard(account.signing_secrets, parts.clock)
        self.noter = Noter(parts.store, parts.landed)
        self._client = AsyncWebClient(token=account.token, base_url=account.api_url or SLACK, timeout=3)
        self.rail = Rail(parts.routes, self.noter, parts.clock, self._client, parts.openings, self._tell)
        self._session: aiohttp.ClientSession | None = None

    def mount(self, app: web.Application) -> None:
        app.router.add_post(EVENTS, self._events)
        app.router.add_get(HEALTH, self._health)
        app.cleanup_ctx.append(self._life)

    async def _life(self, _app: web.Application) -> AsyncIterator[None]:
        """One client session for all calls of the loop; at the end what is under way is let finish."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TELL_WITHIN.total_seconds())) as session:
            self._session = self._client.session = session
            sys.setswitchinterval(SWITCH.total_seconds())
            gc.freeze()  # what stands at the start stays: no collection walks it beside a press
            gc.set_threshold(*GARBAGE)
            self.noter.start()
            yield
            await self.rail.close()
            self.noter.stop()
        self._session = self._client.session = None

    async def _events(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if body is None:
            return self._refused(self.guard.count(Verdict.LARGE))
        verdict = self.guard.check(request.headers, body)
        if verdict is not Verdict.PASS:
            return self._refused(verdict)
        asked = bolt_request(body, request.headers)
        if asked is None:
            return self._refused(self.guard.count(Verdict.BROKEN))
        return answered(await self.rail.dispatch(asked))

    def _refused(self, verdict: Verdict) -> web.Response:
        structlog.get_logger().warning("guard.refused", verdict=verdict.value)
        return web.json_response({"error": verdict.value}, status=STATUS[verdict])

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", **self._parts.health()})

    async def _tell(self, response_url: str, words: str) -> None:
        """A private line through a response_url; what cannot be told is logged, without the address."""
        if self._session is None or not response_url:
            return
        line = {"text": words, "response_type": "ephemeral", "replace_original": False}
        try:
            async with self._session.post(response_url, json=line) as answer:
                if answer.status != 200:
                    structlog.get_logger().warning("rail.untold", status=answer.status)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            structlog.get_logger().warning("rail.untold", error=type(error).__name__)


async def read_body(request: web.Request) -> bytes | None:
    """The raw body; None when it is over the limit, known from its length or found while reading."""
    if (request.content_length or 0) > BODY_LIMIT:
        return None
    parts, size = [], 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
    return b"".join(parts)


def bolt_request(body: bytes, headers: Mapping[str, str]) -> AsyncBoltRequest | None:
    """The request as Bolt takes it, parsed once, here; None for what is not UTF-8, not JSON, or no object. (Bolt's
    ``socket_mode`` is its way to take a parsed body; it changes nothing else once its own verification is off.)"""
    try:
        parsed = parse(body, json_body="json" in headers.get("Content-Type", ""))
        return AsyncBoltRequest(body=parsed, mode="socket_mode") if parsed is not None else None
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def answered(response: BoltResponse) -> web.Response:
    """Bolt's answer as aiohttp's; it sets no cookies here."""
    kind = "application/json" if response.body.startswith("{") else "text/plain"
    return web.Response(status=response.status, text=response.body, content_type=kind)
