"""The rail: each interaction is read, noted durably and acknowledged; the work is a lane's (`bot.presses`).

One listener a kind, routed by table. Nothing but the one grouped write is awaited before the acknowledgement.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.press import Opens, Press, Routes, Submits
from bot.presses import noted_value
from schemas.ports import Clock

from .noter import Noted, Noter
from .openings import OPEN_WITHIN, Openings
from .reading import Payload, read_action, read_view, read_word

COMMAND = "/resilience"
UNSURE = (
    "Not confirmed: what you did reached us, but is not safely noted yet. It may still be done, and you are told then; "
    "look again in a moment before you repeat it."
)
FAILED = "This could not be noted, so nothing was done. Please try again in a moment."
LATE = "The window could not be opened in time. Nothing was done; please press again."
UNKNOWN = "This window is from another version of the bot. Nothing was done; close it and open it anew."
ANYTHING = re.compile(r".*", re.DOTALL)
Reader = Callable[[Payload, Any], Press | None]


class _Static(AsyncAuthorize):
    """One workspace, one token, nothing to look up."""

    def __init__(self, result: AuthorizeResult) -> None:
        self._result = result

    async def __call__(self, **_asked: Any) -> AuthorizeResult:
        return self._result


class Rail:
    """Bolt's app with our three listeners. `dispatch` takes what the guard let through. ``client`` is shared with
    Bolt and opens the light views; `tell` sends a private line through a response_url."""

    def __init__(
        self,
        routes: Routes,
        noter: Noter,
        clock: Clock,
        client: AsyncWebClient,
        openings: Openings,
        tell: Callable[[str, str], Coroutine[Any, Any, None]],
    ) -> None:
        self._routes, self._noter, self._clock = routes, noter, clock
        self._client, self._openings, self._tell = client, openings, tell
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = self._build(AuthorizeResult(enterprise_id=None, team_id=None, bot_token=client.token or ""))

    def _build(self, authorized: AuthorizeResult) -> AsyncApp:
        """Signatures are the guard's, so Bolt does not verify them again; no auth.test within anyone's 3 s."""
        app = AsyncApp(
            logger=_bolt_logger(),
            process_before_response=True,
            client=self._client,
            authorize=_Static(authorized),
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.action(ANYTHING)(self._acted)
        app.view(ANYTHING)(self._submitted)
        app.command(COMMAND)(self._said)
        return app

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        return await self.app.async_dispatch(request)

    async def close(self) -> None:
        """Lets the light views and private lines under way end, for as long as a trigger lives."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=OPEN_WITHIN.total_seconds())
            for task in late:
                task.cancel()

    async def _acted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        press = self._read(read_action, body)
        if press is None:
            await ack()
            return
        route = self._routes.find(press)
        first = isinstance(route, Opens) and self._openings.expect(press.id)
        fate = await self._note(press)
        if isinstance(route, Opens) and first:
            self._start_opening(press, route, fate)
        if fate in (Noted.UNSURE, Noted.FAILED):
            self._aside(self._tell(press.response_url, FAILED if fate is Noted.FAILED else UNSURE))
        await ack()

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        press = self._read(read_view, body)
        if press is None:
            await ack()
            return
        route = self._routes.find(press)
        if not isinstance(route, Submits):
            await ack(response_action="update", view=_notice(UNKNOWN))
            return
        try:
            errors = dict(route.check(press))
        except Exception:
            structlog.get_logger().exception("rail.check_failed", press=press.id, name=press.name)
            await ack(response_action="update", view=_notice(f"Something failed on our side; quote {press.id}."))
            return
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        fate = await self._note(press)
        if fate in (Noted.UNSURE, Noted.FAILED):
            await ack(response_action="update", view=_notice(FAILED if fate is Noted.FAILED else UNSURE))
        else:
            await ack()

    async def _said(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        press = self._read(read_word, body)
        fate = Noted.DUPLICATE if press is None else await self._note(press)
        words = {Noted.UNSURE: UNSURE, Noted.FAILED: FAILED}.get(fate)
        await (ack(words) if words else ack())

    def _read(self, reader: Reader, body: Payload) -> Press | None:
        press = reader(body, self._clock.now())
        if press is None:
            structlog.get_logger().warning("rail.unreadable", type=str(body.get("type"))[:40])
        return press

    async def _note(self, press: Press) -> Noted:
        """The one durable write. When it takes too long it is not given up: it lands, or the person is told."""
        fate = await self._noter.note(press.id, noted_value(press))
        if fate is Noted.UNSURE:
            structlog.get_logger().warning("rail.unconfirmed", press=press.id, kind=press.kind, name=press.name)
        return fate

    def _start_opening(self, press: Press, route: Opens, fate: Noted) -> None:
        """Opens the light view of a press noted just now. One that lands late is answered, but its trigger is dead."""
        if fate is Noted.NOTED:
            self._aside(self._open(press, route))
        elif fate is Noted.UNSURE:
            self._openings.settle(press.id, "")
        else:
            self._openings.forget(press.id)

    async def _open(self, press: Press, route: Opens) -> None:
        view_id = ""
        try:
            view = {**route.view(press), "external_id": press.id}
            async with asyncio.timeout(OPEN_WITHIN.total_seconds()):
                answer = await self._client.views_open(trigger_id=press.trigger, view=view)
            view_id = str(answer["view"]["id"])
        except (SlackClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            structlog.get_logger().warning("rail.not_opened", press=press.id, error=type(error).__name__)
        except Exception:
            structlog.get_logger().exception("rail.not_opened", press=press.id, name=press.name)
        self._openings.settle(press.id, view_id)
        if not view_id:
            await self._tell(press.response_url, LATE)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """A supervised task: kept until it ended, its failure logged, waited for at the end."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            structlog.get_logger().error("rail.aside_failed", error=repr(error))


def _notice(words: str) -> dict[str, Any]:
    """A modal that only says something."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Resilience"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": words}}],
    }


def _bolt_logger() -> logging.Logger:
    """Bolt's own lines name payloads; only its errors are let through."""
    logger = logging.getLogger("slack_bolt.rail")
    logger.setLevel(logging.ERROR)
    return logger
