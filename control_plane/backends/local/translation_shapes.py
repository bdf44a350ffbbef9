"""What a query may be made of: clauses beyond these are refused by name, and so is what is ambiguous."""

from __future__ import annotations

from sqlglot import exp

from schemas.errors import Denied

from .corrections_nodes import Node, refuse
from .warehouse_names import Catalog

_SET = frozenset({"this", "expression", "distinct", "with_", "order", "limit", "offset"})
_ALLOWED: dict[type[Node], frozenset[str]] = {
    exp.Select: frozenset(
        {"expressions", "from_", "joins", "where", "group", "having", "qualify", "windows", "order", "limit",
         "offset", "distinct", "with_"}
    ),
    exp.Table: frozenset({"this", "db", "catalog", "alias"}),
    exp.Subquery: frozenset({"this", "alias", "with_"}),
    exp.Join: frozenset({"this", "side", "kind", "on", "using"}),
    exp.Group: frozenset({"expressions", "all"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.Union: _SET, exp.Intersect: _SET, exp.Except: _SET,
    exp.Unnest: frozenset({"expressions", "alias", "offset", "explode_array"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "over", "alias"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.Star: frozenset({"except_", "replace"}),
    exp.Count: frozenset({"this", "big_int"}),
    exp.Offset: frozenset({"expression"}), exp.Limit: frozenset({"this", "expression"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
}  # fmt: skip
_FLAT = (exp.GenerateDateArray, exp.GenerateTimestampArray, exp.GenerateSeries, exp.Split, exp.Parameter)
_HIDDEN = frozenset({"rowid", "_partitiontime", "_partitiondate", "_file_name"})


def check_shapes(tree: Node, catalog: Catalog) -> None:
    """Denied when a node carries a clause that has no exact counterpart."""
    for node in tree.walk():
        allowed = _ALLOWED.get(type(node))
        if allowed is not None:
            for key, value in node.args.items():
                if value and key not in allowed:
                    raise refuse(_clause(node, key, value))
        if isinstance(node, exp.SetOperation):
            _check_set(node)
        elif isinstance(node, exp.Select):
            _check_star(node)
            _check_aliases(node, catalog)
        elif isinstance(node, exp.Column) and node.name.lower() in _HIDDEN:
            raise refuse(f"the column {node.name}")
        elif isinstance(node, exp.Join) and str(node.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
            raise refuse(f"{node.args['kind']} JOIN")


def _clause(node: Node, key: str, value: object) -> str:
    words = {"kind": f"SELECT AS {value}", "version": "FOR SYSTEM_TIME AS OF", "sample": "TABLESAMPLE",
             "pivots": "PIVOT", "recursive": "WITH RECURSIVE"}  # fmt: skip
    return words.get(key, f"{node.key.upper()} with {key.upper().strip('_')}")


def _check_set(node: exp.SetOperation) -> None:
    if not isinstance(node, exp.Union) and not node.args.get("distinct"):
        raise refuse(f"{node.key.upper()} ALL")
    inner = node.this
    if isinstance(inner, exp.SetOperation) and (
        type(inner) is not type(node) or bool(inner.args.get("distinct")) != bool(node.args.get("distinct"))
    ):
        raise Denied("different set operations in a row need parentheses", part="warehouse")


def _sources(select: exp.Select) -> list[Node]:
    first = select.args.get("from_")
    return ([first.this] if first is not None else []) + [join.this for join in select.args.get("joins") or []]


def _check_star(select: exp.Select) -> None:
    if not any(isinstance(one, exp.Star) for one in select.expressions):
        return
    for source in _sources(select):
        if isinstance(source, exp.Unnest):
            item = source.expressions[0]
            flat = isinstance(item, _FLAT) or (isinstance(item, exp.Array) and item.find(exp.Struct) is None)
            if not flat:
                raise refuse("SELECT * over UNNEST of what may be structs")


def _check_aliases(select: exp.Select, catalog: Catalog) -> None:
    """A name that is both a column and another expression's alias may mean either in GROUP BY, HAVING, QUALIFY."""
    named = {one.alias.lower() for one in select.expressions
             if isinstance(one, exp.Alias) and one.this.name.lower() != one.alias.lower()}  # fmt: skip
    used: dict[str, str] = {}
    for clause in ("group", "having", "qualify"):
        part = select.args.get(clause)
        for column in part.find_all(exp.Column) if part is not None and named else ():
            if not column.table and column.find_ancestor(exp.AggFunc, exp.Select) in (None, select):
                used[column.name.lower()] = clause
    for source in _sources(select) if used else ():
        if isinstance(source, exp.Table) and (spec := catalog.tables.get(f"{source.db}.{source.name}")):
            for name in named & used.keys():
                if spec.column(name) is not None:
                    words = f"{name} in {used[name].upper()}, both a column of {spec.key} and an alias"
                    raise Denied(f"ambiguous: {words}", part="warehouse")


def name_columns(tree: Node) -> None:
    """Expressions without a name are f0_, f1_ … in the order they stand, as BigQuery calls them."""
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return
    count, named = 0, []
    for one in tree.expressions:
        if isinstance(one, (exp.Alias, exp.Column, exp.Star, exp.Dot)):
            named.append(one)
            continue
        named.append(exp.Alias(this=one, alias=exp.to_identifier(f"f{count}_")))
        count += 1
    tree.set("expressions", named)
