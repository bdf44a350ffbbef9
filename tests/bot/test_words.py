"""The grammar that Slack and the shell share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.words import Words, parse, split
from schemas.errors import UsageError

NOW = datetime(2026, 11, 23, 21, 45, tzinfo=UTC)


def words(text: str) -> Words:
    return parse(split(text), person="U0ONCALL", source="word", now=NOW, usage="status")


def test_what_slack_escapes_and_phones_bend_is_read_as_it_was_meant() -> None:
    assert split("snooze \u201cphase2 raw\u201d 1h it\u2019s a &lt;b&gt; &amp; c") == [
        "snooze", "phase2 raw", "1h", "it's", "a", "<b>", "&", "c",
    ]  # fmt: skip
    assert split("why a#b \\n 'x") == ["why", "a#b", "\\n", "'x"]
    with pytest.raises(UsageError, match="quotes do not close"):
        split('why "open')


def test_options_and_flags() -> None:
    asked = words("batch --tier=critical --date 2026-11-22 --dry-run share")
    assert (asked.next("a check"), asked.option("tier"), asked.option("date")) == ("batch", "critical", "2026-11-22")
    assert asked.flag("dry-run") and asked.share
    asked.end()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--al", "--al is not known here; usage: status"),
        ("--teir all", "--teir is not known here, did you mean --tier? usage: status"),
        ("--tier", "--tier wants a value; usage: status"),
        ("too much", "'too much' is too much; usage: status"),
    ],
)
def test_what_nobody_asked_for_is_refused_by_name(text: str, said: str) -> None:
    asked = words(text)
    with pytest.raises(UsageError) as error:
        asked.option("tier")
        asked.end()
    assert str(error.value) == said
