"""*Heal now*, to the end: the plan, the job as a real process, the proof, the trail; and what an old button may do."""

from __future__ import annotations

from .demo import COLLEAGUE, ONCALL, Demo, buttons, until
from .test_buttons import CANARY, COVERAGE, now_says, pressed, text


def test_heal_now_runs_the_job_and_turns_green_only_when_looking_again_shows_the_rows(demo: Demo) -> None:
    card = demo.card(CANARY, *COVERAGE)
    pressed(demo, CANARY, card, "heal:0")
    pressed(demo, CANARY, card, "heal:0", COLLEAGUE)
    first, second = (
        demo.view(ONCALL, "Healed only when this is seen"),
        demo.view(COLLEAGUE, "Healed only when this is seen"),
    )
    assert "nba-phase3-reprocess" in text(first)
    demo.submit(first)
    demo.submit(second, COLLEAGUE)
    done = now_says(demo, CANARY, card["ts"], "Healed", seconds=60)
    assert buttons(done) == {} and "Resolved" in text(done)
    heals = [
        one for one in demo.document("events", "--kind", "heal")["events"] if one["row"]["healing_type"] == "job_rerun"
    ]
    assert [(one["row"]["outcome"], one["row"]["actor"]) for one in heals] == [("healed", ONCALL)]
    assert len(list((demo.home / "executions" / "nba-phase3-reprocess").iterdir())) == 1
    told = until(lambda: demo.whispers("canary-alerts", COLLEAGUE), "the second presser to be told")
    assert any("already running" in one or "done by" in one for one in told)
    demo_check = demo.document("run", "phase3_coverage")
    assert demo_check["reports"][0]["results"][0]["state"] == "PASS"
    old = demo.press(CANARY, card, "heal:0")
    assert not old["ok"] and old["error"] == "no_such_action"  # the button is gone from the message
