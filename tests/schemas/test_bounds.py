"""Bounds are certain: no numbers make an expression leave them, and a truth called certain never changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.bounds import certain, never_above, never_below, span_of
from schemas.errors import ConfigError
from schemas.expressions import evaluate, parse

NATURAL = ("games", "finals")
NAMES = (*NATURAL, "delta")
NUMBERS = st.fixed_dictionaries(
    {
        "games": st.integers(0, 20),
        "finals": st.integers(0, 20) | st.floats(0, 5),
        "delta": st.integers(-9, 9) | st.floats(-5, 5),
    }
)


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})")
    called = st.tuples(st.sampled_from(("min", "max")), inner, inner).map(lambda one: f"{one[0]}({one[1]}, {one[2]})")
    return two | called | inner.map(lambda one: f"(-{one})")


SUMS = st.recursive(st.sampled_from((*NAMES, "0", "1", "2.5", "30")), joined, max_leaves=6)
CONDITIONS = st.recursive(
    st.tuples(SUMS, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), SUMS).map(" ".join),
    lambda inner: (
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})")
        | inner.map(lambda one: f"not ({one})")
    ),
    max_leaves=3,
)


@settings(max_examples=400, deadline=None)
@given(SUMS, NUMBERS)
def test_no_number_leaves_its_span(text: str, numbers: dict[str, float]) -> None:
    expression = parse(text)
    low, high = span_of(expression, NATURAL)
    try:
        value = evaluate(expression, numbers)
    except ConfigError:
        return
    slack = 1e-9 * max(1.0, abs(value))
    assert low - slack <= value <= high + slack
    if never_below(expression, "games", NATURAL):
        assert value >= numbers["games"]
    if never_above(expression, "games", NATURAL):
        assert value <= numbers["games"]


@settings(max_examples=400, deadline=None)
@given(CONDITIONS, NUMBERS)
def test_a_certain_truth_never_changes(text: str, numbers: dict[str, float]) -> None:
    expression = parse(text)
    truth = certain(expression, NATURAL)
    if truth is None:
        return
    try:
        assert evaluate(expression, numbers) is truth
    except ConfigError:
        return


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("1 == 1", True), ("games >= 0", True), ("games < 0", False), ("delta >= 0", None), ("games == games", True),
        ("games > 0 and finals < 0", False), ("games > 0 or 2 > 1", True), ("not games < 0", True),
        ("min(games, 3) <= 3", True), ("games > 3", None), ("20 * finals >= 0", True), ("games != games", False),
    ],
)  # fmt: skip
def test_what_is_told_of_a_condition(text: str, truth: bool | None) -> None:
    assert certain(parse(text), NATURAL) is truth


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0", (0, 0)), ("20 * finals", (0, float("inf"))), ("min(75, 10 * games)", (0, 75)),
        ("-games", (-float("inf"), 0)),
        ("max(2, games)", (2, float("inf"))), ("10 / 4", (2.5, 2.5)), ("delta", (-float("inf"), float("inf"))),
    ],
)  # fmt: skip
def test_what_is_told_of_a_number(text: str, span: tuple[float, float]) -> None:
    assert span_of(parse(text), NATURAL) == span


def test_a_limit_may_be_the_number_itself() -> None:
    assert never_below(parse("max(games, 5)"), "games")
    assert never_below(parse("games + finals"), "games", NATURAL) and not never_below(parse("games + delta"), "games")
    assert never_above(parse("min(5, games)"), "games") and never_above(parse("games - finals"), "games", NATURAL)
    assert not never_below(parse("min(games, 5)"), "games") and not never_above(parse("max(games, 5)"), "games")
