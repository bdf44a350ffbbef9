"""Corrections of making, reading, writing and taking apart dates and moments."""

from __future__ import annotations

import re

from sqlglot import exp

from .corrections_days import _WEEKDAYS, unit_of
from .corrections_nodes import Node, Rule, call, cast, moment, number, refuse, typed

_PARTS = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "DAY": "day", "DAYOFYEAR": "dayofyear",
    "ISOWEEK": "week", "ISOYEAR": "isoyear", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
}  # fmt: skip


def at_time_zone(node: exp.AtTimeZone) -> Node:
    if not isinstance(node.parent, exp.Extract):
        raise refuse("AT TIME ZONE outside EXTRACT")
    return call("bq_local", moment(node.this), node.args["zone"])


def extract(node: exp.Extract) -> Node:
    part, value = unit_of(node.this), node.expression
    if part == "DATE":
        return typed("bq_date", value)
    if part in ("HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"):
        clock = typed("bq_clock", value)
        if part == "MILLISECOND":
            return call("bq_mod", call("date_part", exp.Literal.string("millisecond"), clock), number(1000))
        if part == "MICROSECOND":
            return call("bq_mod", call("date_part", exp.Literal.string("microsecond"), clock), number(1_000_000))
        return call(_PARTS[part], clock)
    civil = typed("bq_any_clock", value)
    if part == "DAYOFWEEK":
        return exp.Paren(this=exp.Add(this=call("dayofweek", civil), expression=number(1)))
    if part == "WEEK" or (part.startswith("WEEK(") and part[5:-1] in _WEEKDAYS):
        return call("bq_week_of_year", civil, number(_WEEKDAYS.index(part[5:-1]) if part != "WEEK" else 0))
    if part not in _PARTS:
        raise refuse(f"EXTRACT({part})")
    return call(_PARTS[part], civil)


def date_of(node: exp.Date) -> Node:
    value = node.this
    if value is None or node.expressions:
        raise refuse("DATE with these arguments")
    if (zone := node.args.get("zone")) is not None:
        return cast(call("bq_local", moment(value), zone), "DATE")
    return cast(value, "DATE") if isinstance(value, exp.Literal) else typed("bq_date", value)


def date_parts(node: exp.DateFromParts) -> Node:
    return call("make_date", node.args["year"], node.args["month"], node.args["day"])


def timestamp_of(node: exp.Timestamp) -> Node:
    return typed("bq_timestamp", node.this, node.args.get("zone"))


def datetime_of(node: exp.Datetime) -> Node:
    if node.expression is None:
        return typed("bq_datetime", node.this)
    return call("bq_local", moment(node.this), node.expression)


def datetime_parts(node: exp.TimestampFromParts) -> Node:
    keys = ("year", "month", "day", "hour", "min", "sec")
    if any(node.args.get(key) is None for key in keys):
        raise refuse("DATETIME with these arguments")
    return call("make_timestamp", *(node.args[key] for key in keys[:5]), cast(node.args["sec"], "DOUBLE"))


def unix(per: int) -> Rule:
    def rule(node: exp.Func) -> Node:
        micros = call("bq_us", moment(node.this))
        return micros if per == 1 else call("bq_floor_div", micros, number(per))

    return rule


def from_unix(node: exp.UnixToTime) -> Node:
    scale = node.args.get("scale")
    factor = {"": 1_000_000, "0": 1_000_000, "3": 1_000, "6": 1}.get(scale.name if scale is not None else "")
    if factor is None:
        raise refuse("this scale of a Unix time")
    micros = exp.Mul(this=cast(node.this, "BIGINT"), expression=number(factor))
    return call("make_timestamptz", micros)


def unix_date(node: exp.UnixDate) -> Node:
    return exp.Paren(this=exp.Sub(this=call("bq_only_date", node.this), expression=_epoch()))


def from_unix_date(node: exp.DateFromUnixDate) -> Node:
    return call("bq_add_days", _epoch(), node.this)


def _epoch() -> Node:
    return cast(exp.Literal.string("1970-01-01"), "DATE")


# --- formats --------------------------------------------------------------------------------------------------

_ELEMENT = re.compile(r"%(-?.)")
_LONG = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}
_WRITTEN = frozenset("YmdHMSjAaBbpIyuwGVU%")
_READ = frozenset("YmdHMS%")


def _elements(node: exp.Func, allowed: frozenset[str]) -> str:
    pattern = node.args["format"]
    if not isinstance(pattern, exp.Literal):
        raise refuse("a date format that is not a literal")
    text = pattern.name
    for short, long in _LONG.items():
        text = text.replace(short, long)
    for element in _ELEMENT.findall(text):
        if element not in allowed:
            raise refuse(f"the format element %{element}")
    return text


def civil_guard(macro: str) -> Rule:
    """The typed argument of FORMAT_DATE, FORMAT_TIMESTAMP, FORMAT_DATETIME."""

    def rule(node: exp.Func) -> Node:
        kind, value = {"bq_only_date": "DATE", "bq_moment": "TIMESTAMPTZ"}.get(macro, "TIMESTAMP"), node.this
        if isinstance(value, exp.Literal) and value.is_string:
            value = cast(value, kind)
        return call(macro, value) if macro == "bq_only_date" else typed(macro, value)

    return rule


def written(node: exp.TimeToStr) -> Node:
    value, text = node.this, exp.Literal.string(_elements(node, _WRITTEN))
    if isinstance(value, exp.Anonymous) and value.this == "bq_moment":
        value = call("bq_local", value, node.args.get("zone") or exp.Literal.string("UTC"))
    elif node.args.get("zone"):
        raise refuse("a zone in this format")
    return call("strftime", value, text)


def _read(node: exp.Func) -> Node:
    text = _elements(node, _READ)
    if not all(part in text for part in ("%Y", "%m", "%d")):
        raise refuse(f"parsing with {text!r}: year, month and day are needed")
    return call("strptime", node.this, exp.Literal.string(text))


def parse_date(node: exp.StrToDate) -> Node:
    return cast(_read(node), "DATE")


def parse_datetime(node: exp.ParseDatetime) -> Node:
    return _read(node)


def parse_timestamp(node: exp.StrToTime) -> Node:
    return call("bq_instant", _read(node), node.args.get("zone") or exp.Literal.string("UTC"))
