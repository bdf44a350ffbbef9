"""The Messenger on Slack's Web API, for the lanes' threads; every error is translated at this door."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse, WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

from schemas.errors import BackendError, Denied, Missing, Unavailable
from schemas.ports import Message, Posted, RateLimited

T = TypeVar("T", SlackResponse, WebhookResponse)
SLACK = "https://slack.com/api/"
TIMEOUT = 10  # seconds
GONE = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "message_not_found", "not_found", "view_not_found"}
)
BROKEN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited"})
UNREADABLE = (URLError, OSError, http.client.HTTPException, SlackClientError, ValueError, AttributeError, TypeError)


class SlackMessenger:
    """`schemas.ports.Messenger`, and what replies need beside it. Safe from several threads. Nothing is retried here:
    who calls knows whether to send again."""

    def __init__(self, token: str, api_url: str = "") -> None:
        self._client = WebClient(token=token, base_url=api_url or SLACK, timeout=TIMEOUT, retry_handlers=[])

    def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Posted:
        """``channel`` is an id or ``#name``; the answer has the id."""
        extra: dict[str, Any] = {"thread_ts": thread, "reply_broadcast": broadcast} if thread else {}
        answer = _call(
            lambda: self._client.chat_postMessage(
                channel=channel, unfurl_links=False, unfurl_media=False, **payload(message), **extra
            )
        )
        return Posted(str(answer["channel"]), str(answer["ts"]))

    def edit(self, channel: str, ts: str, message: Message) -> None:
        """Takes ids only. What the new message lacks is taken away from the old one."""
        body = {"blocks": [], "attachments": [], **payload(message)}
        _call(lambda: self._client.chat_update(channel=channel, ts=ts, **body))

    def whisper(self, channel: str, person: str, message: Message) -> None:
        _call(lambda: self._client.chat_postEphemeral(channel=channel, user=person, **payload(message)))

    def open_view(self, trigger: str, view: Mapping[str, Any]) -> str:
        """Opens a modal while the trigger lives; the view's id. Denied("expired_trigger_id") after that."""
        answer = _call(lambda: self._client.views_open(trigger_id=trigger, view=dict(view)))
        return str(answer["view"]["id"])

    def update_view(self, view: Mapping[str, Any], *, view_id: str = "", external_id: str = "") -> None:
        """Redraws an open modal, named by one of the two. Missing when it was closed."""
        name = {"view_id": view_id} if view_id else {"external_id": external_id}
        _call(lambda: self._client.views_update(view=dict(view), **name))

    def respond(
        self, response_url: str, text: str, blocks: Sequence[Mapping[str, Any]] = (), *, share: bool = False
    ) -> None:
        """A line through a response_url (5 uses, 30 minutes): private, or for the channel when ``share``. Missing when
        the address is spent."""
        hook = WebhookClient(response_url, timeout=TIMEOUT, retry_handlers=[])
        answer = _guarded(
            lambda: hook.send(
                text=text,
                blocks=[dict(one) for one in blocks] or None,
                response_type="in_channel" if share else "ephemeral",
                replace_original=False,
            )
        )
        if answer.status_code == 429:
            raise RateLimited(_retry_after(answer.headers))
        if answer.status_code >= 500:
            raise Unavailable(f"status {answer.status_code}", part="slack")
        if answer.status_code in (404, 410) or "used_url" in answer.body or "expired_url" in answer.body:
            raise Missing("the response address is spent", part="slack")
        if answer.status_code != 200:
            raise Denied(answer.body[:100] or f"status {answer.status_code}", part="slack")


def payload(message: Message) -> dict[str, Any]:
    """A Message as the Web API takes it: coloured blocks go into one attachment, below the plain ones."""
    found: dict[str, Any] = {"text": message.text}
    if message.color:
        if message.blocks:
            found["blocks"] = [dict(one) for one in message.blocks]
        found["attachments"] = [{"color": message.color, "blocks": [dict(one) for one in message.attached]}]
    elif message.blocks or message.attached:
        found["blocks"] = [dict(one) for one in (*message.blocks, *message.attached)]
    return found


def _call(send: Callable[[], SlackResponse]) -> SlackResponse:
    try:
        return _guarded(send)
    except SlackApiError as error:
        raise _translated(error.response) from None


def _guarded(send: Callable[[], T]) -> T:
    """No answer, half an answer and one that cannot be read (on which slack_sdk itself may trip) are all the same:
    delivery unknown."""
    try:
        return send()
    except SlackApiError:
        raise
    except (
        URLError,
        OSError,
        http.client.HTTPException,
        SlackClientError,
        ValueError,
        AttributeError,
        TypeError,
    ) as error:
        raise Unavailable(type(error).__name__, part="slack") from None


def _translated(answer: Any) -> RateLimited | BackendError:
    if not isinstance(answer, SlackResponse):
        return Unavailable("an answer that cannot be read", part="slack")
    code = str(answer.get("error") or "")
    if not re.fullmatch(r"[a-z0-9_]*", code):  # slack_sdk's own words about a body that is no JSON
        return Unavailable("an answer that cannot be read", part="slack")
    if answer.status_code == 429 or code in ("ratelimited", "rate_limited"):
        return RateLimited(_retry_after(answer.headers))
    if answer.status_code >= 500 or code in BROKEN:
        return Unavailable(code or f"status {answer.status_code}", part="slack")
    if code in GONE:
        return Missing(code, part="slack")
    return Denied(code or f"status {answer.status_code}", part="slack")


def _retry_after(headers: Mapping[str, Any]) -> timedelta:
    found = {key.lower(): value for key, value in headers.items()}.get("retry-after", "1")
    text = str(found[0] if isinstance(found, list) else found)
    return timedelta(seconds=min(int(text), 300) if text.isdigit() else 1)
