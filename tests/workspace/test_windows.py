"""Windows: what a submission carries, what the acknowledgement may do, what closing tells."""

from __future__ import annotations

from typing import Any

from bot.workspace import Limits
from tests.workspace.cards import loading, mrkdwn, option, plain, window
from tests.workspace.conftest import Make, Running

Json = dict[str, Any]
FILLED: Json = {"reason": {"reason": "six players retired"}, "risk": {"risk": "low"}}


def opened(ws: Running, view: Json | None = None, person: str = "U0ONCALL") -> Json:
    trigger = ws.workspace.core.triggers.mint(person)
    made: Json = ws.client.views_open(trigger_id=trigger, view=view or window())["view"]
    return made


def stack(ws: Running, person: str = "U0ONCALL") -> list[str]:
    return [one["title"]["text"] for one in ws.workspace.core.views.get(person, [])]


def submit(ws: Running, view: Json, values: Json | None = None, person: str = "U0ONCALL") -> Json:
    return ws.act("submit", person=person, view_id=view["id"], values=FILLED if values is None else values)


def test_a_submission_as_slack_sends_it(ws: Running) -> None:
    view = opened(ws)
    given = {**FILLED, "tell": {"tell": ["low", "high"]}, "until": {"until": 1_790_000_000}, "count": {"count": "3"}}
    assert submit(ws, view, given) == {"ok": True, "error": "", "shown": "", "errors": {}}
    got = ws.bot.wait(1)[0]
    assert got["type"] == "view_submission" and got["view"]["id"] == view["id"] and got["view"]["hash"] == view["hash"]
    assert got["view"]["callback_id"] == "force_complete" and got["view"]["private_metadata"] == "alert-1"
    values = got["view"]["state"]["values"]
    assert values["reason"]["reason"] == {"type": "plain_text_input", "value": "six players retired"}
    assert values["risk"]["risk"]["selected_option"]["value"] == "low"
    assert [one["value"] for one in values["tell"]["tell"]["selected_options"]] == ["low", "high"]
    assert values["until"]["until"]["selected_date_time"] == 1_790_000_000
    assert values["day"]["day"] == {"type": "datepicker", "selected_date": None}
    assert values["kind"]["kind"] == {"type": "radio_buttons", "selected_option": None}
    assert stack(ws) == []


def test_what_slack_itself_does_not_let_through(ws: Running) -> None:
    view = opened(ws)
    answer = submit(ws, view, {"reason": {"reason": ""}, "count": {"count": "1.5"}})
    assert answer["errors"] == {
        "reason": "Please complete this required field.",
        "risk": "Please complete this required field.",
        "count": "Please enter a whole number.",
    }
    assert ws.bot.heard == [] and stack(ws) == ["Force complete"]


def test_errors_keep_the_window_open(ws: Running) -> None:
    ws.bot.answer = lambda payload: {"response_action": "errors", "errors": {"reason": "Say more."}}
    view = opened(ws)
    assert submit(ws, view)["errors"] == {"reason": "Say more."}
    assert stack(ws) == ["Force complete"]
    ws.bot.answer = lambda payload: {"response_action": "errors", "errors": {"elsewhere": "?"}}
    assert submit(ws, view)["shown"] == "We had some trouble connecting. Try again?"


def test_update_push_clear(ws: Running) -> None:
    view = opened(ws)
    other = {**window(), "title": plain("Second")}
    ws.bot.answer = lambda payload: {"response_action": "push", "view": other}
    submit(ws, view)
    assert stack(ws) == ["Force complete", "Second"]
    top = ws.workspace.core.views["U0ONCALL"][-1]
    assert top["previous_view_id"] == view["id"] == top["root_view_id"]
    ws.bot.answer = lambda payload: {"response_action": "update", "view": {**window(), "title": plain("Third")}}
    submit(ws, top)
    assert stack(ws) == ["Force complete", "Third"]
    ws.bot.answer = lambda payload: {"response_action": "update", "view": {**window(), "title": plain("x" * 25)}}
    assert submit(ws, top)["error"] == "invalid_arguments"
    ws.bot.answer = lambda payload: {"response_action": "clear"}
    submit(ws, top)
    assert stack(ws) == []


def test_an_empty_ack_closes_one_window(ws: Running) -> None:
    view = opened(ws)
    trigger = ws.workspace.core.triggers.mint("U0ONCALL")
    top: Json = ws.client.views_push(trigger_id=trigger, view=window())["view"]
    submit(ws, top)
    assert [one["id"] for one in ws.workspace.core.views["U0ONCALL"]] == [view["id"]]


def test_an_app_may_update_a_window_while_it_is_submitted(ws: Running) -> None:
    view = opened(ws)

    def answer(payload: Json) -> None:
        ws.client.views_update(view_id=view["id"], view=loading())

    ws.bot.answer = answer
    assert submit(ws, view)["ok"] and stack(ws) == []


def test_a_late_ack_keeps_what_was_typed(make: Make) -> None:
    ws = make(limits=Limits(ack_seconds=0.3))
    ws.bot.answer = lambda payload: "late"
    answer = submit(ws, opened(ws))
    assert (answer["error"], answer["shown"]) == ("operation_timeout", "We had some trouble connecting. Try again?")
    assert stack(ws) == ["Force complete"]


def test_closing_is_told_when_asked(ws: Running) -> None:
    view = opened(ws)
    assert ws.act("close", person="U0COLLEAGUE", view_id=view["id"])["error"] == "not_found"
    ws.act("close", person="U0ONCALL", view_id=view["id"])
    got = ws.bot.wait(1)[0]
    assert got["type"] == "view_closed" and got["is_cleared"] is False and got["view"]["id"] == view["id"]
    quiet = opened(ws, loading())
    ws.act("close", person="U0ONCALL", view_id=quiet["id"])
    assert len(ws.bot.heard) == 1 and stack(ws) == []


def test_choices_inside_a_window(ws: Running) -> None:
    chooser = {"type": "static_select", "action_id": "pick", "options": [option("a"), option("b")]}
    asking = window()
    asking["blocks"] += [
        {"type": "section", "block_id": "s", "text": mrkdwn("Which?"), "accessory": chooser},
        {
            "type": "input",
            "block_id": "live",
            "label": plain("Live"),
            "optional": True,
            "dispatch_action": True,
            "element": {"type": "plain_text_input", "action_id": "live"},
        },
    ]
    view = opened(ws, asking)
    me = {"person": "U0ONCALL", "view_id": view["id"]}
    ws.act("choose", **me, action_id="reason", value="quiet while typing")
    ws.act("choose", **me, action_id="pick", value="b", values={"reason": {"reason": "so far"}})
    ws.act("choose", **me, action_id="live", value="now")
    first, second = ws.bot.wait(2)
    assert first["container"] == {"type": "view", "view_id": view["id"]} and "message" not in first
    assert first["actions"][0]["selected_option"]["value"] == "b"
    assert first["view"]["state"]["values"]["reason"]["reason"]["value"] == "so far"
    assert second["actions"][0]["value"] == "now"
