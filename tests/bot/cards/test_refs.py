"""Button values: what is written is read; anything else is nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.refs import LONGEST, Ref, decode, find_remedy, remedy_key

from .made import ALERT, AUTOMATIC, FINDING, FORCE, RERUN

HEX = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(
    HEX,
    st.integers(1, 999_999_999),
    st.sampled_from(["", remedy_key(RERUN)]),
    st.sampled_from(["", "heal_" + "0" * 12]),
)
def test_there_and_back(alert: str, episode: int, remedy: str, heal: str) -> None:
    ref = Ref(alert, episode, remedy, heal)
    assert decode(ref.encode()) == ref and len(ref.encode()) <= LONGEST


GOOD = Ref(ALERT.id, 1, remedy_key(RERUN)).encode()


@pytest.mark.parametrize(
    "text",
    ["", "r1", GOOD + "\n", " " + GOOD, GOOD.upper(), GOOD.replace("r1", "r2"), GOOD.replace(" 1 ", " 0 "), GOOD * 5,
     GOOD.replace(" 1 ", " ١ "), GOOD.replace(" 1 ", " -1 "), GOOD + " x", "{}", "\x00"],
)  # fmt: skip
def test_anything_else_is_nothing(text: str) -> None:
    assert decode(text) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    decode(text)


def test_a_remedy_is_found_whatever_its_place() -> None:
    alert = replace(ALERT, finding=replace(FINDING, remedies=(AUTOMATIC, FORCE, RERUN)))
    turned = replace(ALERT, finding=replace(FINDING, remedies=(RERUN, AUTOMATIC, FORCE)))
    for remedy in (AUTOMATIC, FORCE, RERUN):
        assert find_remedy(alert, remedy_key(remedy)) == find_remedy(turned, remedy_key(remedy)) == remedy
    assert find_remedy(ALERT, remedy_key(FORCE)) is None
    assert remedy_key(FORCE) != remedy_key(replace(FORCE, target="other"))
