"""Expressions and the judgement of one row."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ConfigError
from schemas.limits import evaluate, judge_metrics, number_of, overall, parse
from schemas.pipeline import MetricSpec
from schemas.reports import Metric, MetricState, State

NAMES = {"games": 2, "finals": 8, "rows": 150}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20 * finals", 160),
        ("min(75, 10 * games)", 20),
        ("max(1, games, finals)", 8),
        ("games <= 2", True),
        ("games <= 2 and rows < 20 * finals", True),
        ("games > 2 or not rows >= 160", True),
        ("games > 2 or games > 1 and games > 5", False),
        ("2 + 3 * 4 - 6 / 3", 12),
        ("(2 + 3) * 4", 20),
        ("8 - 4 - 2", 2),
        ("-games - -3", 1),
        (".5 * games", 1),
        ("1 == 1.0", True),
        ("games != 2", False),
        ("  finals ", 8),
    ],
)
def test_values(text: str, value: float) -> None:
    found = evaluate(parse(text, NAMES), NAMES)
    assert found == value
    assert isinstance(found, bool) is isinstance(value, bool)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "character 1: it is empty"),
        ("20 *", "character 5: it ends too early"),
        ("20 * gmaes", "character 6: there is no number 'gmaes' (did you mean 'games'?)"),
        ("20 % games", "character 4: '%' is not understood"),
        ("mim(1, 2)", "there is no function 'mim' (did you mean 'min'?)"),
        ("min(1)", "at least two"),
        ("(1 + 2", "closing bracket"),
        ("1 2", "character 3: '2' is not expected"),
        ("1 < 2 < 3", "character 7"),
        ("games and 1 > 0", "character 1: 'and' wants a condition"),
        ("1 + (games > 2)", "'+' wants a number"),
        ("not games", "'not' wants a condition"),
        ("min(games > 1, 2)", "'min' wants a number"),
        ("__import__('os')", "there is no function '__import__'"),
        ("games.__class__", "'.' is not understood"),
        ("(" * 60 + "1" + ")" * 60, "nested deeper"),
        ("-" * 400 + "1", "nested deeper"),
        ("1" + " " * 600, "at most 500"),
    ],
)
def test_faults_name_the_position(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, NAMES)
    assert words in str(caught.value)


@pytest.mark.parametrize(("text", "words"), [("1 / (games - 2)", "divides by 0"), ("nobody", "no number 'nobody'")])
def test_faults_while_evaluating(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        evaluate(parse(text), NAMES)


def test_an_expression_tells_its_names() -> None:
    assert parse("min(75, 10 * games) + finals").names == {"games", "finals"}


whole = st.integers(-1000, 1000)


@st.composite
def sums(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.one_of(st.integers(0, 99).map(str), st.sampled_from(["games", "finals"])))
    left, right = draw(sums(depth=depth - 1)), draw(sums(depth=depth - 1))
    form = draw(st.sampled_from(["{} + {}", "{} - {}", "({}) * ({})", "min({}, {})", "max({}, {})", "-({}) + {}"]))
    return form.format(left, right)


@given(sums(), sums(), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), whole, whole)
def test_it_agrees_with_python(left: str, right: str, sign: str, games: int, finals: int) -> None:
    names = {"games": games, "finals": finals}
    functions: dict[str, Any] = {"min": min, "max": max, **names}
    for text in (left, f"{left} {sign} {right}", f"not {left} {sign} {right} or games > finals and games > 0"):
        assert evaluate(parse(text), names) == eval(text, {"__builtins__": {}}, functions)


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused_in_words(text: str) -> None:
    try:
        parse(text)
    except ConfigError as error:
        assert str(error)


# --- judgement ------------------------------------------------------------------------------------------------


def judged(spec: MetricSpec, row: dict[str, Any], **slate: int) -> Metric:
    return judge_metrics({"value": spec}, row, slate)[0]


@pytest.mark.parametrize(
    ("spec", "value", "state"),
    [
        (MetricSpec(min="20 * finals"), 160, MetricState.OK),
        (MetricSpec(min="20 * finals"), 159, MetricState.VIOLATED),
        (MetricSpec(max="finals"), 8, MetricState.OK),
        (MetricSpec(max="finals"), 9, MetricState.VIOLATED),
        (MetricSpec(equals="finals"), 8, MetricState.OK),
        (MetricSpec(equals="finals"), 7, MetricState.VIOLATED),
        (MetricSpec(equals="finals"), 9, MetricState.VIOLATED),
        (MetricSpec(min="15"), Decimal("15"), MetricState.OK),
        (MetricSpec(min="15"), Decimal("14.999"), MetricState.VIOLATED),
        (MetricSpec(min="0.1"), Decimal("0.1"), MetricState.OK),
        (MetricSpec(min="1", max="5"), 6, MetricState.VIOLATED),
        (MetricSpec(min="1", max="5"), 0, MetricState.VIOLATED),
        (MetricSpec(), 6, MetricState.OK),
        (MetricSpec(min="0"), None, MetricState.ERROR),
        (MetricSpec(min="0"), math.nan, MetricState.ERROR),
        (MetricSpec(min="0"), math.inf, MetricState.ERROR),
        (MetricSpec(min="0"), Decimal("NaN"), MetricState.ERROR),
        (MetricSpec(min="0"), Decimal("sNaN"), MetricState.ERROR),
        (MetricSpec(min="0"), "5", MetricState.ERROR),
        (MetricSpec(min="0"), True, MetricState.ERROR),
        (MetricSpec(min="0"), 10**400, MetricState.ERROR),
        (MetricSpec(min="nobody"), 5, MetricState.ERROR),
        (MetricSpec(min="1 / (finals - 8)"), 5, MetricState.ERROR),
        (MetricSpec(min="finals > 2"), 5, MetricState.ERROR),
    ],
)
def test_states(spec: MetricSpec, value: Any, state: MetricState) -> None:
    assert judged(spec, {"value": value}, finals=8).state is state


def test_the_violated_limit_is_the_one_shown() -> None:
    metric = judged(MetricSpec(min="1", max="5"), {"value": 6})
    assert (metric.op, metric.limit) == ("<=", 5)


@pytest.mark.parametrize("value", [None, math.nan, 3, "text"])
def test_a_denominator_of_zero_is_not_applicable(value: Any) -> None:
    assert judged(MetricSpec(equals="0", of="rows"), {"value": value, "rows": 0}).state is MetricState.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ({"value": None, "rows": 12}, "NULL over 12 rows"),
        ({"value": math.nan, "rows": 12}, "not a finite number over 12 rows"),
        ({"rows": 12}, "missing from the answer"),
        ({"rows": 0}, "missing from the answer"),
        ({"value": 1}, "denominator rows is missing"),
        ({"value": 1, "rows": None}, "denominator rows is NULL"),
        ({"value": 1, "rows": math.nan}, "denominator rows is not a finite"),
        ({"value": 1, "rows": -1}, "below 0"),
    ],
)
def test_what_cannot_be_had_is_an_error(row: dict[str, Any], note: str) -> None:
    metric = judged(MetricSpec(equals="0", of="rows"), row)
    assert metric.state is MetricState.ERROR
    assert note in metric.note


def test_limits_may_name_columns_and_the_slate_comes_first() -> None:
    assert judged(MetricSpec(equals="expected"), {"value": 4, "expected": 4}).state is MetricState.OK
    assert judged(MetricSpec(equals="finals"), {"value": 4, "finals": 4}, finals=5).state is MetricState.VIOLATED


def metric_in(state: MetricState) -> Metric:
    return Metric("m", "m", 1, state)


@given(st.lists(st.sampled_from(MetricState)))
def test_overall(states: list[MetricState]) -> None:
    found = overall(metric_in(state) for state in states)
    if MetricState.VIOLATED in states:
        assert found is State.FAIL
    elif MetricState.ERROR in states or not states:
        assert found is State.ERROR
    else:
        assert found is State.PASS


values = st.one_of(st.none(), st.integers(), st.floats(), st.decimals(), st.booleans(), st.text(max_size=3))
rows = st.dictionaries(st.sampled_from(["a", "b", "n"]), values, max_size=3)
limits = st.sampled_from(["", "0", "20 * finals", "n", "nobody", "finals > 1", "1 / n"])


@given(rows, st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(limits, limits, limits), min_size=1), whole)
def test_every_row_is_judged_and_nothing_unknown_reads_as_well(
    row: dict[str, Any], declared: dict[str, tuple[str, str, str]], finals: int
) -> None:
    specs = {
        name: MetricSpec(min=low, max=high, of="n" if equal else "") for name, (low, high, equal) in declared.items()
    }
    for metric in judge_metrics(specs, row, {"finals": finals}):
        spec = specs[metric.name]
        assert metric.state is not MetricState.VIOLATED or (metric.op and metric.limit is not None)
        if metric.state in (MetricState.OK, MetricState.VIOLATED):
            assert metric.value is not None and math.isfinite(metric.value)
            assert number_of(row[metric.name]) is not None
        if metric.state is MetricState.ERROR:
            assert metric.note
        if metric.state is MetricState.NOT_APPLICABLE:
            assert spec.of and row["n"] == 0


@given(st.integers(-500, 500), st.integers(0, 15))
def test_a_minimum_holds_exactly_from_its_limit(value: int, finals: int) -> None:
    state = judged(MetricSpec(min="20 * finals"), {"value": value}, finals=finals).state
    assert (state is MetricState.OK) is (value >= 20 * finals)
