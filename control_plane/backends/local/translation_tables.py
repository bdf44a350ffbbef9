"""Tables of a query: where they are in DuckDB, what of them is read, and partition filters that BigQuery demands."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from schemas.errors import Denied

from .corrections_nodes import Node, call, number, refuse
from .warehouse_names import META, Catalog, TableSpec


@dataclass(frozen=True)
class Reading:
    """One table that a query reads, and the bytes of one row's referenced columns."""

    table: TableSpec
    row_bytes: int


def readings(tree: Node, catalog: Catalog) -> tuple[Reading, ...]:
    """What the query reads. Missing: an unknown table; Denied: a demanded partition filter is not there."""
    names = {column.name.lower() for column in tree.find_all(exp.Column)}
    names |= {one.name.lower() for join in tree.find_all(exp.Join) for one in join.args.get("using") or []}
    everything = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
    reads: list[Reading] = []
    for table in _tables(tree):
        specs, _ = place(table, catalog)
        for spec in specs:
            _check_filter(table, spec)
            width = sum(col.width for col in spec.columns if everything or col.name.lower() in names)
            reads.append(Reading(spec, width))
    for index, node in enumerate(tree.find_all(exp.Unnest)):
        if not isinstance(node.parent, exp.In):
            _flatten(node, index)
    return tuple(reads)


def placed(tree: Node, catalog: Catalog) -> None:
    """Gives every table its place in DuckDB; after the corrections, which copy subqueries."""
    for table in _tables(tree):
        table.replace(place(table, catalog)[1])


def _tables(tree: Node) -> list[exp.Table]:
    """The tables of a query that are not its own WITH."""
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise refuse(f"the table function {table.this.sql(dialect='bigquery')[:80]}")
        if table.db or table.name.lower() not in own:
            found.append(table)
    return found


def _flatten(node: exp.Unnest, index: int) -> None:
    """UNNEST becomes a lateral subquery, so that WITH OFFSET counts from 0."""
    if len(node.expressions) != 1 or not isinstance(node.parent, (exp.From, exp.Join)):
        raise refuse("UNNEST of several arrays or outside FROM")
    alias, offset = node.args.get("alias"), node.args.get("offset")
    named = list(alias.columns) if alias is not None else []
    if alias is not None and alias.this is not None and not named:
        named = [alias.this]
    columns = [named[0].copy() if named else exp.to_identifier("f0_")]
    array = node.expressions[0]
    if offset:
        columns.append(offset.copy() if isinstance(offset, exp.Identifier) else exp.to_identifier("offset"))
    node.set("alias", exp.TableAlias(this=exp.to_identifier(f"unnest_{index}"), columns=columns))
    node.set("expressions", [array])
    if isinstance(node.parent, exp.Join) and node.parent.side and not node.parent.args.get("on"):
        node.parent.set("on", exp.Boolean(this=True))


def unnested(node: exp.Unnest) -> Node:
    """The rule that finishes what `_flatten` prepared."""
    if isinstance(node.parent, exp.In):
        return node
    array, alias = node.expressions[0], node.args["alias"]
    items: list[Node] = [call("unnest", array)]
    if node.args.get("offset"):
        places = call("generate_subscripts", array.copy(), number(1))
        items.append(exp.Sub(this=places, expression=number(1)))
    return exp.Subquery(this=exp.Select(expressions=items), alias=alias)


def place(table: exp.Table, catalog: Catalog) -> tuple[list[TableSpec], Node]:
    """The declared tables behind a name, and the node that reads them."""
    project, dataset, name, alias = table.catalog, table.db, table.name, table.args.get("alias")
    if name.upper().startswith("INFORMATION_SCHEMA.") or name == "__TABLES__":
        return [], _subquery(_about(name, dataset, catalog), alias or exp.TableAlias(this=exp.to_identifier(name)))
    if name.endswith("*"):
        specs = catalog.family(project, dataset, name[:-1])
        parts = [
            f"SELECT *, '{spec.name[len(name) - 1 :]}' AS \"_TABLE_SUFFIX\" FROM {_quoted(catalog, spec)}"
            for spec in specs
        ]
        return specs, _subquery(" UNION ALL BY NAME ".join(parts), alias)
    spec = catalog.find(project, dataset, name)
    parts3 = {"this": spec.name, "db": spec.dataset, "catalog": catalog.project}
    new = exp.Table(**{key: exp.to_identifier(text, quoted=True) for key, text in parts3.items()})
    new.set("alias", alias.copy() if alias is not None else None)
    return [spec], new


def _quoted(catalog: Catalog, spec: TableSpec) -> str:
    return f'"{catalog.project}"."{spec.dataset}"."{spec.name}"'


def _subquery(sql: str, alias: Node | None) -> Node:
    inner = sqlglot.parse_one(sql, dialect="duckdb")
    return exp.Subquery(this=inner, alias=alias.copy() if alias is not None else None)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _about(name: str, dataset: str, catalog: Catalog) -> str:
    """INFORMATION_SCHEMA.TABLES, INFORMATION_SCHEMA.COLUMNS or __TABLES__ of a dataset, from the declarations."""
    specs = [spec for spec in catalog.tables.values() if spec.dataset == dataset]
    if not specs:
        raise refuse(f"{name} of the unknown dataset {dataset!r}")
    project = _text(catalog.project)
    kind = name.upper().removeprefix("INFORMATION_SCHEMA.")
    if kind == "TABLES":
        head = "table_catalog, table_schema, table_name, table_type"
        rows = [f"({project}, {_text(dataset)}, {_text(spec.name)}, 'BASE TABLE')" for spec in specs]
    elif kind == "COLUMNS":
        head = "table_catalog, table_schema, table_name, column_name, ordinal_position, is_nullable, data_type"
        rows = [
            f"({project}, {_text(dataset)}, {_text(spec.name)}, {_text(col.name)}, {at},"
            f" {_text('NO' if col.mode == 'REQUIRED' else 'YES')},"
            f" {_text(f'ARRAY<{col.type}>' if col.mode == 'REPEATED' else col.type)})"
            for spec in specs
            for at, col in enumerate(spec.columns, 1)
        ]
    elif kind == "__TABLES__":
        return " UNION ALL ".join(_measured(catalog, spec) for spec in specs)
    else:
        raise refuse(name)
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v({head})"


def _measured(catalog: Catalog, spec: TableSpec) -> str:
    width = sum(column.width for column in spec.columns)
    return (
        f"SELECT {_text(catalog.project)} AS project_id, {_text(spec.dataset)} AS dataset_id,"
        f' {_text(spec.name)} AS table_id, (SELECT epoch_ms(max("at")) FROM'
        f' "{catalog.project}".{META}.changes WHERE "table" = {_text(spec.key)}) AS last_modified_time,'
        f" count(*) AS row_count, count(*) * {width} AS size_bytes, 1 AS type FROM {_quoted(catalog, spec)}"
    )


# --- partition filters ----------------------------------------------------------------------------------------

_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


def _check_filter(table: exp.Table, spec: TableSpec) -> None:
    if not spec.require_partition_filter:
        return
    select, name = table.find_ancestor(exp.Select), (table.alias or table.name).lower()
    conditions: list[Node] = []
    if select is not None:
        where = select.args.get("where")
        conditions += [where.this] if where is not None else []
        conditions += [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]
    for condition in conditions:
        for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            if _filters(part.unnest(), spec.partition_column, name):
                return
    raise Denied(
        f"cannot query over table {spec.key} without a filter over column {spec.partition_column} that can be used"
        " for partition elimination",
        part="warehouse",
    )


def _filters(part: Node, column: str, table: str) -> bool:
    if not isinstance(part, _COMPARISONS):
        return False
    columns = list(part.find_all(exp.Column))
    ours = [one for one in columns if one.name.lower() == column.lower() and one.table.lower() in ("", table)]
    return len(ours) == 1 and len(columns) == 1 and part.find(exp.Select) is None
