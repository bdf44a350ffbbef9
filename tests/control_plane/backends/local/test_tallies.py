from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane.backends.local.tallies import CREATE, DAY, HOUR, RAW, add, micros, pieces, total

edges = st.integers(-3 * DAY, 3 * DAY) | st.builds(
    lambda n, span, off: n * span + off, st.integers(-5, 5), st.sampled_from([HOUR, DAY]), st.integers(-1, 1)
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.execute(CREATE)
        yield made


@given(edges, edges)
def test_pieces_cover_the_window_once_and_leave_less_than_two_of_each_finer_span(since: int, until: int) -> None:
    cuts = pieces(since, until)
    assert [first for _, first, _ in cuts] == sorted(first for _, first, _ in cuts)
    if since >= until:
        assert cuts == []
        return
    assert cuts[0][1] == since
    assert cuts[-1][2] == until
    assert all(one[2] == two[1] for one, two in pairwise(cuts))
    for span, first, last in cuts:
        assert first < last
        assert span == RAW or (first % span == 0 and last % span == 0)
    assert sum(last - first for span, first, last in cuts if span == RAW) < 2 * HOUR
    assert sum(last - first for span, first, last in cuts if span != DAY) < 2 * DAY


def test_moments_are_exact_far_from_1970() -> None:
    for moment in (
        datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ):
        assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros(moment)) == moment


def test_seven_days_of_a_million_events_read_few_rows(connection: sqlite3.Connection) -> None:
    """A year of a million events, seeded span by span; the answer must come from the counters, not the raw counts."""
    events, year, labels = 1_000_000, 365 * DAY, [f"kind_{n}|healed" for n in range(5)]
    start = micros(datetime(2026, 1, 1, tzinfo=UTC))
    step = year // events
    connection.execute("BEGIN")
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
        " INSERT INTO tallies SELECT 'heals', 0, ? + i * ?, 'kind_' || (i % 5) || '|healed', 1 FROM n",
        (events, start, step),
    )
    for span, finer in ((HOUR, RAW), (DAY, HOUR)):
        connection.execute(
            "INSERT INTO tallies SELECT series, ?, at / ? * ? AS t, label, SUM(n) FROM tallies WHERE span = ?"
            " GROUP BY series, t, label",
            (span, span, span, finer),
        )
    connection.execute("COMMIT")
    since = start + 200 * DAY + 17 * HOUR + 1234567
    until = since + 7 * DAY
    first, last = -(-(since - start) // step), -(-(until - start) // step)
    expected = {label: len([i for i in range(first, last) if i % 5 == n]) for n, label in enumerate(labels)}
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        assert total(connection, "heals", since, until) == expected
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.005


def test_counts_of_one_moment_add_up_and_a_sum_of_nothing_is_absent(connection: sqlite3.Connection) -> None:
    add(connection, [("heals", "a", 5, 1), ("heals", "a", 5, 2), ("heals", "b", 5, 1), ("heals", "b", HOUR, -1)])
    assert total(connection, "heals", 0, DAY) == {"a": 3}
    assert total(connection, "heals", 0, 6) == {"a": 3, "b": 1}
