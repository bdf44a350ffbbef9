"""One story a button, pressed as a person would in the workspace, over really signed requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .demo import COLLEAGUE, ONCALL, OUTSIDER, Demo, buttons, until

CANARY, NBA = "canary-alerts", "nba-alerts"
COVERAGE = ("Final games missing from analytics",)


def text(card: dict[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False)


def now_says(demo: Demo, channel: str, ts: str, *words: str, seconds: float = 30) -> dict[str, Any]:
    """The same message, once it shows the words."""

    def look() -> dict[str, Any] | None:
        card = next((one for one in demo.messages(channel) if one["ts"] == ts), None)
        return card if card and all(word in text(card) for word in words) else None

    return until(look, f"{words} on the card", seconds)


def pressed(demo: Demo, channel: str, card: dict[str, Any], action: str, person: str = ONCALL) -> None:
    """Presses a button of the card as soon as the card has it: edits are paced, one a second."""

    def offered() -> bool:
        return any(one["ts"] == card["ts"] and action in buttons(one) for one in demo.messages(channel))

    until(offered, f"the button {action} on the card", 20)
    answer = demo.press(channel, card, action, person)
    assert answer["ok"], answer


def presses(demo: Demo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = demo.document("events", "--kind", "press", "--limit", "200")["events"]
    return found


def test_within_a_minute_the_planted_faults_are_cards_in_the_right_channels(demo: Demo) -> None:
    assert demo.card(CANARY, *COVERAGE)
    assert demo.card(CANARY, "Raw player rows out of limits", "7 of 8 final games")
    assert demo.card(NBA, "119 of 136", "Force complete")
    assert demo.card(NBA, "125 of 136")
    assert demo.card(CANARY, "Models without predictions", "1 of 4 enabled models", "lightgbm_v2")
    assert len(demo.cards(CANARY)) == 3 and len(demo.cards(NBA)) == 2
    assert demo.cards("deployment-alerts") == demo.cards("app-error-alerts") == []


def test_the_batch_above_90_percent_heals_by_itself_and_shows_before_and_after(demo: Demo) -> None:
    card = demo.card(NBA, "125 of 136", "Healed")
    assert "is complete: no → yes" in text(card) and "consolidated at: none →" in text(card)
    assert buttons(card) == {}
    events = demo.document("events", "--kind", "heal")["events"]
    mine = [one["row"] for one in events if one["row"]["healing_type"] == "batch_cleanup"]
    assert [(one["outcome"], one["success"], one["actor"]) for one in mine] == [("healed", True, "automatic")]
    assert mine[0]["before_state"]["is_complete"] is False and mine[0]["after_state"]["is_complete"] is True


def test_force_complete_names_the_missing_players_and_works_after_its_modal(demo: Demo) -> None:
    card = demo.card(NBA, "119 of 136")
    assert "Missing players" in text(card) and "12 missing" in text(card)
    pressed(demo, NBA, card, "heal:0")
    view = demo.view(ONCALL, "Force complete", "It starts at once")
    assert demo.submit(view)["ok"]
    done = now_says(demo, NBA, card["ts"], "Healed", "is complete: no → yes")
    assert buttons(done) == {}


def test_rerun_canary_answers_the_presser_with_the_fresh_result(demo: Demo) -> None:
    card = demo.card(CANARY, "Raw player rows out of limits")
    pressed(demo, CANARY, card, "rerun")
    assert "still fails" in demo.whisper(CANARY, ONCALL, "phase2_raw", "still fails")
    now_says(demo, CANARY, card["ts"], "2 times")


def test_acknowledge_says_who(demo: Demo) -> None:
    card = demo.card(CANARY, "Raw player rows out of limits")
    pressed(demo, CANARY, card, "ack", COLLEAGUE)
    shown = now_says(demo, CANARY, card["ts"], "Acknowledged", f"<@{COLLEAGUE}>")
    assert "ack" not in buttons(shown)


@pytest.mark.parametrize("span", ["1h", "4h", "tomorrow", "resolved", "own"])
def test_snooze_says_until_when_by_whom_and_why_and_wake_ends_it(demo: Demo, span: str) -> None:
    card = demo.card(CANARY, "Raw player rows out of limits")
    pressed(demo, CANARY, card, "snooze")
    view = demo.view(ONCALL, "Until tomorrow 09:00")
    own = {"own": "2d"} if span == "own" else {}
    answer = demo.submit(view, span=span, why=f"known since {span}", **own)
    assert answer["ok"], answer
    now_says(demo, CANARY, card["ts"], "Snoozed", f"known since {span}", f"<@{ONCALL}>", "Wake")
    listed = demo.document("snoozes")["snoozes"]
    assert [(one["why"], one["until"] is None) for one in listed] == [(f"known since {span}", span == "resolved")]
    pressed(demo, CANARY, card, "wake")
    until(lambda: demo.document("snoozes")["snoozes"] == [], "the snooze to end")


def test_a_snooze_without_its_own_time_is_an_error_inside_the_modal(demo: Demo) -> None:
    card = demo.card(CANARY, "Raw player rows out of limits")
    pressed(demo, CANARY, card, "snooze")
    view = demo.view(ONCALL, "Until tomorrow 09:00")
    answer = demo.submit(view, span="own", own="soon")
    assert not answer["ok"] and "own" in answer["errors"]
    demo.act("close", person=ONCALL, view_id=view["id"])


def test_an_outsider_is_refused_in_private_and_that_is_kept(demo: Demo) -> None:
    card = demo.card(CANARY, *COVERAGE)
    pressed(demo, CANARY, card, "ack", OUTSIDER)
    assert "nothing was changed" in demo.whisper(CANARY, OUTSIDER, "Only oncall")
    pressed(demo, CANARY, card, "heal:0", OUTSIDER)
    view = demo.view(OUTSIDER, "Only")
    assert view["submit"] is None
    refused = [one for one in presses(demo) if one["actor"] == OUTSIDER]
    assert len(refused) == 2 and all("refused" in one["words"] for one in refused)
    assert "<@U0OUTSIDE>" not in text(demo.card(CANARY, *COVERAGE))


def test_a_job_that_exits_0_and_writes_nothing_is_ineffective(demo: Demo) -> None:
    """The job is declared without effect for this one run; its own word is not believed."""
    path = demo.home / "jobs.json"
    declared = path.read_text()
    jobs = json.loads(declared)
    jobs["nba-phase3-reprocess"].setdefault("env", {})["EFFECT"] = "none"
    path.write_text(json.dumps(jobs))
    card = demo.card(CANARY, *COVERAGE)
    pressed(demo, CANARY, card, "heal:0")
    demo.submit(demo.view(ONCALL, "nba-phase3-reprocess", "Healed only when this is seen"))
    shown = now_says(demo, CANARY, card["ts"], "neffective", seconds=90)
    assert "heal:0" in buttons(shown)
    path.write_text(declared)
    row = next(one["row"] for one in demo.document("events", "--kind", "heal")["events"] if one["alert_id"])
    assert (row["healing_type"], row["outcome"], row["success"]) == ("job_rerun", "ineffective", False)


def test_a_second_attempt_waits_for_its_cooldown_and_the_plan_says_so(demo: Demo) -> None:
    card = demo.card(CANARY, *COVERAGE)
    pressed(demo, CANARY, card, "heal:0")
    view = demo.view(ONCALL, "again from")
    assert view["submit"] is None
    demo.act("close", person=ONCALL, view_id=view["id"])


def test_every_press_is_in_the_trail_and_none_is_counted_as_a_heal(demo: Demo) -> None:
    kinds = {one["words"].split(":")[0] for one in presses(demo)}
    wanted = {"action heal", "view heal", "action rerun", "action ack", "action snooze", "view snooze", "action wake"}
    assert wanted <= kinds
    patterns = demo.document("patterns")
    assert patterns["total"] == len(demo.document("events", "--kind", "heal")["events"]) == 3
