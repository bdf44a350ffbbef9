"""Channels and messages outlast the workspace; a torn line is dropped, a damaged file is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace import Workspace
from tests.workspace.cards import card
from tests.workspace.conftest import Make


def test_restart(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "home" / "workspace.jsonl"
    first = make(journal=path)
    ts = first.post(**card())["ts"]
    gone = first.post(text="gone")["ts"]
    first.client.chat_update(channel=first.channel(), ts=ts, text="healed", blocks=[], attachments=[])
    first.post(text="reply", thread_ts=ts)
    first.client.chat_delete(channel=first.channel(), ts=gone)
    first.client.chat_postMessage(channel="U0ONCALL", text="direct")
    first.client.chat_postEphemeral(channel=first.channel(), user="U0ONCALL", text="psst")
    other = first.act("channels", name="other", bot=False, archived=True)["channel"]
    second = make(journal=path)
    assert [one["text"] for one in second.sees("U0ONCALL")] == ["healed", "reply"]
    direct = second.client.conversations_open(users="U0ONCALL")["channel"]["id"]
    assert [one["text"] for one in second.sees("U0ONCALL", direct)] == ["direct"]
    assert second.client.conversations_info(channel=other)["channel"]["is_archived"]
    assert second.client.chat_update(channel=second.channel(), ts=ts, text="still mine")["ok"]
    assert second.post(text="new")["ts"] > ts


def test_each_line_is_there_before_the_answer(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "workspace.jsonl"
    ws = make(journal=path)
    for i in range(20):
        ts = ws.post(text=str(i))["ts"]
        assert json.loads(path.read_text().splitlines()[-1])["message"]["ts"] == ts


def test_a_torn_last_line_is_dropped(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "workspace.jsonl"
    make(journal=path).post(text="whole")
    with path.open("a") as out:
        out.write('{"op": "post", "chan')
    assert [one["text"] for one in make(journal=path).sees("U0ONCALL")] == ["whole"]


def test_a_damaged_journal_is_said(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "workspace.jsonl"
    ws = make(journal=path)
    ws.post(text="whole")
    whole = path.read_text()
    for wrong in ("rubbish", '{"op": "post"}', "[]"):
        path.write_text(f"{wrong}\n{whole}")
        with pytest.raises(ValueError, match=r"workspace\.jsonl, line 1: damaged"):
            Workspace(ws.setup, journal=path)
        assert path.read_text().startswith(wrong)


def test_a_disk_that_takes_nothing(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "workspace.jsonl"
    ws = make(journal=path)
    path.unlink()
    path.mkdir()
    with pytest.raises(SlackApiError) as error:
        ws.post(text="lost")
    assert error.value.response["error"] == "fatal_error"
