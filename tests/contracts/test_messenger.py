"""What every Messenger promises, on Slack's real wire format. Another plug joins as one more entry of MESSENGERS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.messenger import SlackMessenger
from bot.workspace import Limits
from schemas.errors import Denied, Missing, Unavailable
from schemas.ports import Message, Messenger, RateLimited
from tests.workspace.conftest import MANIFEST, PLENTY, TOKEN, Running

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "six of eight"}}


@dataclass
class Rig:
    messenger: Messenger
    sees: Callable[[str], list[dict[str, Any]]]


def on_the_workspace(limits: Limits) -> Iterator[Rig]:
    running = Running(MANIFEST, limits, None)
    yield Rig(SlackMessenger(TOKEN, f"{running.url}/api/"), running.sees)
    running.stop()


MESSENGERS: Mapping[str, Callable[[Limits], Iterator[Rig]]] = {"workspace": on_the_workspace}


@pytest.fixture(params=MESSENGERS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from MESSENGERS[request.param](PLENTY)


@pytest.fixture(params=MESSENGERS)
def slow(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from MESSENGERS[request.param](Limits(burst=2))


def test_a_post_to_a_named_channel_gives_the_ids_that_an_edit_takes(rig: Rig) -> None:
    posted = rig.messenger.post("#alerts", Message("a card", (SECTION,), "a30200", (SECTION,)))
    rig.messenger.edit(posted.channel, posted.ts, Message("healed"))
    (seen,) = rig.sees("U0ONCALL")
    assert (seen["ts"], seen["text"]) == (posted.ts, "healed")
    assert not seen.get("blocks") and not seen.get("attachments") and "edited" in seen


def test_a_line_of_the_thread_may_be_broadcast(rig: Rig) -> None:
    root = rig.messenger.post("#alerts", Message("a card"))
    rig.messenger.post(root.channel, Message("quiet"), thread=root.ts)
    rig.messenger.post(root.channel, Message("loud"), thread=root.ts, broadcast=True)
    kinds = {one["text"]: one.get("subtype", "") for one in rig.sees("U0ONCALL") if one["ts"] != root.ts}
    assert kinds == {"quiet": "", "loud": "thread_broadcast"}


def test_a_whisper_is_seen_by_one_person(rig: Rig) -> None:
    rig.messenger.whisper("#alerts", "U0ONCALL", Message("for you"))
    assert [one["text"] for one in rig.sees("U0ONCALL")] == ["for you"] and rig.sees("U0OUTSIDER") == []


def test_what_is_gone_is_missing_and_says_what(rig: Rig) -> None:
    with pytest.raises(Missing, match="channel_not_found"):
        rig.messenger.post("#nowhere", Message("a card"))
    posted = rig.messenger.post("#alerts", Message("a card"))
    with pytest.raises(Missing, match="message_not_found"):
        rig.messenger.edit(posted.channel, "1.000001", Message("a card"))


def test_what_slack_refuses_is_denied_with_its_code(rig: Rig) -> None:
    bad: Mapping[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    with pytest.raises(Denied, match="invalid_blocks"):
        rig.messenger.post("#alerts", Message("a card", (bad,)))
    assert rig.sees("U0ONCALL") == []


def test_too_many_at_once_is_told_with_the_wait(slow: Rig) -> None:
    with pytest.raises(RateLimited) as caught:
        for _ in range(5):
            slow.messenger.post("#alerts", Message("a card"))
    assert timedelta(0) < caught.value.retry_after <= timedelta(seconds=60)
    assert len(slow.sees("U0ONCALL")) == 2


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        SlackMessenger(TOKEN, "http://127.0.0.1:9/api/").post("#alerts", Message("a card"))
