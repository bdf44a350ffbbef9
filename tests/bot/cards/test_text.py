"""Words made safe."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.text import bare, by, clean, cut, length, line, local, moments, person, when

CASES = [
    ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
    ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
    ("@here", "@\u200bhere"),
    ("@Channel", "@\u200bChannel"),
    ("me@hereford.com", "me@hereford.com"),
    ("`rm`", "ˋrmˋ"),
    ("*bold*", "∗bold∗"),
    ("_it_", "ˍitˍ"),
    ("player_game_summary", "player_game_summary"),
    ("a **b** _*c*_ ~d~", "a ∗∗b∗∗ ˍ∗c∗ˍ ∼d∼"),
    ("20*finals", "20*finals"),
    ("> quoted", "\u200b&gt; quoted"),
    ("two\nlines\t and\u202e more", "two lines and more"),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_clean(text: str, wanted: str) -> None:
    assert clean(text) == wanted


def test_plain_text_is_not_escaped_but_holds_no_token() -> None:
    assert line("a < b & <!here> @channel") == "a < b & <\u200b!here> @\u200bchannel"


@given(st.text(), st.integers(2, 60))
def test_a_cut_keeps_the_limit_and_whole_entities(text: str, limit: int) -> None:
    short = clean("&<>" * 3 + text, limit)
    assert length(short) <= limit
    for piece in short.split("&")[1:]:
        assert piece.startswith(("amp;", "lt;", "gt;"))


def test_lengths_are_counted_as_slack_may_count_them() -> None:
    assert cut("😀😀😀", 6) == "😀😀😀"
    assert cut("😀😀😀", 5) == "😀😀…"
    assert cut("abc", 3) == "abc" and cut("abcd", 3) == "ab…"


def test_moments_and_persons() -> None:
    moment = datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert local(moment, "America/New_York") == "24 Nov 09:00 EST"
    expected = "<!date^1795528800^{date_short_pretty} {time}|24 Nov 09:00 EST>"
    assert when(moment, "America/New_York") == expected
    assert person("U0ONCALL") == "<@U0ONCALL>"
    assert person("cleanup") == "cleanup"
    assert by("automatic") == "automatically" and by("U0ONCALL") == "by <@U0ONCALL>"
    assert (
        moments("at 2026-11-24T14:00:00.000000Z, day 2026-11-24", "America/New_York")
        == f"at {expected}, day 2026-11-24"
    )
    assert moments("2026-99-24T14:00:00Z", "UTC") == "2026-99-24T14:00:00Z"
    assert person("U0ONCALL> <!channel") == "U0ONCALL&gt; &lt;!channel"
    assert bare("a `b`\n c") == "a ˋbˋ c"
