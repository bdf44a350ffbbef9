"""Corrections of conditions, strings, arrays, JSON and casts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from schemas.errors import Denied

from .corrections_nodes import Node, Rule, call, cast, number, refuse, typed
from .corrections_numbers import multiply

# --- conditions, strings, arrays ------------------------------------------------------------------------------


def within(node: exp.In) -> Node:
    if not (unnest := node.args.get("unnest")):
        return node
    array = unnest.expressions[0] if isinstance(unnest, exp.Unnest) else unnest
    return exp.In(this=node.this, query=exp.Subquery(this=exp.Select(expressions=[call("unnest", array)])))


def like(node: exp.Like) -> Node:
    pattern = node.expression
    if isinstance(pattern, exp.Any):
        raise refuse("LIKE ANY")
    if isinstance(pattern, exp.Literal) and "\\" not in pattern.name:
        return node
    return exp.Escape(this=node, expression=exp.Literal.string("\\"))


def concat(node: exp.Concat) -> Node:
    parts = node.expressions
    joined = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part, safe=False)
    return exp.Paren(this=joined)


def calls(name: str, *keys: str) -> Rule:
    """A call of ``name`` with these arguments of the node, in this order; any other argument is refused."""
    flags = {"binary", "is_left", "position", "collation", "safe", "big_int", "null_propagation", "charset"}

    def rule(node: exp.Func) -> Node:
        extra = [key for key, value in node.args.items() if value and key not in keys and key not in flags]
        if extra:
            raise refuse(f"{node.sql_name()} with {', '.join(extra)}")
        args: Iterable[Any] = (node.args.get(key) for key in keys)
        return call(name, *(one for arg in args for one in (arg if isinstance(arg, list) else [arg])))

    return rule


def trim(node: exp.Trim) -> Node:
    name = {"LEADING": "bq_ltrim", "TRAILING": "bq_rtrim"}.get(str(node.args.get("position") or ""), "bq_trim")
    return call(name, node.this, node.expression)


def pad(node: exp.Pad) -> Node:
    name = "bq_lpad" if node.args.get("is_left") else "bq_rpad"
    return call(name, node.this, node.expression, node.args.get("fill_pattern"))


def length(node: exp.Length) -> Node:
    return call("bq_length", node.this)


def _pattern(node: exp.Func) -> tuple[Node, int]:
    pattern = node.args["expression"]
    text = pattern.name if isinstance(pattern, (exp.Literal, exp.RawString)) else None
    if text is None:
        raise refuse(f"{node.sql_name()} with a pattern that is not a literal")
    try:
        groups = re.compile(text).groups
    except re.error:
        raise refuse(f"the pattern {text!r}") from None
    if groups > 1 or (groups and re.search(r"\)[?*|{]|\|", text)):
        raise refuse(f"{node.sql_name()} with several or optional groups")
    return pattern, groups


def regexp_extract(node: exp.RegexpExtract) -> Node:
    if node.args.get("position") or node.args.get("occurrence"):
        raise refuse("REGEXP_EXTRACT with a position")
    pattern, groups = _pattern(node)
    return call("bq_extract_re", node.this, pattern, number(groups))


def regexp_all(node: exp.RegexpExtractAll) -> Node:
    pattern, groups = _pattern(node)
    return call("regexp_extract_all", node.this, pattern, number(groups))


def regexp_replace(node: exp.RegexpReplace) -> Node:
    pattern = node.expression
    return call("regexp_replace", node.this, pattern, node.args["replacement"], exp.Literal.string("g"))


_SPEC = re.compile(r"%(?:%|(?P<flags>0?\d*)d|(?P<width>-?\d*)s|(?P<precise>\d*(?:\.\d+)?)f)")


def formatted(node: exp.Format) -> Node:
    """FORMAT with a literal and %d, %s, %f: one piece each, joined, so that a NULL makes the whole NULL."""
    if not isinstance(node.this, exp.Literal):
        raise refuse("FORMAT with a format that is not a literal")
    text, rest, at = node.this.name, list(node.expressions), 0
    pieces: list[Node] = []
    for match in _SPEC.finditer(text):
        pieces.append(exp.Literal.string(text[at : match.start()]))
        at, spec = match.end(), match[0]
        if spec == "%%":
            pieces.append(exp.Literal.string("%"))
            continue
        if not rest:
            raise Denied("FORMAT has too few arguments", part="warehouse")
        value = rest.pop(0)
        if spec[-1] == "s":
            value = call("bq_text", value)
        else:
            value = cast(value, "DOUBLE") if spec[-1] == "f" else typed("bq_num", value)
        pieces.append(call("printf", exp.Literal.string(spec), value))
    pieces.append(exp.Literal.string(text[at:]))
    if rest or "%" in _SPEC.sub("", text):
        raise refuse(f"FORMAT({text!r}, …)")
    return concat(exp.Concat(expressions=pieces))


def bracket(node: exp.Bracket) -> Node:
    if len(node.expressions) != 1:
        raise refuse("this subscript")
    index, offset = node.expressions[0], node.args.get("offset") or 0
    if offset:
        index = exp.Paren(this=exp.Sub(this=exp.Paren(this=index), expression=number(1)))
    return call("bq_safe_at" if node.args.get("safe") else "bq_at", node.this, index)


def arrays(node: exp.Array) -> Node:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query):
        return call("array", node.expressions[0])
    return node


def array_concat(node: exp.ArrayConcat) -> Node:
    joined: Node = node.this
    for part in node.expressions:
        joined = call("bq_array_concat", joined, part)
    return joined


def generate(node: exp.GenerateSeries) -> Node:
    return call("bq_generate", node.args["start"], node.args["end"], node.args.get("step") or number(1))


def struct(node: exp.Struct) -> Node:
    for part in node.expressions:
        if not isinstance(part, (exp.PropertyEQ, exp.Column)):
            raise refuse("STRUCT with a field without a name")
    return node


def json_value(node: exp.JSONExtractScalar) -> Node:
    return call("bq_json_value", node.this, exp.Literal.string(_path(node)))


def _path(node: exp.Func) -> str:
    path = node.args.get("expression")
    if not isinstance(path, exp.JSONPath):
        raise refuse(f"{node.sql_name()} with a path that is not a literal")
    return path.sql(dialect="duckdb").strip("'")


# --- casts ----------------------------------------------------------------------------------------------------

_CASTS = {
    "BIGINT": "bq_int64", "INT": "bq_int64", "DOUBLE": "bq_float64", "FLOAT": "bq_float64", "TEXT": "bq_string",
    "VARCHAR": "bq_string", "BOOLEAN": "bq_bool", "DATE": "bq_date", "TIMESTAMP": "bq_datetime",
    "TIMESTAMPTZ": "bq_timestamp", "DECIMAL": "bq_numeric",
}  # fmt: skip


def recast(node: exp.Cast) -> Node:
    if node.meta.get("bound"):
        return node
    kind = node.to.this.name if isinstance(node.to.this, exp.DType) else str(node.to.this)
    if node.args.get("format") or (kind not in _CASTS and kind != "ARRAY"):
        raise refuse(f"CAST AS {node.to.sql(dialect='bigquery')}{' FORMAT' if node.args.get('format') else ''}")
    if node.to.expressions and kind != "ARRAY":
        raise refuse(f"CAST AS {node.to.sql(dialect='bigquery')}")
    if kind == "ARRAY":
        return cast_array(node)
    value = node.this
    if isinstance(value, exp.Literal) and value.is_string and kind in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
        return exp.TryCast(this=value, to=node.to) if isinstance(node, exp.TryCast) else cast(value, kind)
    if kind == "DECIMAL" and isinstance(value, exp.Literal):
        return cast(value, "DECIMAL(38,9)")
    result = typed(_CASTS[kind], value)
    return call("try", result) if isinstance(node, exp.TryCast) else result


_ITEMS = {"BIGINT": "BIGINT", "DOUBLE": "DOUBLE", "TEXT": "VARCHAR", "BOOLEAN": "BOOLEAN", "DATE": "DATE",
          "TIMESTAMPTZ": "TIMESTAMPTZ", "DECIMAL": "DECIMAL(38,9)"}  # fmt: skip


def cast_array(node: exp.Cast) -> Node:
    item = node.to.expressions[0] if node.to.expressions else None
    kind = item.this.name if isinstance(item, exp.DataType) and isinstance(item.this, exp.DType) else ""
    if not isinstance(node.this, exp.Array) or kind not in _ITEMS or (item is not None and item.expressions):
        raise refuse(f"CAST AS {node.to.sql(dialect='bigquery')}")
    return cast(node.this, f"{_ITEMS[kind]}[]")


def safe(node: exp.SafeFunc) -> Node:
    return call("try", node.this)


def safe_arithmetic(kind: type[exp.Binary]) -> Rule:
    def rule(node: exp.Func) -> Node:
        whole = kind(this=exp.Paren(this=node.this), expression=exp.Paren(this=node.args["expression"]))
        return call("try", multiply(whole) if isinstance(whole, exp.Mul) else whole)

    return rule
