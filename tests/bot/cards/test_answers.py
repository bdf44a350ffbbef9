"""Answers to words: aligned, within every limit, harmless."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.answers import Section, answer, lines, sheet, table
from bot.workspace.blockkit import check_message

ROWS = [{"check": "phase2_raw", "state": "FAIL", "age": 3.5}, {"check": "x", "state": "PASS", "age": None}]


def test_a_table_is_aligned_and_counts_what_it_leaves_out() -> None:
    assert table([["a", 1], ["bbb", True]], head=["name", "n"]) == "```\nname  n\na     1\nbbb   yes\n```"
    assert table([[n] for n in range(1_025)]).endswith("```\nand 1,005 more")
    assert table([]) == "nothing"
    assert "```" not in table([["```<!here>"]])[3:-4]


def test_lines() -> None:
    assert lines({"last_run": "a*b*", "ok": False}) == "*last run*: a*b∗\n*ok*: no"
    assert lines([]) == "nothing"
    assert lines(list(range(31))).endswith("and 1 more")


def test_any_document_becomes_a_message() -> None:
    data = {"schema_version": 1, "healthy": False, "checks": ROWS, "queue": {"waiting": 2}, "notes": ["a", "b"]}
    drawn = answer("Status", data, summary="1 check fails", foot="as of now")
    text = str(drawn.blocks)
    assert "schema_version" not in text and "schema version" not in text
    for words in ("*healthy*: no", "check       state  age", "*waiting*: 2", "a\\nb", "as of now"):
        assert words in text
    assert drawn.text == "Status. 1 check fails"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=300) | st.just("<!channel>" * 300),
    lambda inner: st.lists(inner, max_size=40) | st.dictionaries(st.text(max_size=90), inner, max_size=12),
    max_leaves=60,
)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.dictionaries(st.text(max_size=90), JSON, max_size=12))
def test_no_document_makes_an_invalid_message(title: str, data: dict[str, object]) -> None:
    drawn = answer(title, data, summary=title)
    check_message(drawn.text, list(drawn.blocks), None)
    assert "<!" not in str(drawn.blocks[1:]) and "<!" not in drawn.text


def test_a_long_answer_keeps_its_head_and_its_foot() -> None:
    drawn = sheet("Events", [Section(str(n), "x" * 2_500) for n in range(20)], foot="the end")
    check_message(drawn.text, list(drawn.blocks), None)
    assert drawn.blocks[0]["type"] == "header" and "the end" in str(drawn.blocks[-1])
    assert "*0*" in str(drawn.blocks)
