"""Small builders that every correction uses: calls, casts, refusals, and the witness of a type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from schemas.errors import Denied

Node = exp.Expr
Rule = Callable[[Any], Node]


def refuse(what: str) -> Denied:
    """The refusal of something that has no exact counterpart, by its GoogleSQL name."""
    return Denied(f"not supported by the embedded warehouse: {what}", part="warehouse")


def call(name: str, *args: Node | None) -> Node:
    """A call of one of our macros or of a DuckDB function, by name."""
    return exp.Anonymous(this=name, expressions=[arg.copy() if arg.parent else arg for arg in args if arg is not None])


def typed(name: str, first: Node, *more: Node | None) -> Node:
    """A call of an overloaded macro: its first argument only shows the type of the second."""
    return call(name, witness(first), first, *more)


def cast(node: Node, kind: str) -> Node:
    return exp.Cast(this=node.copy() if node.parent else node, to=exp.DataType.build(kind, dialect="duckdb"))


def moment(node: Node) -> Node:
    """A TIMESTAMP, and only that; a string literal in its place is one, as in GoogleSQL."""
    literal = isinstance(node, exp.Literal) and node.is_string
    return cast(node, "TIMESTAMPTZ") if literal else typed("bq_moment", node)


def number(value: int) -> Node:
    return exp.Literal.number(str(value))


_COUNTS = (exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)
_FLOATS = (exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.PercentRank, exp.CumeDist)
_SAME = (exp.Min, exp.Max, exp.AnyValue, exp.Window, exp.IgnoreNulls, exp.Filter, exp.Lag, exp.Lead)
_FIRSTS = (exp.FirstValue, exp.LastValue, exp.NthValue, exp.Sum)


def witness(node: Node) -> Node:
    """An expression of the same type without aggregates and windows, which DuckDB can type before it groups."""
    if isinstance(node, _COUNTS):
        return cast(exp.Null(), "BIGINT")
    if isinstance(node, _FLOATS):
        return cast(exp.Null(), "DOUBLE")
    if isinstance(node, (exp.LogicalAnd, exp.LogicalOr)):
        return cast(exp.Null(), "BOOLEAN")
    if isinstance(node, (*_SAME, *_FIRSTS)):
        return witness(node.this)
    if isinstance(node, exp.Distinct):
        return witness(node.expressions[0])
    if isinstance(node, exp.Order):
        return witness(node.this)
    if isinstance(node, exp.Anonymous):
        name = str(node.this)
        if name == "bq_avg":
            return call("bq_float_like", witness(node.expressions[0]))
        if name == "count_if":
            return cast(exp.Null(), "BIGINT")
        if name == "list":
            return exp.Array(expressions=[witness(node.expressions[0])])
        if name in ("bq_sum", "bq_mul"):
            return witness(node.expressions[0])
    if isinstance(node, exp.Query):
        return node.copy()
    return _rebuilt(node)


def _rebuilt(node: Node) -> Node:
    shell = node.copy()
    for name, value in node.args.items():
        if isinstance(value, exp.Expr):
            shell.set(name, witness(value))
        elif isinstance(value, list):
            shell.set(name, [witness(one) if isinstance(one, exp.Expr) else one for one in value])
    return shell


def same(node: Node) -> Node:
    """The rule of what means the same in both."""
    return node
