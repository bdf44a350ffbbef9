"""The kill switch as people see it: every open card that offers a heal says so, until healing goes on."""

from __future__ import annotations

import json

from .demo import ONCALL, OUTSIDER, Demo, until

CANARY, CARD, PAUSED = "canary-alerts", "Final games missing from analytics", "Healing is paused"


def shows(demo: Demo, wanted: bool) -> None:
    until(lambda: (PAUSED in json.dumps(demo.card(CANARY, CARD))) is wanted, f"a card that says paused: {wanted}", 30)


def test_cards_say_that_healing_is_paused_and_that_it_goes_on(demo: Demo) -> None:
    shows(demo, False)
    demo.say("/resilience pause healing the league rewrites its feed", channel=CANARY)
    demo.whisper(CANARY, ONCALL, PAUSED)
    shows(demo, True)
    refused = demo.document("heal", "phase3_coverage")
    assert "the league rewrites its feed" in refused["refused"]
    demo.say("/resilience resume healing", channel=CANARY)
    shows(demo, False)
    kinds = [one["words"] for one in demo.document("events", "--kind", "switch")["events"]]
    assert kinds == ["resumed healing", "paused healing: the league rewrites its feed"]


def test_an_outsider_cannot_turn_it(demo: Demo) -> None:
    demo.say("/resilience pause healing because", person=OUTSIDER, channel=CANARY)
    demo.whisper(CANARY, OUTSIDER, "Only oncall may pause healing")
    shows(demo, False)
