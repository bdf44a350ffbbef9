"""A press from the wire to its answer: noted before the acknowledgement, done once, told always."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import Denied, Unavailable
from schemas.ports import Create
from schemas.trail import TrailKind, TrailRecord

from .kit import action, command, send, signed, submission, wait_for
from .rigs import Rig, rig


@pytest.fixture
def on() -> Iterator[Rig]:
    with rig() as built:
        yield built


@pytest.fixture
def still() -> Iterator[Rig]:
    """Without a lane: what is noted stays noted."""
    with rig(lane=False) as built:
        yield built


def press(to: Rig, body: bytes) -> tuple[int, str]:
    got = send(to.port, body, signed(body))
    return got.status, got.text


def trail(of: Rig) -> list[TrailRecord]:
    now = datetime.now(UTC)
    return of.audit.events(now - timedelta(hours=1), now + timedelta(hours=1))


def test_noted_before_the_acknowledgement(still: Rig) -> None:
    assert press(still, action("heal:2", "t1", value="ref")) == (200, "")
    (doc,) = still.presses()
    assert doc.value["state"] == "noted" and doc.value["person"] == "U0ONCALL"
    noted = doc.value["press"]
    assert (noted["kind"], noted["name"], noted["value"], noted["channel"], noted["ts"]) == (
        "action",
        "heal",
        "ref",
        "C1",
        "1.2",
    )
    assert still.ran == []


def test_an_action_is_done_answered_and_in_the_trail(on: Rig) -> None:
    press(on, action("heal", "t1", url=on.slack.url))
    (said,) = wait_for(lambda: on.slack.of("respond"))
    assert said["text"] == "did heal" and said["response_type"] == "ephemeral" and said["replace_original"] is False
    (record,) = trail(on)
    assert (record.kind, record.actor, record.alert_id, record.heal_id) == (TrailKind.PRESS, "U0ONCALL", "a1", "h1")
    assert record.words == "action heal: done"


def test_the_secrets_of_a_press_are_forgotten_once_it_is_done(on: Rig) -> None:
    press(on, action("heal", "trigger-7", url=on.slack.url))
    wait_for(lambda: on.slack.of("respond"))
    (doc,) = on.presses()
    assert doc.value["state"] == "done" and "trigger-7" not in str(doc.value) and on.slack.url not in str(doc.value)


def test_the_same_signed_request_again_is_200_and_nothing_twice(on: Rig) -> None:
    body = action("heal", "t1", url=on.slack.url)
    headers = signed(body)
    assert send(on.port, body, headers).status == 200
    wait_for(lambda: on.slack.of("respond"))
    assert send(on.port, body, headers).status == 200
    press(on, command("status", "t2", on.slack.url))  # behind it in the queue
    wait_for(lambda: len(on.slack.of("respond")) == 2)
    assert [one.kind for one in on.ran] == ["action", "word"] and len(on.presses()) == 2


def test_a_word_and_its_ways_to_fail(on: Rig) -> None:
    for text, outcome, words in [
        ("status", "done", "did resilience"),
        ("misspelt", "usage", "there is no word misspelt; say help"),
        ("forbidden", "refused", "only oncall may do that"),
        ("down", "failed", "warehouse: no answer"),
        ("crash", "failed", "Something failed on our side; quote p"),
    ]:
        before = len(on.slack.of("respond"))
        assert press(on, command(text, f"t-{text}", on.slack.url)) == (200, "")
        said = wait_for(lambda: on.slack.of("respond")[before:])[-1]  # noqa: B023
        assert words in said["text"] and "secret detail" not in said["text"]
        assert trail(on)[0].words == f"/resilience {text}: {outcome}"


def test_shared_words_go_to_the_channel(on: Rig) -> None:
    press(on, command("share", "t1", on.slack.url))
    (said,) = wait_for(lambda: on.slack.of("respond"))
    assert said["response_type"] == "in_channel"


def test_without_a_response_url_the_answer_is_an_ephemeral_line(on: Rig) -> None:
    press(on, action("heal", "t1"))
    (said,) = wait_for(lambda: on.slack.of("chat.postEphemeral"))
    assert said["channel"] == "C1" and said["user"] == "U0ONCALL" and said["text"] == "did heal"


def test_a_spent_response_url_is_replaced(on: Rig) -> None:
    on.slack.next["respond"] = (404, "used_url", {})
    press(on, action("heal", "t1", url=on.slack.url))
    assert wait_for(lambda: on.slack.of("chat.postEphemeral"))[0]["text"] == "did heal"


def test_an_unknown_button_is_stale_and_said_so(on: Rig) -> None:
    press(on, action("gone:1", "t1", url=on.slack.url))
    assert "another version" in wait_for(lambda: on.slack.of("respond"))[0]["text"]
    assert on.outcomes() == ["stale"] and on.ran == []


def test_a_light_view_opens_at_once_and_is_filled(on: Rig) -> None:
    press(on, action("force:9", "t1", url=on.slack.url, value="ref-9"))
    wait_for(lambda: on.slack.of("views.update"))
    opened, filled = on.slack.of("views.open")[0], on.slack.of("views.update")[0]
    assert opened["trigger_id"] == "t1" and filled["view_id"] == "V77"
    assert [name for name, _ in on.slack.calls] == ["views.open", "views.update"]


def test_a_view_that_cannot_open_is_told_and_not_filled(on: Rig) -> None:
    on.slack.next["views.open"] = (200, {"ok": False, "error": "expired_trigger_id"}, {})
    press(on, action("force", "t1", url=on.slack.url))
    assert "could not be opened" in wait_for(lambda: on.slack.of("respond"))[0]["text"]
    wait_for(lambda: on.outcomes() == ["done"])
    assert on.slack.of("views.update") == []


def test_a_replayed_opening_opens_once(on: Rig) -> None:
    for _ in range(3):
        press(on, action("force", "t1", url=on.slack.url))
    wait_for(lambda: on.slack.of("views.update"))
    assert len(on.slack.of("views.open")) == 1


def test_a_submission_is_checked_in_the_acknowledgement(still: Rig) -> None:
    status, text = press(still, submission("force", "t1", ""))
    assert status == 200 and '"errors": {"reason": "Say why"}' in text
    assert still.presses() == []


def test_a_good_submission_is_noted_and_done(on: Rig) -> None:
    assert press(on, submission("force", "t1", "because", '{"channel": "C5", "ts": "5.5"}')) == (200, "")
    wait_for(lambda: on.slack.of("chat.postEphemeral"))
    (ran,) = on.ran
    assert (ran.kind, ran.name, ran.channel, ran.ts, ran.values) == (
        "view",
        "force",
        "C5",
        "5.5",
        {"reason": "because"},
    )


def test_a_submission_of_an_unknown_or_broken_view_is_said_in_the_view(still: Rig) -> None:
    for body, words in [
        (submission("old", "t1", "x"), "another version"),
        (submission("force", "t2", "explode"), "Something failed on our side; quote p"),
    ]:
        status, text = press(still, body)
        assert status == 200 and '"response_action": "update"' in text and words in text and "secret" not in text
    assert still.presses() == []


def test_a_slow_store_is_said_to_be_unconfirmed_and_the_press_still_counts(on: Rig) -> None:
    on.store.go.clear()
    status, text = press(on, command("status", "t1", on.slack.url))
    assert status == 200 and "Not confirmed" in text
    assert press(on, action("heal", "t2", url=on.slack.url)) == (200, "")
    assert "Not confirmed" in wait_for(lambda: on.slack.of("respond"))[0]["text"]
    status, text = press(on, submission("force", "t3", "because"))
    assert status == 200 and '"response_action": "update"' in text and "Not confirmed" in text
    assert on.ran == []
    on.store.go.set()
    wait_for(lambda: on.outcomes() == ["done"] * 3)
    assert sorted(one.kind for one in on.ran) == ["action", "view", "word"]


def test_a_store_that_does_not_answer_is_unconfirmed_one_that_refuses_is_not_done(still: Rig) -> None:
    still.store.fail = Unavailable("locked", part="store")
    assert "Not confirmed" in press(still, command("status", "t1"))[1]
    still.store.fail = Denied("disk full", part="store")
    status, text = press(still, command("status", "t2"))
    assert status == 200 and "nothing was done" in text and "disk" not in text
    assert still.presses() == []


def test_an_unconfirmed_opening_never_opens(on: Rig) -> None:
    on.store.go.clear()
    press(on, action("force", "t1", url=on.slack.url))
    on.store.go.set()
    wait_for(lambda: on.outcomes() == ["done"])
    assert on.slack.of("views.open") == [] and on.slack.of("views.update") == []


def test_presses_come_in_hundreds_and_none_is_lost(still: Rig) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: press(still, action("heal", f"t{n % 150}")), range(300)))
    assert set(answers) == {(200, "")}
    assert len(still.presses()) == 150


def test_health_is_live(on: Rig) -> None:
    got = send(on.port, b"", {}, "GET", "/healthz")
    assert got.status == 200 and got.json()["status"] == "ok"


def test_a_command_of_another_name_is_not_ours(still: Rig) -> None:
    assert press(still, command("status", "t1", name="/other"))[0] == 404
    assert still.presses() == []


def test_a_press_noted_by_a_process_that_died_is_answered_by_the_next(still: Rig) -> None:
    press(still, action("heal", "t1", url=still.slack.url))
    (doc,) = still.presses()
    still.store.commit((Create("presses", "other", {**doc.value, "press": {**doc.value["press"], "id": "other"}}),))
    now = datetime.now(UTC)
    assert still.desk.step(now) and still.desk.step(now) and not still.desk.step(now)
    assert len(still.ran) == 2
