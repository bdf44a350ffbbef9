"""Values survive the way to a document and back, whatever is in them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import Alert, HealNote
from schemas.cards import Card
from schemas.codec import dump, load
from schemas.durations import parse_duration, say_duration
from schemas.heals import Heal
from schemas.pipeline import CheckSpec
from schemas.times import from_text, to_text

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))
JSON = st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=5), max_size=3)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(object, st.none() | st.booleans() | st.integers() | st.text(max_size=5))
st.register_type_strategy(timedelta, st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@given(st.one_of(*(st.from_type(one) for one in (Alert, HealNote, Heal, Card))))
def test_a_document_gives_its_value_back(value: Alert | HealNote | Heal | Card) -> None:
    assert load(type(value), json.loads(json.dumps(dump(value)))) == value


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default() -> None:
    card = load(Card, {"alert_id": "a", "channel": "#c", "from_the_future": 1})
    assert card == Card("a", "#c")


def test_a_check_spec_dumps_to_plain_json() -> None:
    json.dumps(dump(CheckSpec("a", "canary_query", "t", "#c", 2)))


@given(MOMENTS, MOMENTS)
def test_the_order_of_texts_is_the_order_of_moments(one: datetime, two: datetime) -> None:
    assert (to_text(one) < to_text(two)) == (one < two)
    assert from_text(to_text(one)) == one


@given(st.integers(1, 3650 * 1440))
def test_a_duration_in_minutes_is_read_as_it_was_meant(minutes: int) -> None:
    assert parse_duration(f"{minutes}m") == timedelta(minutes=minutes)
    assert say_duration(timedelta(minutes=minutes))


def test_days_are_days() -> None:
    assert dump(date(2026, 11, 1)) == "2026-11-01"
