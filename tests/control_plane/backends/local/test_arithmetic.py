"""Dates, differences, division and rounding of the real engine against Python's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from control_plane.backends.local.duck import DuckWarehouse
from schemas.errors import Denied

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))
WHOLE = st.integers(-(10**12), 10**12)
MONEY = st.decimals(-(10**8), 10**8, places=4, allow_nan=False)
ZONES = st.sampled_from(["America/New_York", "UTC", "Asia/Kolkata", "Europe/Berlin"])
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckWarehouse]:
    path: Path = tmp_path_factory.mktemp("arithmetic") / "warehouse.duckdb"
    opened = DuckWarehouse(path, project="p")
    yield opened
    opened.close()


def one(warehouse: DuckWarehouse, sql: str, **params: Any) -> tuple[Any, ...]:
    return warehouse.query(sql, params, now=NOW, timeout=timedelta(seconds=20)).rows[0]


def truncated(span: timedelta, unit: timedelta) -> int:
    whole = abs(span) // unit
    return whole if span >= timedelta(0) else -whole


@SETTINGS
@given(a=MOMENTS, b=MOMENTS)
def test_timestamp_diff_counts_whole_units(warehouse: DuckWarehouse, a: datetime, b: datetime) -> None:
    units = ("MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY")
    found = one(
        warehouse, "SELECT " + ", ".join(f"TIMESTAMP_DIFF(@a, @b, {unit}) AS {unit}" for unit in units), a=a, b=b
    )
    sizes = (timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1),
             timedelta(hours=1), timedelta(days=1))  # fmt: skip
    assert found == tuple(truncated(a - b, size) for size in sizes)


@SETTINGS
@given(a=DAYS, b=DAYS)
def test_date_diff_counts_boundaries(warehouse: DuckWarehouse, a: date, b: date) -> None:
    sql = (
        "SELECT DATE_DIFF(@a, @b, DAY) AS d, DATE_DIFF(@a, @b, WEEK) AS w, DATE_DIFF(@a, @b, WEEK(MONDAY)) AS m,"
        " DATE_DIFF(@a, @b, WEEK(THURSDAY)) AS t, DATE_DIFF(@a, @b, MONTH) AS mo, DATE_DIFF(@a, @b, QUARTER) AS q,"
        " DATE_DIFF(@a, @b, YEAR) AS y, DATE_DIFF(@a, @b, ISOYEAR) AS iy"
    )

    def weeks(shift: int) -> int:  # ordinal 1, 0001-01-01, is a Monday
        return (a.toordinal() - 1 + shift) // 7 - (b.toordinal() - 1 + shift) // 7

    months = (a.year - b.year) * 12 + a.month - b.month
    quarters = (a.year - b.year) * 4 + (a.month - 1) // 3 - (b.month - 1) // 3
    years, iso = a.year - b.year, a.isocalendar().year - b.isocalendar().year
    assert one(warehouse, sql, a=a, b=b) == ((a - b).days, weeks(1), weeks(0), weeks(4), months, quarters, years, iso)


@SETTINGS
@given(day=DAYS)
def test_parts_and_cuts_of_a_day(warehouse: DuckWarehouse, day: date) -> None:
    sql = (
        "SELECT EXTRACT(DAYOFWEEK FROM @d) AS dow, EXTRACT(ISOWEEK FROM @d) AS iw, EXTRACT(WEEK FROM @d) AS w,"
        " EXTRACT(WEEK(MONDAY) FROM @d) AS wm, EXTRACT(DAYOFYEAR FROM @d) AS doy, DATE_TRUNC(@d, WEEK) AS ts,"
        " DATE_TRUNC(@d, WEEK(MONDAY)) AS tm, DATE_TRUNC(@d, MONTH) AS tmo, FORMAT_DATE('%Y-%m-%d', @d) AS f,"
        " PARSE_DATE('%Y%m%d', FORMAT_DATE('%Y%m%d', @d)) AS p"
    )
    assert one(warehouse, sql, d=day) == (
        day.isoweekday() % 7 + 1, day.isocalendar().week, int(day.strftime("%U")), int(day.strftime("%W")),
        day.timetuple().tm_yday, day - timedelta(days=day.isoweekday() % 7), day - timedelta(days=day.weekday()),
        day.replace(day=1), day.isoformat(), day,
    )  # fmt: skip


@SETTINGS
@given(moment=st.datetimes(datetime(1971, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)), zone=ZONES)
def test_a_moments_day_and_clock_in_a_zone(warehouse: DuckWarehouse, moment: datetime, zone: str) -> None:
    sql = (
        "SELECT DATE(@m, @z) AS d, EXTRACT(HOUR FROM @m AT TIME ZONE @z) AS h, DATETIME(@m, @z) AS l,"
        " FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%S', @m, @z) AS f"
    )
    local = moment.astimezone(ZoneInfo(zone))
    assert one(warehouse, sql, m=moment, z=zone) == (
        local.date(), local.hour, local.replace(tzinfo=None), local.strftime("%Y-%m-%d %H:%M:%S"),
    )  # fmt: skip


@SETTINGS
@example(clock=datetime(2026, 11, 1, 1, 30), zone="America/New_York")
@example(clock=datetime(2026, 3, 8, 2, 30), zone="America/New_York")
@given(clock=st.datetimes(datetime(1971, 1, 1), datetime(2036, 1, 1)), zone=ZONES)
def test_the_moment_of_a_wall_clock_is_the_first_that_shows_it(
    warehouse: DuckWarehouse, clock: datetime, zone: str
) -> None:
    clock = clock.replace(microsecond=0)
    (found,) = one(warehouse, "SELECT TIMESTAMP(@c, @z) AS t", c=clock.isoformat(sep=" "), z=zone)
    assert found == clock.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


@SETTINGS
@given(a=WHOLE, b=WHOLE)
def test_division_of_integers(warehouse: DuckWarehouse, a: int, b: int) -> None:
    if b == 0:
        assert one(warehouse, "SELECT SAFE_DIVIDE(@a, @b) AS s", a=a, b=b) == (None,)
        with pytest.raises(Denied, match="ivision by zero"):
            one(warehouse, "SELECT @a / @b AS q", a=a, b=b)
        return
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    sql = "SELECT @a / @b AS q, SAFE_DIVIDE(@a, @b) AS s, DIV(@a, @b) AS d, MOD(@a, @b) AS m"
    assert one(warehouse, sql, a=a, b=b) == (a / b, a / b, quotient, a - b * quotient)


@SETTINGS
@given(a=MONEY, b=MONEY)
def test_numeric_is_exact_to_nine_places(warehouse: DuckWarehouse, a: Decimal, b: Decimal) -> None:
    sql = "SELECT @a + @b AS s, @a - @b AS d, @a * @b AS p, ROUND(@a, 1) AS r, CAST(@a AS INT64) AS i"
    tenth = a.quantize(Decimal("0.1"), ROUND_HALF_UP)
    whole = int(a.quantize(Decimal(1), ROUND_HALF_UP))
    assert one(warehouse, sql, a=a, b=b) == (a + b, a - b, a * b, tenth, whole)
    if b:
        (quotient,) = one(warehouse, "SELECT @a / @b AS q", a=a, b=b)
        assert quotient == (a / b).quantize(Decimal("0.000000001"), ROUND_HALF_UP)


@SETTINGS
@given(halves=st.integers(-(10**6), 10**6))
def test_halves_round_away_from_zero(warehouse: DuckWarehouse, halves: int) -> None:
    value = halves / 2
    expected = int(Decimal(halves).__truediv__(2).quantize(Decimal(1), ROUND_HALF_UP))
    assert one(warehouse, "SELECT CAST(@v AS INT64) AS i, ROUND(@v) AS r", v=value) == (expected, float(expected))


@SETTINGS
@given(values=st.lists(st.one_of(st.none(), st.integers(-1000, 1000)), max_size=12))
def test_aggregates_over_nulls_and_nothing(warehouse: DuckWarehouse, values: list[int | None]) -> None:
    there = [value for value in values if value is not None]
    items = ", ".join("STRUCT(CAST(NULL AS INT64) AS v)" if v is None else f"STRUCT({v} AS v)" for v in values)
    source = f"UNNEST([{items}]) AS r" if values else "(SELECT 1 AS v FROM UNNEST([1]) WHERE FALSE) AS r"
    sql = f"SELECT COUNT(*) AS n, COUNTIF(r.v > 0) AS c, SUM(r.v) AS s, MIN(r.v) AS l, AVG(r.v) AS a FROM {source}"
    n, c, s, low, mean = one(warehouse, sql)
    assert (n, c) == (len(values), sum(value > 0 for value in there))
    assert (s, low) == ((sum(there), min(there)) if there else (None, None))
    assert mean is None if not there else mean == pytest.approx(sum(there) / len(there), rel=1e-12)
