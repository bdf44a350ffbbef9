"""What a query gives, told from its text."""

from __future__ import annotations

import pytest

from control_plane.backends.local.columns import outline
from schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT COUNT(*) AS n, t.x, 1, MAX(y) FROM t", ("n", "x", "f0_", "f1_")),
        ("WITH a AS (SELECT 1 AS p) SELECT a.p AS q FROM a", ("q",)),
        ("(SELECT 1 AS a) UNION ALL SELECT 2 AS b", ("a",)),
        ("SELECT * FROM t", None),
        ("SELECT t.* EXCEPT (x) FROM t", None),
        ("SELECT 1 AS a UNION ALL SELECT * FROM t", None),
        ("SELECT STRUCT(1 AS a) AS s, [1, 2] AS list", ("s", "list")),
    ],
)
def test_columns_by_name(sql: str, columns: tuple[str, ...] | None) -> None:
    assert outline(sql).columns == columns


@pytest.mark.parametrize(
    ("expression", "natural"),
    [
        ("COUNT(*)", True),
        ("COUNTIF(x < 0)", True),
        ("SAFE_DIVIDE(COUNTIF(x), COUNT(*))", True),
        ("ROUND(100 * COUNTIF(x) / NULLIF(COUNT(*), 0), 1)", True),
        ("COALESCE(COUNT(x), 0)", True),
        ("COUNT(*) - 5", False),
        ("-COUNT(*)", False),
        ("COUNT(*) * -1", False),
        ("AVG(x)", False),
        ("SUM(x)", False),
        ("x", False),
        ("'text'", False),
    ],
)
def test_counts_and_their_shares_are_never_below_0(expression: str, natural: bool) -> None:
    assert ("n" in outline(f"SELECT {expression} AS n FROM t").natural) is natural
    through = outline(f"WITH c AS (SELECT {expression} AS n FROM t) SELECT c.n FROM c")
    assert ("n" in through.natural) is natural


def test_a_table_that_takes_the_name_of_a_subquery_tells_nothing() -> None:
    assert not outline("WITH c AS (SELECT COUNT(*) AS n FROM t) SELECT c.n FROM other AS c").natural


def test_parameters_and_fixed_words() -> None:
    found = outline("SELECT CASE WHEN a = @day THEN 'x' ELSE 'y' END AS mode, a AS free FROM t -- @comment")
    assert found.parameters == {"day"}
    assert found.words == {"mode": ("x", "y")}


@pytest.mark.parametrize(
    ("sql", "words", "line"),
    [
        ("SELECT a,\nFROM t WHERE (", "is not SQL", 2),
        ("DELETE FROM t WHERE TRUE", "must be one SELECT", 0),
        ("SELECT 1; SELECT 2", "must be one SELECT", 0),
        ("", "must be one SELECT", 0),
        ("SELECT 'open", "is not SQL", 0),
        ("SELECT " + "(" * 3000, "is not SQL", 0),
    ],
)
def test_what_is_no_query_is_said_in_one_sentence(sql: str, words: str, line: int) -> None:
    with pytest.raises(ConfigError) as raised:
        outline(sql)
    assert words in str(raised.value) and "\n" not in str(raised.value) and len(str(raised.value)) < 300
    assert raised.value.line == line
