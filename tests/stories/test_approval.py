"""A heal of high risk: one person asks, another lets it happen, and nobody is both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.live_state import SqliteLiveState
from schemas.times import to_text

from .demo import COLLEAGUE, ONCALL, OUTSIDER, Demo, buttons, now
from .test_buttons import NBA, now_says, pressed, text

OLD = "batch_of_the_day_before"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with one batch of a past date: forcing it takes two people (reference pipeline, section 6)."""
    running = Demo(Path(tmp_path_factory.mktemp("approval")) / "home").start()
    begun = now() - timedelta(hours=36)
    batch = {
        "game_date": (now() - timedelta(days=2)).date().isoformat(),
        "expected_players": 120,
        "completed_players": [f"player_{number:03}" for number in range(100)],
        "failed_players": [],
        "is_complete": False,
        "created_at": to_text(begun),
        "updated_at": to_text(begun + timedelta(minutes=9)),
    }
    live = SqliteLiveState(running.home / "live.sqlite", clock=SystemClock())
    live.put("prediction_batches", OLD, batch)
    live.close()
    assert running.shell("run", "stalled_batches").returncode == 0
    yield running
    running.kill()


def is_complete(demo: Demo) -> bool:
    live = SqliteLiveState(demo.home / "live.sqlite", clock=SystemClock())
    doc = live.get("prediction_batches", OLD)
    live.close()
    assert doc is not None
    return bool(doc.value["is_complete"])


def test_a_past_date_is_forced_only_by_two_people(demo: Demo) -> None:
    card = demo.card(NBA, OLD)
    pressed(demo, NBA, card, "heal:0")
    assert demo.submit(demo.view(ONCALL, "A second person must approve"))["ok"]
    asked = now_says(demo, NBA, card["ts"], "Approve")
    assert {"approve", "decline"} <= set(buttons(asked)) and "heal:0" not in buttons(asked)
    pressed(demo, NBA, card, "approve", OUTSIDER)
    demo.whisper(NBA, OUTSIDER, "Only oncall")
    pressed(demo, NBA, card, "approve", ONCALL)
    demo.whisper(NBA, ONCALL, "another person must")
    assert not is_complete(demo)
    pressed(demo, NBA, card, "approve", COLLEAGUE)
    done = now_says(demo, NBA, card["ts"], "Healed", "is complete: no → yes")
    assert is_complete(demo) and buttons(done) == {}
    (row,) = [one["row"] for one in demo.document("events", "--kind", "heal")["events"] if one["row"]["target"] == OLD]
    assert (row["outcome"], row["actor"], row["metadata"]["approver"]) == ("healed", ONCALL, COLLEAGUE)
    assert OLD in text(done)
