"""What people do, on its way to the app: signed HTTP exactly as Slack sends it, with the deadline for the answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.workspace.errors import Json
from bot.workspace.setup import Limits, Setup

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """The app's answer. ``error`` is empty, ``operation_timeout``, ``http_service_error`` or ``dispatch_failed``."""

    status: int
    text: str
    error: str
    ms: float
    no_retry: bool = False

    def json(self) -> Json | None:
        """The answer as an object; None when it is anything else."""
        try:
            found = json.loads(self.text)
        except json.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None


@dataclass(frozen=True)
class Delivered:
    """One line of the delivery log. It holds no payload: tokens and response urls are secrets."""

    at: float
    kind: str
    name: str
    person: str
    status: int
    error: str
    ms: float
    attempt: int


class Delivery:
    def __init__(self, setup: Setup, limits: Limits, clock: Callable[[], float]) -> None:
        self._setup = setup
        self._limits = limits
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._retrying: set[asyncio.Task[None]] = set()
        self._last: tuple[bytes, Mapping[str, str]] | None = None
        self.log: deque[Delivered] = deque(maxlen=1000)

    async def form(self, fields: Mapping[str, str], *, kind: str, name: str, person: str) -> Answer:
        """A slash command."""
        answer = await self._send(urlencode(fields).encode(), FORM, {})
        self._note(kind, name, person, answer, 0)
        return answer

    async def interaction(self, payload: Json, *, name: str) -> Answer:
        """A press, a submission, a shortcut: JSON inside one form field."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        answer = await self._send(body, FORM, {})
        self._note(payload["type"], name, payload["user"]["id"], answer, 0)
        return answer

    def event(self, envelope: Json) -> None:
        """An event: nobody waits for it, and it is sent again up to three times."""
        task = asyncio.get_running_loop().create_task(self._event(envelope))
        self._retrying.add(task)
        task.add_done_callback(self._retrying.discard)

    async def again(self) -> Answer | None:
        """The last request once more, byte for byte with the same signature; None when there was none."""
        if self._last is None:
            return None
        answer = await self._post(*self._last)
        self._note("again", "", "", answer, 1)
        return answer

    async def close(self) -> None:
        for task in list(self._retrying):
            task.cancel()
        await asyncio.gather(*self._retrying, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _event(self, envelope: Json) -> None:
        body = json.dumps(envelope).encode()
        extra: dict[str, str] = {}
        for attempt, wait in enumerate((0.0, *self._limits.retry_after)):
            await asyncio.sleep(wait)
            answer = await self._send(body, "application/json", extra)
            inner = envelope["event"]
            self._note("event", inner["type"], inner.get("user", ""), answer, attempt)
            if not answer.error or answer.no_retry:
                return
            reason = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}
            extra = {
                "X-Slack-Retry-Num": str(attempt + 1),
                "X-Slack-Retry-Reason": reason.get(answer.error, "http_error"),
            }

    async def _send(self, body: bytes, content_type: str, extra: Mapping[str, str]) -> Answer:
        headers = {**self.signed(body), "Content-Type": content_type, "User-Agent": "Slackbot 1.0", **extra}
        self._last = (body, headers)
        return await self._post(body, headers)

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        started = asyncio.get_running_loop().time()

        def took() -> float:
            return round((asyncio.get_running_loop().time() - started) * 1000, 1)

        limit = aiohttp.ClientTimeout(total=self._limits.ack_seconds)
        try:
            async with self._session.post(
                self._setup.events_url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as got:
                text = await got.text(errors="replace")
                error = "" if got.status == 200 else "http_service_error"
                return Answer(got.status, text, error, took(), got.headers.get("X-Slack-No-Retry") == "1")
        except TimeoutError:
            return Answer(0, "", "operation_timeout", took())
        except aiohttp.ClientError:
            return Answer(0, "", "dispatch_failed", took())

    def signed(self, body: bytes) -> dict[str, str]:
        """Slack's v0 signature: HMAC-SHA256 over ``v0:timestamp:body``."""
        stamp = str(int(self._clock()))
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new(self._setup.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + digest}

    def _note(self, kind: str, name: str, person: str, answer: Answer, attempt: int) -> None:
        made = Delivered(self._clock(), kind, name, person, answer.status, answer.error, answer.ms, attempt)
        self.log.append(made)

    def lines(self, *, failed: bool = False) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.log if one.error or not failed]
