"""Logs are JSON lines without secrets, wherever those stand."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.logs import start_logs

TOKEN, SIGNING = "xoxb-12-34-abcdef", "5e1dea0ff0"
URL = "https://hooks.slack.com/actions/T1/22/abcDEF"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    start_logs([SIGNING, ""], stream=stream)
    yield stream
    root.handlers = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_secrets_go_by_value_key_and_shape(out: io.StringIO) -> None:
    structlog.get_logger().info(
        f"odd {SIGNING}",
        token="abc",
        trigger_id="1.2.3",
        said=f"to {URL}?x=1 with {TOKEN}",
        deep={"response_url": "u", "list": [f"{SIGNING}!"], "n": 3},
        thing=ValueError(TOKEN),
    )
    text = out.getvalue()
    for secret in (SIGNING, TOKEN, "abcDEF", '"abc"', "1.2.3"):
        assert secret not in text
    (line,) = lines(out)
    assert line["event"] == "odd ***" and line["level"] == "info" and line["deep"]["n"] == 3


def test_tracebacks_are_redacted(out: io.StringIO) -> None:
    try:
        raise RuntimeError(f"call to {URL} with {SIGNING}")
    except RuntimeError:
        structlog.get_logger().exception("lane.failed")
        logging.getLogger("other").exception("from %s", TOKEN)
    assert len(lines(out)) == 2
    for secret in (SIGNING, TOKEN, "abcDEF"):
        assert secret not in out.getvalue()


def test_low_levels_of_others_stay_out(out: io.StringIO) -> None:
    logging.getLogger("aiohttp.access").info("GET /")
    structlog.get_logger().debug("fine detail")
    assert out.getvalue() == ""
