from __future__ import annotations

from bot.cards.heal_words import changes


def test_each_figure_that_changed_has_its_line() -> None:
    words = changes({"completed": 125, "complete": False, "expected": 136}, {"completed": 136, "complete": True})
    assert words == "completed: 125 → 136\ncomplete: no → yes\nexpected: 136 → none"


def test_metrics_are_told_by_number_not_counted() -> None:
    before = {"state": "FAIL", "metrics": {"final games not processed": 2.0, "rows": 160}}
    after = {"state": "PASS", "metrics": {"final games not processed": 0.0, "rows": 160}}
    assert changes(before, after) == "state: FAIL → PASS\nfinal games not processed: 2 → 0"


def test_nothing_changed_is_said() -> None:
    assert changes({"state": "FAIL"}, {"state": "FAIL"}) == "before and after are the same"
    assert changes({"state": "FAIL"}, {}) == ""
