"""GoogleSQL's functions as DuckDB macros, for everything where DuckDB's own function answers otherwise.

Macros are overloaded by type, so that DuckDB's binder decides between INT64, FLOAT64 and NUMERIC as BigQuery's analyser
does; a type without an overload is refused at binding. NUMERIC is DECIMAL(38,9) throughout. Errors are raised through
failing casts and integer divisions rather than ``error()``, because ``TRY`` (SAFE_CAST, SAFE.) refuses volatile
functions.
"""

from __future__ import annotations

NUMERIC = "DECIMAL(38,9)"
_SPACE = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(133) || chr(160) || chr(8232) || chr(12288)"
_UNIT = "CAST(0.000000001 AS DECIMAL(9,9))"
_BASE = "DATE '0001-01-01'"  # a Monday
_TENNER = "CAST(1000000000 AS DECIMAL(10,0))"

_ARITHMETIC = (
    # x // (0 or 1) raises "Division by zero"
    f"""bq_ratio(n, d) AS CAST((abs(n) * 2 + abs(d)) // (2 * abs(d)) * sign(n) * sign(d) AS DECIMAL(38,0)) * {_UNIT}""",
    f"""bq_numeric_div(a, b) AS bq_ratio(
        CAST(CAST(a AS {NUMERIC}) * {_TENNER} AS HUGEINT) * 1000000000,
        CAST(CAST(b AS {NUMERIC}) * {_TENNER} AS HUGEINT))""",
    """bq_float_div(a, b) AS CASE WHEN b = 0 THEN CAST(1 // CAST(b AS BIGINT) AS DOUBLE)
        ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END""",
    f"""bq_div(t BIGINT, a, b) AS bq_float_div(a, b), (t DOUBLE, a, b) AS bq_float_div(a, b),
        (t {NUMERIC}, a, b) AS bq_numeric_div(a, b)""",
    f"bq_mul(t BIGINT, x) AS x, (t DOUBLE, x) AS x, (t {NUMERIC}, x) AS CAST(x AS {NUMERIC})",
    "bq_idiv(a BIGINT, b BIGINT) AS a // b",
    "bq_mod(a BIGINT, b BIGINT) AS a % b",
    f"bq_num(t INTEGER, x) AS x, (t BIGINT, x) AS x, (t DOUBLE, x) AS x, (t {NUMERIC}, x) AS x",
    "bq_civil(t DATE, x) AS x, (t TIMESTAMP, x) AS x, (t TIMESTAMPTZ, x) AS "
    "CAST('no months can be added to the TIMESTAMP ' || x AS TIMESTAMPTZ)",
    """bq_finite(x) AS CASE WHEN isfinite(x) THEN x WHEN x IS NULL THEN NULL
        ELSE CAST('floating point error: ' || x || ' (outside the domain, or overflow)' AS DOUBLE) END""",
    f"""bq_float(t BIGINT, x) AS CAST(x AS DOUBLE), (t DOUBLE, x) AS x,
        (t {NUMERIC}, x) AS CAST('this function is not supported for the NUMERIC ' || x AS DOUBLE)""",
    f"""bq_round(t BIGINT, x) AS CAST(x AS DOUBLE), (t DOUBLE, x) AS round(x),
        (t {NUMERIC}, x) AS CAST(round(x, 0) AS {NUMERIC}),
        (t BIGINT, x, n) AS round(CAST(x AS DOUBLE), CAST(n AS INTEGER)),
        (t DOUBLE, x, n) AS round(x, CAST(n AS INTEGER)), (t {NUMERIC}, x, n) AS CAST(round(x, n) AS {NUMERIC})""",
    *(
        f"""bq_{name}(t BIGINT, x) AS CAST(x AS DOUBLE), (t DOUBLE, x) AS {name}(x),
        (t {NUMERIC}, x) AS CAST({name}(x) AS {NUMERIC})"""
        for name in ("trunc", "ceil", "floor")
    ),
    f"""bq_sign(t BIGINT, x) AS CAST(sign(x) AS BIGINT), (t DOUBLE, x) AS CAST(sign(x) AS DOUBLE),
        (t {NUMERIC}, x) AS CAST(sign(x) AS {NUMERIC})""",
    f"bq_sum(t BIGINT, s) AS CAST(s AS BIGINT), (t DOUBLE, s) AS s, (t {NUMERIC}, s) AS CAST(s AS {NUMERIC})",
    f"""bq_avg(t BIGINT, s, n, a) AS a, (t DOUBLE, s, n, a) AS a,
        (t {NUMERIC}, s, n, a) AS CASE WHEN n > 0 THEN bq_numeric_div(s, n) END""",
    f"bq_float_like(t BIGINT) AS CAST(0 AS DOUBLE), (t DOUBLE) AS t, (t {NUMERIC}) AS t",
)

_STRINGS = (
    """bq_substr(s VARCHAR, p) AS substr(s, CASE WHEN p = 0 OR p < -length(s) THEN 1 ELSE p END),
        (s VARCHAR, p, n) AS substr(s, CASE WHEN p = 0 OR p < -length(s) THEN 1 ELSE p END,
            CASE WHEN n < 0 THEN CAST('substr: negative length' AS BIGINT) ELSE n END)""",
    "bq_left(s VARCHAR, n) AS left(s, CASE WHEN n < 0 THEN CAST('left: negative length' AS BIGINT) ELSE n END)",
    "bq_right(s VARCHAR, n) AS right(s, CASE WHEN n < 0 THEN CAST('right: negative length' AS BIGINT) ELSE n END)",
    f"bq_trim(s VARCHAR) AS trim(s, {_SPACE}), (s VARCHAR, c) AS trim(s, c)",
    f"bq_ltrim(s VARCHAR) AS ltrim(s, {_SPACE}), (s VARCHAR, c) AS ltrim(s, c)",
    f"bq_rtrim(s VARCHAR) AS rtrim(s, {_SPACE}), (s VARCHAR, c) AS rtrim(s, c)",
    *(
        f"""bq_{name}(s VARCHAR, n) AS {name}(s, CAST(n AS INTEGER), ' '),
        (s VARCHAR, n, c) AS {name}(s, CAST(n AS INTEGER), c)"""
        for name in ("lpad", "rpad")
    ),
    "bq_text(s VARCHAR) AS s",
    "bq_length(s VARCHAR) AS length(s)",
    "bq_byte_length(s VARCHAR) AS strlen(s)",
    "bq_replace(s VARCHAR, a, b) AS CASE WHEN a = '' THEN s ELSE replace(s, a, b) END",
    "bq_extract_re(s VARCHAR, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    """bq_json_value(j, p) AS CASE WHEN json_type(j, p) IN ('OBJECT', 'ARRAY') THEN NULL
        ELSE json_extract_string(j, p) END""",
    """bq_at(l, i) AS CASE WHEN i < 0 OR i >= len(l) THEN
        list_extract(l, CAST('array index ' || i || ' is out of bounds' AS BIGINT)) ELSE list_extract(l, i + 1) END""",
    "bq_safe_at(l, i) AS CASE WHEN i < 0 THEN NULL ELSE list_extract(l, i + 1) END",
    "bq_array_concat(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_concat(a, b) END",
    "bq_generate(a BIGINT, b BIGINT, s) AS CASE WHEN s = 0 THEN [1 // s] ELSE generate_series(a, b, s) END",
)

_CASTS = (
    f"""bq_int64(t BIGINT, x) AS x, (t DOUBLE, x) AS CAST(round(x) AS BIGINT),
        (t {NUMERIC}, x) AS CAST(round(x, 0) AS BIGINT), (t BOOLEAN, x) AS CAST(x AS BIGINT),
        (t VARCHAR, x) AS CASE WHEN regexp_full_match(x, '[+-]?[0-9]+')
        THEN CAST(x AS BIGINT) ELSE CAST('bad INT64 value ' || x AS BIGINT) END""",
    f"""bq_float64(t BIGINT, x) AS CAST(x AS DOUBLE), (t DOUBLE, x) AS x, (t {NUMERIC}, x) AS CAST(x AS DOUBLE),
        (t VARCHAR, x) AS CASE WHEN regexp_full_match(x, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?')
        THEN CAST(x AS DOUBLE) ELSE CAST('bad FLOAT64 value ' || x AS DOUBLE) END""",
    f"""bq_numeric(t BIGINT, x) AS CAST(x AS {NUMERIC}), (t DOUBLE, x) AS CAST(x AS {NUMERIC}), (t {NUMERIC}, x) AS x,
        (t VARCHAR, x) AS CAST(x AS {NUMERIC})""",
    """bq_bool(t BOOLEAN, x) AS x, (t BIGINT, x) AS x <> 0, (t VARCHAR, x) AS CASE lower(x) WHEN 'true' THEN true
        WHEN 'false' THEN false ELSE CAST('bad BOOL value ' || x AS BOOLEAN) END""",
    """bq_fraction(us) AS CASE WHEN us % 1000000 = 0 THEN '' WHEN us % 1000 = 0
        THEN '.' || lpad(CAST(us % 1000000 // 1000 AS VARCHAR), 3, '0')
        ELSE '.' || lpad(CAST(us % 1000000 AS VARCHAR), 6, '0') END""",
    f"""bq_string(t VARCHAR, x) AS x, (t BIGINT, x) AS CAST(x AS VARCHAR), (t BOOLEAN, x) AS CAST(x AS VARCHAR),
        (t DATE, x) AS CAST(x AS VARCHAR),
        (t DOUBLE, x) AS CASE WHEN abs(x) >= 1e15 OR (x <> 0 AND abs(x) < 0.0001)
            THEN CAST(CAST('FLOAT64 ' || x || ' AS STRING is not supported' AS BIGINT) AS VARCHAR)
            ELSE regexp_replace(CAST(x AS VARCHAR), '[.]0$', '') END,
        (t {NUMERIC}, x) AS rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.'),
        (t TIMESTAMP, x) AS strftime(x, '%Y-%m-%d %H:%M:%S') || bq_fraction(epoch_us(x)),
        (t TIMESTAMPTZ, x) AS strftime(timezone('UTC', x), '%Y-%m-%d %H:%M:%S') || bq_fraction(epoch_us(x)) || '+00'""",
)

_MOMENTS = (
    """bq_moment(t TIMESTAMPTZ, x) AS x,
        (t TIMESTAMP, x) AS CAST('not a TIMESTAMP but a DATETIME: ' || x AS TIMESTAMPTZ),
        (t DATE, x) AS CAST('not a TIMESTAMP but a DATE: ' || x AS TIMESTAMPTZ)""",
    "bq_local(t, z) AS timezone(z, CAST(t AS TIMESTAMPTZ))",
    # a wall clock shown twice means its first moment, as in BigQuery; DuckDB takes the second
    """bq_instant(l TIMESTAMP, z) AS CASE WHEN timezone(z, timezone(z, l) - INTERVAL 1 HOUR) = l
        THEN timezone(z, l) - INTERVAL 1 HOUR ELSE timezone(z, l) END""",
    """bq_clock(t TIMESTAMP, x) AS x, (t TIMESTAMPTZ, x) AS timezone('UTC', x),
        (t DATE, x) AS CAST('a DATE has no time of day: ' || x AS TIMESTAMP)""",
    "bq_any_clock(t TIMESTAMP, x) AS x, (t TIMESTAMPTZ, x) AS timezone('UTC', x), (t DATE, x) AS CAST(x AS TIMESTAMP)",
    """bq_date(t DATE, x) AS x, (t TIMESTAMP, x) AS CAST(x AS DATE),
        (t TIMESTAMPTZ, x) AS CAST(timezone('UTC', x) AS DATE), (t VARCHAR, x) AS CAST(x AS DATE)""",
    "bq_only_date(d DATE) AS d",
    """bq_only_datetime(t TIMESTAMP, x) AS x, (t DATE, x) AS CAST(x AS TIMESTAMP),
        (t TIMESTAMPTZ, x) AS CAST('not a DATETIME but a TIMESTAMP: ' || x AS TIMESTAMP)""",
    """bq_timestamp(t TIMESTAMPTZ, x) AS x, (t TIMESTAMP, x) AS timezone('UTC', x),
        (t DATE, x) AS timezone('UTC', CAST(x AS TIMESTAMP)), (t VARCHAR, x) AS CAST(x AS TIMESTAMPTZ),
        (t TIMESTAMP, x, z) AS bq_instant(x, z), (t DATE, x, z) AS bq_instant(CAST(x AS TIMESTAMP), z),
        (t VARCHAR, x, z) AS bq_instant(CAST(x AS TIMESTAMP), z)""",
    """bq_datetime(t TIMESTAMP, x) AS x, (t TIMESTAMPTZ, x) AS timezone('UTC', x), (t DATE, x) AS CAST(x AS TIMESTAMP),
        (t VARCHAR, x) AS CAST(x AS TIMESTAMP)""",
    "bq_add_days(d DATE, n) AS d + CAST(n AS INTEGER)",
    "bq_add_months(d DATE, n) AS CAST(d + to_months(CAST(n AS INTEGER)) AS DATE)",
    "bq_datetime_add_months(d, n) AS d + to_months(CAST(n AS INTEGER))",
    "bq_datetime_add_us(d, n) AS d + to_microseconds(CAST(n AS BIGINT))",
    "bq_timestamp_add_us(t, n) AS t + to_microseconds(CAST(n AS BIGINT))",
    f"bq_week(d, k) AS (d - {_BASE} + k) // 7",
    "bq_week_start(d, k) AS d - CAST((d - DATE '0001-01-01' + k) % 7 AS INTEGER)",
    "bq_iso_year_start(d) AS bq_week_start(make_date(isoyear(d), 1, 4), 0)",
    "bq_us(a) AS epoch_us(CAST(a AS TIMESTAMPTZ))",
    "bq_civil_us(t TIMESTAMP, x) AS epoch_us(x), (t DATE, x) AS epoch_us(CAST(x AS TIMESTAMP))",
    "bq_floor_div(a, n) AS (a - ((a % n + n) % n)) // n",
    "bq_week_of_year(d, w) AS (dayofyear(d) - 1 + 7 - (dayofweek(d) - w + 7) % 7) // 7",
    """bq_date_array(a DATE, b DATE, n) AS CASE WHEN n = 0 THEN [CAST('step 0' AS DATE)] ELSE
        CAST(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), to_days(CAST(n AS INTEGER))) AS DATE[]) END""",
    """bq_timestamp_array(a TIMESTAMPTZ, b TIMESTAMPTZ, n) AS CASE WHEN n = 0 THEN [CAST('step 0' AS TIMESTAMPTZ)]
        ELSE generate_series(a, b, to_microseconds(CAST(n AS BIGINT))) END""",
)

MACROS: tuple[str, ...] = tuple(
    f"CREATE OR REPLACE MACRO {text}" for text in (*_ARITHMETIC, *_STRINGS, *_CASTS, *_MOMENTS)
)
