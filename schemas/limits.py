"""Limits of canaries: the pure judgement of one row of metrics (reference pipeline, section 4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .errors import ConfigError
from .expressions import Expression, Value, evaluate, parse
from .pipeline import MetricSpec
from .reports import Metric, MetricState, State

__all__ = ["Expression", "Value", "evaluate", "judge_metrics", "names_of", "number_of", "overall", "parse"]

_SIDES = (("equals", "=="), ("min", ">="), ("max", "<="))


def judge_metrics(
    specs: Mapping[str, MetricSpec], row: Mapping[str, Any], slate: Mapping[str, int]
) -> tuple[Metric, ...]:
    """Each metric in the order of ``specs``. Its value is the column of its own name in ``row``; its limits are
    expressions over the slate and the row's other numbers (a name that both have is the slate's)."""
    names = names_of(row, slate)
    return tuple(_judge(name, spec, row, names) for name, spec in specs.items())


def overall(metrics: Iterable[Metric]) -> State:
    """FAIL when a limit is violated, whatever else is in error; ERROR when something is in error, or nothing was
    looked at; else PASS."""
    states = [metric.state for metric in metrics]
    if MetricState.VIOLATED in states:
        return State.FAIL
    return State.ERROR if MetricState.ERROR in states or not states else State.PASS


def number_of(value: Any) -> float | None:
    """A finite number as a float (a whole one as an int), or None for NULL, NaN, infinity, truths, texts."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return value if isinstance(value, int) else number


def names_of(row: Mapping[str, Any], slate: Mapping[str, int]) -> dict[str, float]:
    """The numbers that expressions may name: those of the row, and the slate's."""
    found = {name: number for name, value in row.items() if (number := number_of(value)) is not None}
    return {**found, **slate}


def _judge(name: str, spec: MetricSpec, row: Mapping[str, Any], names: Mapping[str, float]) -> Metric:
    label = spec.label or name.replace("_", " ")
    blank = Metric(name, label, None, MetricState.ERROR, unit=spec.unit)
    if name not in row:
        return replace(blank, note="missing from the answer")
    over = _denominator(spec.of, row, names) if spec.of else None
    if isinstance(over, str):
        return replace(blank, note=over)
    if over == 0:
        return replace(blank, state=MetricState.NOT_APPLICABLE, note=f"{spec.of} is 0")
    value = number_of(row[name])
    if value is None:
        return replace(blank, note=_fault_of(row[name]) + (f" over {over:g} {spec.of}" if over is not None else ""))
    return _against(replace(blank, value=value, state=MetricState.OK), spec, names)


def _denominator(of: str, row: Mapping[str, Any], names: Mapping[str, float]) -> float | str:
    """The number, or in words why there is none."""
    value = number_of(row[of]) if of in row else names.get(of)
    if value is None:
        return f"its denominator {of} is {_fault_of(row[of]) if of in row else 'missing from the answer'}"
    return value if value >= 0 else f"its denominator {of} is below 0"


def _fault_of(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (float, Decimal)):
        return "not a finite number"
    return "not a number"


def _against(metric: Metric, spec: MetricSpec, names: Mapping[str, float]) -> Metric:
    """The metric beside the limit that it violates, else beside its first limit."""
    judged: list[Metric] = []
    for side, op in _SIDES:
        text = getattr(spec, side)
        if not text:
            continue
        try:
            limit = evaluate(parse(text), names)
        except ConfigError as error:
            return replace(metric, state=MetricState.ERROR, note=f"its limit cannot be told: {error}")
        if isinstance(limit, bool):
            return replace(metric, state=MetricState.ERROR, note=f"its limit {text!r} is a condition, not a number")
        assert metric.value is not None
        state = MetricState.OK if _stands(metric.value, op, limit) else MetricState.VIOLATED
        judged.append(replace(metric, state=state, op=op, limit=limit))
    return next((one for one in judged if one.state is MetricState.VIOLATED), judged[0] if judged else metric)


def _stands(value: float, op: str, limit: float) -> bool:
    return value == limit if op == "==" else value >= limit if op == ">=" else value <= limit
