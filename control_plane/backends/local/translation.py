"""GoogleSQL to DuckDB: one SELECT in, one SELECT out, or a refusal that names what is not supported.

sqlglot parses and writes; `corrections.RULES` stands between, node by node from the leaves up, because plain sqlglot is
silently wrong on a tenth of common expressions. "Now" and every ``@name`` are bound values, so that a translation is
made once for a query and replayed for any day.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from schemas.errors import Denied

from .corrections import RULES
from .corrections_days import NOW
from .corrections_nodes import Node, refuse
from .translation_shapes import check_shapes, name_columns
from .translation_tables import Reading, placed, readings
from .warehouse_names import Catalog

logging.getLogger("sqlglot").setLevel(logging.ERROR)

Types = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Translation:
    """``sql`` for DuckDB with ``$name`` parameters, the names it binds (`NOW` among them when the query asks for
    the current moment), and what it reads."""

    sql: str
    names: frozenset[str]
    reads: tuple[Reading, ...]


def translate(sql: str, params: Mapping[str, Any], catalog: Catalog) -> Translation:
    """The DuckDB form of one GoogleSQL SELECT over ``catalog``.

    Denied: not one SELECT, a missing parameter, or an expression without an exact counterpart (each by its name);
    Missing: an unknown table. Cached by text, parameter types and catalog.
    """
    types = tuple(sorted((name, _type_of(name, value)) for name, value in params.items()))
    return _translate(sql, types, catalog)


def _type_of(name: str, value: Any) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "BOOLEAN"), (int, "BIGINT"), (float, "DOUBLE"), (Decimal, "DECIMAL(38,9)"), (str, "VARCHAR"),
        (datetime, "TIMESTAMPTZ"), (date, "DATE"),
    )  # fmt: skip
    if isinstance(value, (list, tuple)):
        inner = {_type_of(name, one) for one in value}
        if len(inner) > 1:
            raise Denied(f"parameter @{name} mixes {' and '.join(sorted(inner))}", part="warehouse")
        return f"{inner.pop()}[]" if inner else ""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise Denied(f"parameter @{name} is a moment without an offset", part="warehouse")
    if isinstance(value, float) and not isfinite(value):
        raise Denied(f"parameter @{name} is not a finite number", part="warehouse")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return "INTEGER"
    for kind, text in kinds:
        if isinstance(value, kind):
            return text
    raise Denied(f"parameter @{name}: {type(value).__name__} is not supported", part="warehouse")


@lru_cache(maxsize=512)
def _translate(sql: str, types: Types, catalog: Catalog) -> Translation:
    tree = _parse(sql)
    check_shapes(tree, catalog)
    name_columns(tree)
    reads = readings(tree, catalog)
    names = _bind(tree, dict(types))
    tree = _correct(tree)
    placed(tree, catalog)
    if tree.find(exp.Parameter) is not None:
        names |= {one.name for one in tree.find_all(exp.Parameter)} & {NOW}
    try:
        text = tree.sql(dialect="duckdb", identify=True, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise refuse(str(error).splitlines()[0]) from None
    return Translation(text, frozenset(names), reads)


def _parse(sql: str) -> Node:
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="bigquery") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        words = " ".join(str(error).split())[:300] or "nested too deeply"
        raise Denied(f"syntax error: {words}", part="warehouse") from None
    if len(trees) != 1:
        raise Denied(f"one SELECT is expected, not {len(trees)} statements", part="warehouse")
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise Denied(f"only SELECT is allowed, not {sql.split(maxsplit=1)[0].upper()[:40]}", part="warehouse")
    return tree


def _bind(tree: Node, types: Mapping[str, str]) -> set[str]:
    """Gives each ``@name`` its type; returns the names in use."""
    names: set[str] = set()
    for node in list(tree.find_all(exp.Parameter)):
        if not isinstance(node.this, exp.Var) or node.name == NOW:
            raise refuse(f"@{node.this}")
        if node.name not in types:
            given = ", ".join(f"@{name}" for name in types) or "none"
            raise Denied(f"the parameter @{node.name} is missing (given: {given})", part="warehouse")
        names.add(node.name)
        if kind := types[node.name]:
            node.replace(_shown(node.name, kind))
    return names


def _shown(name: str, kind: str) -> Node:
    """``CAST($name AS type)``, marked so that no rule looks at the cast."""
    bound = exp.Cast(this=exp.Parameter(this=exp.Var(this=name)), to=exp.DataType.build(kind, dialect="duckdb"))
    bound.meta["bound"] = True
    return bound


def _correct(tree: Node) -> Node:
    for node in reversed(list(tree.walk())):
        rule = RULES.get(type(node))
        if rule is None:
            raise refuse(_name(node))
        parent, key, index = node.parent, node.arg_key, node.index
        new = rule(node)
        if new is node and node.parent is parent:
            continue
        if parent is None:
            tree = new
        else:
            parent.set(key or "this", new, index)
    return tree


def _name(node: Node) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper()
    if isinstance(node, exp.Func):
        return node.sql(dialect="bigquery").partition("(")[0][:60]
    return node.key.upper()
