"""Corrections of dates, datetimes and timestamps: whole units, weeks, zones, formats and the frozen clock.

TIMESTAMP_DIFF counts whole units, DATE_DIFF and DATETIME_DIFF count boundaries (GoogleSQL reference). A week begins on
Sunday unless WEEK(day) or ISOWEEK says otherwise.
"""

from __future__ import annotations

from sqlglot import exp

from .corrections_nodes import Node, Rule, call, cast, moment, number, refuse, typed

NOW = "now__"
"""The parameter that carries the moment which CURRENT_* mean."""

_WEEKDAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
_MICROSECONDS = {
    "MICROSECOND": 1, "MILLISECOND": 1_000, "SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000, "WEEK": 604_800_000_000,
}  # fmt: skip
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def unit_of(unit: Node | None) -> str:
    """``DAY``, ``WEEK(MONDAY)``, ``ISOWEEK`` … as written."""
    if isinstance(unit, exp.WeekStart):
        return f"WEEK({unit.this.name.upper()})"
    return unit.name.upper() if unit is not None else "DAY"


def _week_shift(unit: str) -> int | None:
    """Days by which the week's first day lies before Monday (0 Monday, 1 Sunday, 2 Saturday …)."""
    if unit in ("ISOWEEK", "WEEK(MONDAY)"):
        return 0
    if unit == "WEEK":
        return 1
    if unit.startswith("WEEK(") and unit[5:-1] in _WEEKDAYS:
        return (8 - _WEEKDAYS.index(unit[5:-1])) % 7
    return None


def _as(kind: str, node: Node) -> Node:
    """A string literal where a date or moment is expected is one, as in GoogleSQL."""
    return cast(node, kind) if isinstance(node, exp.Literal) and node.is_string else node


def _whole(node: Node) -> Node:
    """The count of an interval; sqlglot writes ``INTERVAL 5 DAY`` with the text '5'."""
    if isinstance(node, exp.Literal):
        if not node.name.lstrip("-").isdigit():
            raise refuse(f"INTERVAL {node.name!r}")
        return cast(exp.Literal.number(node.name), "BIGINT")
    return exp.Paren(this=node)


def _times(node: Node, factor: int) -> Node:
    return node if factor == 1 else exp.Paren(this=exp.Mul(this=node, expression=number(factor)))


# --- the clock ------------------------------------------------------------------------------------------------


def now() -> Node:
    return exp.Cast(this=exp.Parameter(this=exp.Var(this=NOW)), to=exp.DataType.build("TIMESTAMPTZ"))


def current_timestamp(_: exp.CurrentTimestamp) -> Node:
    return now()


def current_date(node: exp.CurrentDate) -> Node:
    return cast(current_datetime(node), "DATE")


def current_datetime(node: exp.CurrentDate | exp.CurrentDatetime) -> Node:
    return call("bq_local", now(), node.this or exp.Literal.string("UTC"))


# --- adding, differing, cutting -------------------------------------------------------------------------------


def date_add(sign: int) -> Rule:
    def rule(node: exp.DateAdd | exp.DateSub) -> Node:
        unit, count, day = unit_of(node.args.get("unit")), _whole(node.expression), _as("DATE", node.this)
        if unit in ("DAY", "WEEK"):
            return call("bq_add_days", day, _times(count, sign * (7 if unit == "WEEK" else 1)))
        if unit in _MONTHS:
            return call("bq_add_months", day, _times(count, sign * _MONTHS[unit]))
        raise refuse(f"DATE_ADD with {unit}")

    return rule


def timestamp_add(sign: int) -> Rule:
    def rule(node: exp.TimestampAdd | exp.TimestampSub) -> Node:
        unit = unit_of(node.args.get("unit"))
        if unit not in _MICROSECONDS or unit == "WEEK":
            raise refuse(f"TIMESTAMP_ADD with {unit}")
        count = _times(_whole(node.expression), sign * _MICROSECONDS[unit])
        return call("bq_timestamp_add_us", moment(node.this), count)

    return rule


def datetime_add(sign: int) -> Rule:
    def rule(node: exp.DatetimeAdd | exp.DatetimeSub) -> Node:
        unit, count = unit_of(node.args.get("unit")), _whole(node.expression)
        civil = typed("bq_only_datetime", _as("TIMESTAMP", node.this))
        if unit in _MICROSECONDS:
            return call("bq_datetime_add_us", civil, _times(count, sign * _MICROSECONDS[unit]))
        if unit in _MONTHS:
            return call("bq_datetime_add_months", civil, _times(count, sign * _MONTHS[unit]))
        raise refuse(f"DATETIME_ADD with {unit}")

    return rule


def interval(node: exp.Interval) -> Node:
    """Only beside + and -, and as the step of an array; alone an INTERVAL has no counterpart."""
    if not isinstance(node.parent, (exp.Add, exp.Sub, exp.GenerateDateArray, exp.GenerateTimestampArray)):
        raise refuse("INTERVAL as a value")
    unit = unit_of(node.args.get("unit"))
    if node.this is None or isinstance(node.args.get("unit"), exp.IntervalSpan):
        raise refuse("INTERVAL with a span")
    if not isinstance(node.parent, (exp.Add, exp.Sub)):
        return node
    if unit in _MONTHS:
        return call("to_months", cast(_times(_whole(node.this), _MONTHS[unit]), "INTEGER"))
    if unit in ("DAY", "WEEK"):
        return call("to_days", cast(_times(_whole(node.this), 7 if unit == "WEEK" else 1), "INTEGER"))
    if unit in _MICROSECONDS:
        return call("to_microseconds", cast(_times(_whole(node.this), _MICROSECONDS[unit]), "BIGINT"))
    raise refuse(f"INTERVAL … {unit}")


def timestamp_diff(node: exp.TimestampDiff) -> Node:
    unit = unit_of(node.args.get("unit"))
    if unit not in _MICROSECONDS or unit == "WEEK":
        raise refuse(f"TIMESTAMP_DIFF with {unit}")
    later, earlier = (call("bq_us", moment(one)) for one in (node.this, node.expression))
    return _quotient(exp.Sub(this=later, expression=earlier), _MICROSECONDS[unit])


def _quotient(node: Node, by: int) -> Node:
    return exp.Paren(this=node) if by == 1 else call("bq_idiv", exp.Paren(this=node), number(by))


def date_diff(node: exp.DateDiff) -> Node:
    days = [call("bq_only_date", _as("DATE", one)) for one in (node.this, node.expression)]
    return _boundaries(unit_of(node.args.get("unit")), days[0], days[1], "DATE_DIFF")


def datetime_diff(node: exp.DatetimeDiff) -> Node:
    unit = unit_of(node.args.get("unit"))
    moments = [_as("TIMESTAMP", one) for one in (node.this, node.expression)]
    if unit in _MICROSECONDS and unit not in ("DAY", "WEEK"):
        size = number(_MICROSECONDS[unit])
        parts = [call("bq_floor_div", typed("bq_civil_us", one), size.copy()) for one in moments]
        return exp.Paren(this=exp.Sub(this=parts[0], expression=parts[1]))
    days = [cast(typed("bq_only_datetime", one), "DATE") for one in moments]
    return _boundaries(unit, days[0], days[1], "DATETIME_DIFF")


def _boundaries(unit: str, later: Node, earlier: Node, name: str) -> Node:
    if unit == "DAY":
        return exp.Paren(this=exp.Sub(this=later, expression=earlier))
    if (shift := _week_shift(unit)) is not None:
        weeks = [call("bq_week", one, number(shift)) for one in (later, earlier)]
        return exp.Paren(this=exp.Sub(this=weeks[0], expression=weeks[1]))
    if unit in _MONTHS:
        return call("date_diff", exp.Literal.string(unit.lower()), earlier, later)
    if unit == "ISOYEAR":
        return exp.Paren(this=exp.Sub(this=call("isoyear", later), expression=call("isoyear", earlier)))
    raise refuse(f"{name} with {unit}")


def _cut_day(unit: str, day: Node, name: str) -> Node:
    if unit == "DAY":
        return day
    if (shift := _week_shift(unit)) is not None:
        return call("bq_week_start", day, number(shift))
    if unit in _MONTHS:
        return cast(call("date_trunc", exp.Literal.string(unit.lower()), day), "DATE")
    if unit == "ISOYEAR":
        return call("bq_iso_year_start", day)
    raise refuse(f"{name} with {unit}")


def date_trunc(node: exp.DateTrunc) -> Node:
    """DATE_TRUNC of a DATE; of a DATETIME or TIMESTAMP the binder refuses (write DATETIME_TRUNC, TIMESTAMP_TRUNC)."""
    return _cut_day(unit_of(node.args.get("unit")), call("bq_only_date", _as("DATE", node.this)), "DATE_TRUNC")


def _cut(unit: str, civil: Node, name: str) -> Node:
    if unit in _MICROSECONDS and unit not in ("DAY", "WEEK"):
        return call("date_trunc", exp.Literal.string(unit.lower()), civil)
    return cast(_cut_day(unit, cast(civil, "DATE"), name), "TIMESTAMP")


def datetime_trunc(node: exp.DatetimeTrunc) -> Node:
    civil = typed("bq_only_datetime", _as("TIMESTAMP", node.this))
    return _cut(unit_of(node.args.get("unit")), civil, "DATETIME_TRUNC")


def timestamp_trunc(node: exp.TimestampTrunc) -> Node:
    unit, zone = unit_of(node.args.get("unit")), node.args.get("zone") or exp.Literal.string("UTC")
    at = moment(node.this)
    if unit in ("MICROSECOND", "MILLISECOND", "SECOND", "MINUTE"):
        return call("date_trunc", exp.Literal.string(unit.lower()), at)
    if unit == "HOUR" and node.args.get("zone"):
        raise refuse("TIMESTAMP_TRUNC to the hour of a zone")
    return call("bq_instant", _cut(unit, call("bq_local", at, zone), "TIMESTAMP_TRUNC"), zone)


def last_day(node: exp.LastDay) -> Node:
    if node.args.get("unit") is not None and unit_of(node.args["unit"]) != "MONTH":
        raise refuse(f"LAST_DAY with {unit_of(node.args['unit'])}")
    return call("last_day", typed("bq_date", _as("DATE", node.this)))


def date_array(node: exp.GenerateDateArray) -> Node:
    step, days = node.args.get("step"), {"DAY": 1, "WEEK": 7}
    unit = unit_of(step.args.get("unit")) if isinstance(step, exp.Interval) else "DAY"
    if unit not in days:
        raise refuse(f"GENERATE_DATE_ARRAY by {unit}")
    count = _times(_whole(step.this), days[unit]) if isinstance(step, exp.Interval) else number(1)
    return call("bq_date_array", _as("DATE", node.args["start"]), _as("DATE", node.args["end"]), count)


def timestamp_array(node: exp.GenerateTimestampArray) -> Node:
    step = node.args["step"]
    if (unit := unit_of(step.args.get("unit"))) not in _MICROSECONDS or unit == "WEEK":
        raise refuse(f"GENERATE_TIMESTAMP_ARRAY by {unit}")
    ends = [moment(node.args[key]) for key in ("start", "end")]
    return call("bq_timestamp_array", *ends, _times(_whole(step.this), _MICROSECONDS[unit]))
