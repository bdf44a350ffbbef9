"""What reaches Bolt: nothing unsigned, forged, old, oversized or broken, and never a trace for the sender."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.guard import BODY_LIMIT, Guard, Verdict
from control_plane.backends.clock import FixedClock

from .kit import SECRET, action, command, send, signed
from .rigs import Rig, rig

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BODY = command("status", "t1")


@pytest.fixture(scope="module")
def door() -> Iterator[Rig]:
    with rig() as built:
        yield built


def judge(headers: dict[str, str], body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,)) -> Verdict:
    return Guard(secrets, FixedClock(NOW)).check(headers, body)


def at(seconds: float) -> str:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp()))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_pass(seconds: int) -> None:
    assert judge(signed(BODY, stamp=at(seconds))) is Verdict.PASS


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_second_more_is_old(seconds: int) -> None:
    assert judge(signed(BODY, stamp=at(seconds))) is Verdict.OLD


def test_both_secrets_hold_while_one_is_rotated() -> None:
    for secret in ("old-secret", "new-secret"):
        assert judge(signed(BODY, secret=secret, stamp=at(0)), secrets=("old-secret", "new-secret")) is Verdict.PASS
    assert judge(signed(BODY, secret="other", stamp=at(0)), secrets=("old-secret", "new-secret")) is Verdict.FORGED


def test_an_empty_secret_is_no_secret() -> None:
    with pytest.raises(ValueError, match="signing secret"):
        Guard(("",), FixedClock(NOW))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"X-Slack-Signature": ""}, Verdict.UNSIGNED),
        ({"X-Slack-Request-Timestamp": ""}, Verdict.UNSIGNED),
        ({"X-Slack-Request-Timestamp": "soon"}, Verdict.MALFORMED),
        ({"X-Slack-Request-Timestamp": "1.5"}, Verdict.MALFORMED),
        ({"X-Slack-Request-Timestamp": "-5"}, Verdict.MALFORMED),
        ({"X-Slack-Request-Timestamp": "٣٣٣"}, Verdict.MALFORMED),
        ({"X-Slack-Request-Timestamp": "9" * 4000}, Verdict.MALFORMED),
        ({"X-Slack-Signature": "v0=é" + "0" * 63}, Verdict.MALFORMED),
        ({"X-Slack-Signature": "v1=" + "0" * 64}, Verdict.MALFORMED),
        ({"X-Slack-Signature": "v0=" + "0" * 64}, Verdict.FORGED),
        ({"X-Slack-Signature": "v0=0"}, Verdict.MALFORMED),
    ],
)
def test_headers_that_are_refused(change: dict[str, str], verdict: Verdict) -> None:
    assert judge({**signed(BODY, stamp=at(0)), **change}) is verdict


def test_another_body_is_forged() -> None:
    assert judge(signed(BODY, stamp=at(0)), BODY + b"&text=heal") is Verdict.FORGED


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, BODY, 401),
        (signed(BODY, secret="guessed"), BODY, 401),
        (signed(BODY, stamp="1"), BODY, 401),
        ({**signed(BODY), "X-Slack-Signature": "v0=\xe9"}, BODY, 401),
        ({**signed(BODY), "X-Slack-Request-Timestamp": "now"}, BODY, 401),
        (signed(b"\xff\xfe"), b"\xff\xfe", 400),
        (signed(b"payload=%7Bbroken"), b"payload=%7Bbroken", 400),
        (signed(b"payload=%5B1%5D"), b"payload=%5B1%5D", 400),
        ({**signed(b"[1]"), "Content-Type": "application/json"}, b"[1]", 400),
        (signed(b"a" * (BODY_LIMIT + 1)), b"a" * (BODY_LIMIT + 1), 413),
    ],
)
def test_over_the_wire(door: Rig, headers: dict[str, str], body: bytes, status: int) -> None:
    got = send(door.port, body, headers)
    assert got.status == status
    assert "Traceback" not in got.text and len(got.text) < 100
    assert door.presses() == []


def test_a_long_body_in_chunks_is_refused_too(door: Rig) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    connection.request("POST", "/slack/events", iter([b"a" * 65536] * 9), signed(b""), encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_deeply_nested_json_is_broken_not_a_crash(door: Rig) -> None:
    body = b"payload=" + b"%5B" * 100_000
    assert send(door.port, body, signed(body)).status == 400


def test_refusals_are_counted(door: Rig) -> None:
    before = door.door.guard.counts[Verdict.FORGED]
    send(door.port, BODY, signed(BODY, secret="guessed"))
    assert door.door.guard.counts[Verdict.FORGED] == before + 1


@pytest.mark.parametrize("kind", ["view_closed", "block_suggestion", "message_action", "workflow_step_edit"])
def test_signed_but_not_ours_changes_nothing(door: Rig, kind: str) -> None:
    import json
    from urllib.parse import urlencode

    body = urlencode({"payload": json.dumps({"type": kind, "user": {"id": "U1"}})}).encode()
    assert send(door.port, body, signed(body)).status in (200, 404)
    assert door.presses() == []


def test_a_signed_action_without_its_parts_changes_nothing(door: Rig) -> None:
    body = action("heal", "").replace(b"U0ONCALL", b"")
    assert send(door.port, body, signed(body)).status == 200
    assert door.presses() == []
