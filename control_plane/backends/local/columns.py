"""What a query will give, read from its text alone: its columns and parameters, and what can be told of their values.

For judging a declaration, not for running it: no catalog is asked, and nothing is refused that BigQuery would take.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from schemas.errors import ConfigError

from .corrections_nodes import Node

logging.getLogger("sqlglot").setLevel(logging.ERROR)

_COUNTS = (exp.Count, exp.CountIf, exp.ApproxDistinct)
_KEEPING = (exp.Paren, exp.Round, exp.Floor, exp.Ceil, exp.Cast, exp.Max, exp.Min, exp.Sum, exp.Avg)
_JOINING = (exp.Add, exp.Mul, exp.Div, exp.SafeDivide, exp.Greatest, exp.Least, exp.Coalesce)
_DEEPEST = 12


@dataclass(frozen=True)
class Outline:
    """``columns`` in order, None when a ``*`` hides them. ``natural`` are those that are never below 0 (counts, and
    shares of counts); ``words`` are the texts of a column that can give no others; ``parameters`` without ``@``."""

    columns: tuple[str, ...] | None
    natural: frozenset[str]
    words: Mapping[str, tuple[str, ...]]
    parameters: frozenset[str]


@lru_cache(maxsize=256)
def outline(sql: str) -> Outline:
    """The outline of one SELECT in BigQuery's dialect. Raises ConfigError with the line inside the text."""
    tree = _parsed(sql)
    parameters = frozenset(one.name for one in tree.find_all(exp.Parameter))
    heads = list(_heads(tree))
    if any(head.is_star for head in heads):
        return Outline(None, frozenset(), {}, parameters)
    nameless = count()
    named = (exp.Alias, exp.Column, exp.Dot)
    shown = [(one.alias_or_name if isinstance(one, named) else f"f{next(nameless)}_", one) for one in heads[0].selects]
    if len(heads) > 1:  # the first names the columns of a union, each may fill them
        return Outline(tuple(name for name, _ in shown), frozenset(), {}, parameters)
    natural = frozenset(name for name, one in shown if _natural(one, tree, 0))
    words = {name: found for name, one in shown if (found := _words(one))}
    return Outline(tuple(name for name, _ in shown), natural, words, parameters)


def _parsed(sql: str) -> exp.Query:
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="bigquery") if tree is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        words = str(first.get("description") or error).partition("<Token")[0].removesuffix(" but got ")
        near = str(first.get("highlight") or "")
        place = f" at {near[:40]!r}" if near.strip() else ""
        said = f"{' '.join(words.split())[:200]}{place}"
        raise ConfigError(f"is not SQL: {said}", line=int(first.get("line") or 0)) from None
    except (SqlglotError, RecursionError) as error:
        words = " ".join(str(error).split())[:200] or "nested too deeply"
        raise ConfigError(f"is not SQL: {words}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ConfigError("must be one SELECT")
    return trees[0]


def _heads(tree: Node) -> Iterator[exp.Select]:
    """The SELECTs whose rows the query gives: one, or those of a union, the first first."""
    if isinstance(tree, exp.SetOperation):
        yield from _heads(tree.this)
        yield from _heads(tree.expression)
    elif isinstance(tree, exp.Subquery):
        yield from _heads(tree.this)
    elif isinstance(tree, exp.Select):
        yield tree


def _natural(node: Node, tree: exp.Query, depth: int) -> bool:
    """True when the value is surely 0 or more, or NULL."""
    if depth > _DEEPEST:
        return False
    if isinstance(node, (*_COUNTS, exp.Literal)):
        return not getattr(node, "is_string", False)
    if isinstance(node, (exp.Alias, exp.Nullif, *_KEEPING)):
        return _natural(node.this, tree, depth + 1)
    if isinstance(node, _JOINING):
        parts = [node.this, node.args.get("expression"), *(node.args.get("expressions") or ())]
        return all(_natural(part, tree, depth + 1) for part in parts if part is not None)
    if isinstance(node, exp.Column) and node.table:
        source = next((one for one in tree.ctes if one.alias == node.table), None)
        inner = source.this if source is not None else None
        hidden = any(one.alias == node.table != one.name for one in tree.find_all(exp.Table))
        alone = len(list(tree.find_all(exp.With))) == 1
        if isinstance(inner, exp.Select) and alone and not hidden:
            found = [one for one in inner.selects if one.alias_or_name == node.name]
            return len(found) == 1 and _natural(found[0], tree, depth + 1)
    return False


def _words(node: Node) -> tuple[str, ...]:
    """The texts that a CASE or a literal can give, when all are written out; else ()."""
    inner = node.this if isinstance(node, exp.Alias) else node
    branches = [inner]
    if isinstance(inner, exp.Case):
        branches = [one.args["true"] for one in inner.args["ifs"]]
        branches += [inner.args["default"]] if inner.args.get("default") is not None else []
    if not all(isinstance(one, exp.Literal) and one.is_string for one in branches):
        return ()
    return tuple(dict.fromkeys(one.name for one in branches))
