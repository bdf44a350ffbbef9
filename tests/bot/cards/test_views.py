"""Modals, and the snooze form's answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import views
from bot.cards.notices import loading, notice
from bot.cards.refs import Ref, decode
from bot.workspace.blockkit import view_problems
from schemas.errors import UsageError
from schemas.heals import Plan, Risk

from .made import ALERT, FINDING, NOW, RERUN, ZONE

REF = Ref(ALERT.id, 1)
PLAN = Plan("Run nba-phase3-reprocess", ("run the job for 2026-11-22",), "both games have rows", Risk.CONFIRM)


def test_every_view_is_one_that_slack_takes_and_carries_its_reference() -> None:
    made = [
        views.heal_plan(REF, PLAN, RERUN, "2 games are missing now"),
        views.snooze(REF, ALERT, ZONE, NOW),
    ]
    for view in made:
        assert view_problems(view) == []
        assert decode(view["private_metadata"]) == REF
    assert [view["callback_id"] for view in made] == ["heal", "snooze"]
    assert [view.get("submit", {}).get("text") for view in made] == [RERUN.label, "Snooze"]
    assert [one["block_id"] for one in made[1]["blocks"] if one["type"] == "input"] == ["span", "own", "why"]


def test_a_high_risk_says_that_a_second_person_is_needed() -> None:
    assert "second person" in str(views.heal_plan(REF, replace(PLAN, risk=Risk.HIGH), RERUN))
    assert "second person" not in str(views.heal_plan(REF, PLAN, RERUN))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=4000), st.lists(st.text(max_size=2000), max_size=30))
def test_hostile_words_make_no_invalid_view(text: str, steps: list[str]) -> None:
    remedy = replace(RERUN, label=text, target=text)
    plan = replace(PLAN, title=text, steps=tuple(steps), verified_by=text)
    alert = replace(ALERT, finding=replace(FINDING, title=text))
    for view in (
        views.heal_plan(REF, plan, remedy, text),
        loading(text),
        notice(text, text),
        views.snooze(REF, alert, ZONE, NOW),
    ):
        assert view_problems(view) == []


def parsed(now: datetime = NOW, **values: str) -> tuple[datetime | None, str]:
    assert views.snooze_errors(values, ZONE, now) == {}
    return views.parse_snooze(values, ZONE, now)


def test_each_span() -> None:
    assert parsed(span="1h") == (NOW + timedelta(hours=1), "")
    assert parsed(span="4h", why=" a\nb ") == (NOW + timedelta(hours=4), "a b")
    assert parsed(span="resolved") == (None, "")
    assert parsed(span="tomorrow")[0] == datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert parsed(span="own", own="90m")[0] == NOW + timedelta(minutes=90)
    assert parsed(span="own", own="17:30")[0] == datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert parsed(span="own", own="16:00")[0] == datetime(2026, 11, 24, 21, tzinfo=UTC)
    assert parsed(span="own", own="2026-12-01 09:00")[0] == datetime(2026, 12, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-03-08T04:30+00:00", "2026-03-08T13:00+00:00"),  # the evening before the clocks go forward
        ("2026-03-08T12:00+00:00", "2026-03-09T13:00+00:00"),
        ("2026-11-01T03:30+00:00", "2026-11-01T14:00+00:00"),  # the evening before they go back
        ("2026-11-01T05:30+00:00", "2026-11-02T14:00+00:00"),  # inside the hour that comes twice
        ("2026-11-24T01:30+00:00", "2026-11-24T14:00+00:00"),  # already tomorrow in UTC, not in the zone
    ],
)
def test_tomorrow_morning_by_the_wall_clock(now: str, morning: str) -> None:
    assert views.tomorrow_morning(ZONE, datetime.fromisoformat(now)) == datetime.fromisoformat(morning)


@pytest.mark.parametrize(
    ("values", "block"),
    [
        ({}, "span"),
        ({"span": "2h"}, "span"),
        ({"span": "1h", "own": "3h"}, "span"),
        ({"span": "own"}, "own"),
        ({"span": "own", "own": "soon"}, "own"),
        ({"span": "own", "own": "-1h"}, "own"),
        ({"span": "own", "own": "25:00"}, "own"),
        ({"span": "own", "own": "2026-11-23 09:00"}, "own"),
        ({"span": "own", "own": "2027-11-23 09:00"}, "own"),
        ({"span": "own", "own": "9999-12-31 23:59"}, "own"),
        ({"span": "own", "own": "0001-01-01 00:00"}, "own"),
        ({"span": "own", "own": "100d"}, "own"),
    ],
)
def test_a_wrong_form_says_which_input(values: dict[str, str], block: str) -> None:
    assert list(views.snooze_errors(values, ZONE, NOW)) == [block]
    with pytest.raises(UsageError):
        views.parse_snooze(values, ZONE, NOW)


@given(st.text(max_size=60))
def test_any_own_time_is_a_time_or_an_error(own: str) -> None:
    values = {"span": "own", "own": own}
    if not views.snooze_errors(values, ZONE, NOW):
        until, _ = views.parse_snooze(values, ZONE, NOW)
        assert until is not None and NOW < until <= NOW + views.LONGEST
