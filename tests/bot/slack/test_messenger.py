"""The Messenger over real HTTP: payloads as Slack takes them, errors as the house knows them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.messenger import SlackMessenger, payload
from schemas.errors import BackendError, Denied, Missing, Unavailable
from schemas.ports import Message, Posted, RateLimited

from .kit import TOKEN, StubSlack, stub_slack

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
COLOURED = Message("words", ({"type": "header", "text": {"type": "plain_text", "text": "h"}},), "#a30200", (SECTION,))


@pytest.fixture
def slack() -> Iterator[StubSlack]:
    with stub_slack() as stub:
        yield stub


def test_payloads() -> None:
    assert payload(Message("only words")) == {"text": "only words"}
    assert payload(Message("w", (SECTION,))) == {"text": "w", "blocks": [SECTION]}
    assert payload(Message("w", (), "#fff", (SECTION,))) == {
        "text": "w",
        "attachments": [{"color": "#fff", "blocks": [SECTION]}],
    }


def test_post_says_where_the_message_is(slack: StubSlack) -> None:
    assert SlackMessenger(TOKEN, slack.api).post("#alerts", COLOURED) == Posted("C9", "17.000001")
    ((_, sent),) = slack.calls
    assert sent["channel"] == "#alerts" and sent["text"] == "words"
    assert _json(sent["attachments"])[0]["color"] == "#a30200" and _json(sent["blocks"])[0]["type"] == "header"
    assert not _json(sent["unfurl_links"]) and not _json(sent["unfurl_media"])


def test_threads_and_broadcasts(slack: StubSlack) -> None:
    SlackMessenger(TOKEN, slack.api).post("C9", Message("line"), thread="1.1", broadcast=True)
    ((_, sent),) = slack.calls
    assert sent["thread_ts"] == "1.1" and _json(sent["reply_broadcast"])


def test_an_edit_takes_away_what_the_new_message_lacks(slack: StubSlack) -> None:
    SlackMessenger(TOKEN, slack.api).edit("C9", "1.1", Message("healed"))
    ((method, sent),) = slack.calls
    assert method == "chat.update" and _json(sent["blocks"]) == [] and _json(sent["attachments"]) == []


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (200, {"ok": False, "error": "channel_not_found"}, Missing, "channel_not_found"),
        (200, {"ok": False, "error": "not_in_channel"}, Missing, "not_in_channel"),
        (200, {"ok": False, "error": "is_archived"}, Missing, "is_archived"),
        (200, {"ok": False, "error": "message_not_found"}, Missing, "message_not_found"),
        (200, {"ok": False, "error": "invalid_blocks"}, Denied, "invalid_blocks"),
        (200, {"ok": False, "error": "token_revoked"}, Denied, "token_revoked"),
        (200, {"ok": False, "error": "internal_error"}, Unavailable, "internal_error"),
        (503, {"ok": False, "error": "service_unavailable"}, Unavailable, "service_unavailable"),
        (502, "<html>Bad gateway</html>", Unavailable, "slack"),
        (200, "<html>A proxy's page</html>", Unavailable, "slack"),
        (200, "[1]", Unavailable, "slack"),
    ],
)
def test_errors_are_translated(
    slack: StubSlack, status: int, body: object, error: type[BackendError], words: str
) -> None:
    messenger = SlackMessenger(TOKEN, slack.api)
    for method, call in _calls(messenger).items():
        slack.next[method] = (status, body, {})
        with pytest.raises(BackendError) as caught:
            call()
        assert type(caught.value) is error and words in str(caught.value) and TOKEN not in str(caught.value)


def test_a_limit_says_how_long_to_wait(slack: StubSlack) -> None:
    messenger = SlackMessenger(TOKEN, slack.api)
    for method, call in _calls(messenger).items():
        slack.next[method] = (429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"})
        with pytest.raises(RateLimited) as caught:
            call()
        assert caught.value.retry_after == timedelta(seconds=7)
    assert len(slack.calls) == len(_calls(messenger))  # nothing is sent again behind the caller's back


def test_a_wrong_token_is_denied(slack: StubSlack) -> None:
    with pytest.raises(Denied, match="invalid_auth"):
        SlackMessenger("xoxb-wrong", slack.api).post("C9", Message("x"))


def test_nobody_there_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{unused.getsockname()[1]}/api/"
        with pytest.raises(Unavailable):
            SlackMessenger(TOKEN, api).post("C9", Message("x"))
        with pytest.raises(Unavailable):
            SlackMessenger(TOKEN, api).respond(api, "x")


def test_views(slack: StubSlack) -> None:
    messenger = SlackMessenger(TOKEN, slack.api)
    assert messenger.open_view("t1", {"type": "modal"}) == "V77"
    messenger.update_view({"type": "modal"}, external_id="p1")
    assert slack.of("views.update")[0]["external_id"] == "p1"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(404, "expired_url", Missing), (404, "used_url", Missing), (500, "", Unavailable), (400, "bad", Denied)],
)
def test_respond_translates_too(slack: StubSlack, status: int, body: str, error: type[BackendError]) -> None:
    slack.next["respond"] = (status, body, {})
    with pytest.raises(BackendError) as caught:
        SlackMessenger(TOKEN, slack.api).respond(slack.url, "x")
    assert type(caught.value) is error and "response/" not in str(caught.value)


def _calls(messenger: SlackMessenger) -> dict[str, Callable[[], Any]]:
    return {
        "chat.postMessage": lambda: messenger.post("C9", Message("x")),
        "chat.update": lambda: messenger.edit("C9", "1.1", Message("x")),
        "chat.postEphemeral": lambda: messenger.whisper("C9", "U1", Message("x")),
        "views.open": lambda: messenger.open_view("t", {"type": "modal"}),
        "views.update": lambda: messenger.update_view({"type": "modal"}, view_id="V1"),
    }


def _json(value: Any) -> Any:
    """Form fields carry JSON as text, and truth as 0 and 1 or words."""
    if not isinstance(value, str):
        return value
    return json.loads(value.lower()) if value.lower() in ("true", "false") else json.loads(value)
