"""Corrections of arithmetic, aggregates and windows."""

from __future__ import annotations

from sqlglot import exp

from .corrections_nodes import Node, Rule, call, cast, number, refuse, typed, witness


def literal(node: exp.Literal) -> Node:
    if node.is_string or str(node.this).isdigit():
        return node
    return cast(node, "DOUBLE")


def _bare(node: Node) -> Node:
    while isinstance(node, (exp.Paren, exp.Neg)):
        node = node.this
    return node


def _is_number(node: Node) -> bool:
    node = _bare(node)
    return isinstance(node, exp.Literal) and not node.is_string


def _wide(node: exp.Binary) -> bool:
    """Two integer literals are INT64 in BigQuery; alone DuckDB would take them as 32 bits."""
    if both := _is_number(node.this) and _is_number(node.expression):
        node.set("this", cast(node.this, "BIGINT" if _is_whole(node.this) else "DOUBLE"))
        node.set("expression", cast(node.expression, "BIGINT" if _is_whole(node.expression) else "DOUBLE"))
    return both


def _is_whole(node: Node) -> bool:
    return _bare(node).name.isdigit()


def _span(node: exp.Binary) -> str:
    """The builder of the interval at the right, empty when there is none; months fit no TIMESTAMP."""
    right = node.expression
    name = str(right.this) if isinstance(right, exp.Anonymous) else ""
    if name == "to_months":
        node.set("this", typed("bq_civil", node.this))
    return name if name in ("to_months", "to_days", "to_microseconds") else ""


def add(node: exp.Add) -> Node:
    _wide(node)
    _span(node)
    return node


def subtract(node: exp.Sub) -> Node:
    if not _wide(node) and not _span(node) and not _is_number(node.expression):
        node.set("expression", typed("bq_num", node.expression))  # DATE - DATE is an INTERVAL in BigQuery
    return node


def multiply(node: exp.Mul) -> Node:
    _wide(node)
    return exp.Paren(this=typed("bq_mul", node))


def divide(node: exp.Div | exp.SafeDivide) -> Node:
    top, bottom = node.this, node.expression
    kind = exp.Mul(this=exp.Paren(this=witness(top)), expression=exp.Paren(this=witness(bottom)))
    quotient = call("bq_div", kind, top, bottom)
    if isinstance(node, exp.Div):
        return quotient
    zero = exp.EQ(this=exp.Paren(this=bottom.copy()), expression=number(0))
    return exp.Paren(this=exp.Case(ifs=[exp.If(this=zero, true=exp.Null())], default=quotient))


def extreme(node: exp.Greatest | exp.Least) -> Node:
    """NULL if any argument is NULL."""
    items = [node.this, *node.expressions]
    nulls = [exp.Is(this=exp.Paren(this=item.copy()), expression=exp.Null()) for item in items]
    name = "greatest" if isinstance(node, exp.Greatest) else "least"
    case = exp.Case(ifs=[exp.If(this=exp.or_(*nulls), true=exp.Null())], default=call(name, *items))
    return exp.Paren(this=case)


def rounded(node: exp.Round) -> Node:
    if node.args.get("truncate"):
        raise refuse("ROUND with a rounding mode")
    return typed("bq_round", node.this, node.args.get("decimals"))


def single(name: str) -> Rule:
    def rule(node: exp.Func) -> Node:
        if any(value for key, value in node.args.items() if key not in ("this", "to") and value):
            raise refuse(f"{node.sql_name()} with these arguments")
        return typed(name, node.this)

    return rule


def log(node: exp.Log) -> Node:
    if node.this.name != "10" or node.expression is None:
        raise refuse("LOG with a base")
    return call("bq_finite", call("log10", typed("bq_float", node.expression)))


def real(name: str) -> Rule:
    """A function of real numbers that raises outside its domain instead of giving NaN or infinity."""

    def rule(node: exp.Func) -> Node:
        args = [typed("bq_float", one) for one in (node.this, node.args.get("expression")) if one is not None]
        return call("bq_finite", call(name, *args))

    return rule


# --- aggregates -----------------------------------------------------------------------------------------------


def _windowed(node: Node) -> bool:
    return isinstance(node.parent, (exp.Window, exp.IgnoreNulls, exp.RespectNulls))


def _argument(node: Node) -> Node:
    inner: Node = node.this
    return inner.expressions[0] if isinstance(inner, exp.Distinct) else inner


def total(node: exp.Sum) -> Node:
    return node if _windowed(node) else call("bq_sum", witness(_argument(node)), node)


def avg(node: exp.Avg) -> Node:
    if _windowed(node):
        return node
    total, count = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy(), big_int=True)
    return call("bq_avg", witness(_argument(node)), total, count, node)


def windows(node: exp.Window) -> Node:
    inner = node.this
    if isinstance(inner, exp.Sum):
        return call("bq_sum", witness(_argument(inner)), node)
    if isinstance(inner, exp.Avg):
        total, count = node.copy(), node.copy()
        total.set("this", exp.Sum(this=inner.this.copy()))
        count.set("this", exp.Count(this=inner.this.copy(), big_int=True))
        return call("bq_avg", witness(_argument(inner)), total, count, node)
    return node


def count_if(node: exp.CountIf) -> Node:
    """``count_if`` is DuckDB's quickest, but NULL over no rows and a HUGEINT; over a window plain ``COUNT`` will do."""
    if isinstance(node.this, exp.Distinct):
        raise refuse("COUNTIF with DISTINCT")
    if _windowed(node):
        return exp.Count(this=exp.Case(ifs=[exp.If(this=node.this, true=number(1))]), big_int=True)
    return cast(call("coalesce", call("count_if", node.this), number(0)), "BIGINT")


def _listed(node: Node, skip_nulls: bool) -> Node:
    """``list(...)`` with DISTINCT, ORDER BY and LIMIT as GoogleSQL writes them inside the call."""
    if _windowed(node) and isinstance(node.parent, exp.Window):
        raise refuse("an array or string aggregate OVER a window")
    inner, limit = node.this, None
    if isinstance(inner, exp.Limit):
        inner, limit = inner.this, inner.expression
    items: Node = call("list", inner)
    value = inner.this if isinstance(inner, exp.Order) else inner
    value = value.expressions[0] if isinstance(value, exp.Distinct) else value
    if skip_nulls:
        present = exp.Not(this=exp.Is(this=exp.Paren(this=value.copy()), expression=exp.Null()))
        items = exp.Filter(this=items, expression=exp.Where(this=present))
    return call("list_slice", items, number(1), limit) if limit is not None else items


def array_agg(node: exp.ArrayAgg) -> Node:
    return node if isinstance(node.parent, (exp.IgnoreNulls, exp.RespectNulls)) else _listed(node, False)


def ignore_nulls(node: exp.IgnoreNulls) -> Node:
    if isinstance(node.this, exp.ArrayAgg):
        return _listed(node.this, True)
    if isinstance(node.this, (exp.FirstValue, exp.LastValue, exp.NthValue)):
        return node
    raise refuse(f"{node.this.sql_name()} IGNORE NULLS")


def string_agg(node: exp.GroupConcat) -> Node:
    separator = node.args.get("separator") or exp.Literal.string(",")
    return call("array_to_string", _listed(node, True), separator)


def any_value(node: exp.AnyValue) -> Node:
    if isinstance(node.this, exp.HavingMax):
        raise refuse("ANY_VALUE with HAVING")
    return node


def distinct_count(node: exp.ApproxDistinct) -> Node:
    return exp.Count(this=exp.Distinct(expressions=[node.this]), big_int=True)
