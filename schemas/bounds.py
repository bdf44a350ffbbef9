"""What can be told of an expression before any number is known: between which bounds it lies, whether it is constant.

Careful in one direction: what is said to be certain is certain, what is not said may still be so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import inf, isnan

from .expressions import Expression, Node

Span = tuple[float, float]
"""The least and the greatest value, both included."""

ANY: Span = (-inf, inf)


def span_of(expression: Expression, natural: Collection[str] = ()) -> Span:
    """The bounds of a number. ``natural`` names those that are never below 0."""
    return _span(expression.root, natural)


def certain(expression: Expression, natural: Collection[str] = ()) -> bool | None:
    """The truth of a condition that is the same for all numbers, else None."""
    return _truth(expression.root, natural)


def never_below(expression: Expression, name: str, natural: Collection[str] = ()) -> bool:
    """True when the expression is surely ``name`` or more, whatever the numbers: ``max(rows, 5)`` for ``rows``."""
    return _beyond(expression.root, name, natural, "max")


def never_above(expression: Expression, name: str, natural: Collection[str] = ()) -> bool:
    """True when the expression is surely ``name`` or less: ``min(rows, 5)`` for ``rows``."""
    return _beyond(expression.root, name, natural, "min")


def _beyond(node: Node, name: str, natural: Collection[str], word: str) -> bool:
    if node.op == "name":
        return node.name == name
    if node.op == word:
        return any(_beyond(part, name, natural, word) for part in node.parts)
    if node.op == "+" and word == "max":
        left, right = node.parts
        return any(
            _beyond(one, name, natural, word) and _span(two, natural)[0] >= 0
            for one, two in ((left, right), (right, left))
        )
    if node.op == "-" and word == "min":
        left, right = node.parts
        return _beyond(left, name, natural, word) and _span(right, natural)[0] >= 0
    return False


def _span(node: Node, natural: Collection[str]) -> Span:
    if node.op == "number":
        return node.number, node.number
    if node.op == "name":
        return (0, inf) if node.name in natural else ANY
    if node.truth:
        return 0, 1
    parts = [_span(part, natural) for part in node.parts]
    if node.op == "negative":
        return -parts[0][1], -parts[0][0]
    if node.op in ("min", "max"):
        pick: Callable[..., float] = min if node.op == "min" else max
        return pick(low for low, _ in parts), pick(high for _, high in parts)
    (low, high), (left, right) = parts
    if node.op == "+":
        return _whole(low + left, high + right)
    if node.op == "-":
        return _whole(low - right, high - left)
    if node.op == "/" and left <= 0 <= right:
        return (0, inf) if low >= 0 and left >= 0 else ANY
    with_each = [_product(one, two) if node.op == "*" else one / two for one in (low, high) for two in (left, right)]
    return ANY if any(isnan(one) for one in with_each) else (min(with_each), max(with_each))


def _product(one: float, two: float) -> float:
    return 0.0 if one == 0 or two == 0 else one * two


def _whole(low: float, high: float) -> Span:
    return (-inf if isnan(low) else low), (inf if isnan(high) else high)


def _truth(node: Node, natural: Collection[str]) -> bool | None:
    if node.op == "not":
        inner = _truth(node.parts[0], natural)
        return None if inner is None else not inner
    if node.op in ("and", "or"):
        parts = [_truth(part, natural) for part in node.parts]
        deciding = node.op == "or"
        if deciding in parts:
            return deciding
        return not deciding if None not in parts else None
    one, two = node.parts
    if one == two:
        return node.op in ("<=", ">=", "==")
    return _compared(node.op, _span(one, natural), _span(two, natural))


_OPPOSITE: Mapping[str, str] = {">": "<=", ">=": "<", "!=": "=="}


def _compared(op: str, one: Span, two: Span) -> bool | None:
    if op in _OPPOSITE:
        inner = _compared(_OPPOSITE[op], one, two)
        return None if inner is None else not inner
    if op == "==":
        if one[1] < two[0] or two[1] < one[0]:
            return False
        return True if one[0] == one[1] == two[0] == two[1] else None
    if op == "<":
        return True if one[1] < two[0] else False if one[0] >= two[1] else None
    return True if one[1] <= two[0] else False if one[0] > two[1] else None
