"""The allow-list of the translation: each kind of GoogleSQL expression and the rule that carries it to DuckDB.

A kind without an entry is refused by name, never guessed. A rule takes a node whose children are corrected already and
returns what stands in its place; `same` is the rule of what is known to mean the same in both.
"""

from __future__ import annotations

from sqlglot import exp

from . import corrections_days as days
from . import corrections_moments as moments
from . import corrections_numbers as numbers
from . import corrections_words as words
from .corrections_nodes import Node, Rule, same
from .translation_tables import unnested

SAME: frozenset[type[Node]] = frozenset({
    # shape of a query; `translation` looks at their arguments
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit,
    exp.Offset, exp.With, exp.CTE, exp.TableAlias, exp.Table, exp.Subquery, exp.Union, exp.Intersect, exp.Except,
    exp.Exists, exp.Distinct, exp.Star, exp.Alias, exp.Column, exp.Identifier, exp.Paren, exp.Tuple, exp.Dot,
    exp.Parameter, exp.Var, exp.PropertyEQ, exp.WindowSpec, exp.WeekStart, exp.HavingMax,
    exp.DataType, exp.DataTypeParam, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript,
    # truth and comparison
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Null, exp.Boolean,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
    # numbers
    exp.Neg, exp.Abs,
    # aggregates and windows
    exp.Count, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr, exp.Stddev, exp.StddevPop, exp.StddevSamp,
    exp.Variance, exp.VariancePop, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.NthValue, exp.PercentRank, exp.CumeDist, exp.PercentileCont,
    exp.PercentileDisc,
    # strings
    exp.DPipe, exp.RawString, exp.Lower, exp.Upper, exp.StartsWith, exp.EndsWith,
})  # fmt: skip

RULES: dict[type[Node], Rule] = dict.fromkeys(SAME, same) | {
    exp.Literal: numbers.literal, exp.Add: numbers.add, exp.Sub: numbers.subtract, exp.Mul: numbers.multiply,
    exp.Div: numbers.divide, exp.SafeDivide: numbers.divide, exp.Greatest: numbers.extreme,
    exp.Least: numbers.extreme, exp.Round: numbers.rounded, exp.Trunc: numbers.single("bq_trunc"),
    exp.Ceil: numbers.single("bq_ceil"), exp.Floor: numbers.single("bq_floor"), exp.Sign: numbers.single("bq_sign"),
    exp.Log: numbers.log, exp.Sqrt: numbers.real("sqrt"),
    exp.Exp: numbers.real("exp"),
    exp.Ln: numbers.real("ln"), exp.Pow: numbers.real("pow"),
    exp.Sum: numbers.total, exp.Avg: numbers.avg, exp.Window: numbers.windows,
    exp.CountIf: numbers.count_if, exp.ArrayAgg: numbers.array_agg, exp.IgnoreNulls: numbers.ignore_nulls,
    exp.GroupConcat: numbers.string_agg, exp.AnyValue: numbers.any_value, exp.ApproxDistinct: numbers.distinct_count,
    exp.IntDiv: words.calls("bq_idiv", "this", "expression"), exp.Mod: words.calls("bq_mod", "this", "expression"),
    exp.In: words.within, exp.Like: words.like, exp.Concat: words.concat, exp.Trim: words.trim, exp.Pad: words.pad,
    exp.Length: words.length, exp.RegexpExtract: words.regexp_extract, exp.RegexpExtractAll: words.regexp_all,
    exp.RegexpReplace: words.regexp_replace, exp.Format: words.formatted, exp.Bracket: words.bracket,
    exp.Array: words.arrays, exp.ArrayConcat: words.array_concat, exp.GenerateSeries: words.generate,
    exp.Struct: words.struct, exp.JSONExtractScalar: words.json_value, exp.Cast: words.recast,
    exp.TryCast: words.recast, exp.SafeFunc: words.safe, exp.SafeAdd: words.safe_arithmetic(exp.Add),
    exp.SafeSubtract: words.safe_arithmetic(exp.Sub), exp.SafeMultiply: words.safe_arithmetic(exp.Mul),
    exp.Substring: words.calls("bq_substr", "this", "start", "length"),
    exp.Left: words.calls("bq_left", "this", "expression"), exp.Right: words.calls("bq_right", "this", "expression"),
    exp.Replace: words.calls("bq_replace", "this", "expression", "replacement"),
    exp.Repeat: words.calls("repeat", "this", "times"), exp.Reverse: words.calls("reverse", "this"),
    exp.ByteLength: words.calls("bq_byte_length", "this"),
    exp.StrPosition: words.calls("strpos", "this", "substr"),
    exp.RegexpLike: words.calls("regexp_matches", "this", "expression"),
    exp.Split: words.calls("string_split", "this", "expression"), exp.ArraySize: words.calls("len", "this"),
    exp.ArrayReverse: words.calls("list_reverse", "this"),
    exp.ArrayToString: words.calls("array_to_string", "this", "expression"),
    exp.CurrentDate: days.current_date, exp.CurrentTimestamp: days.current_timestamp,
    exp.CurrentDatetime: days.current_datetime, exp.Interval: days.interval,
    exp.DateAdd: days.date_add(1), exp.DateSub: days.date_add(-1), exp.TimestampAdd: days.timestamp_add(1),
    exp.TimestampSub: days.timestamp_add(-1), exp.DatetimeAdd: days.datetime_add(1),
    exp.DatetimeSub: days.datetime_add(-1), exp.DateDiff: days.date_diff, exp.TimestampDiff: days.timestamp_diff,
    exp.DatetimeDiff: days.datetime_diff, exp.DateTrunc: days.date_trunc, exp.DatetimeTrunc: days.datetime_trunc,
    exp.TimestampTrunc: days.timestamp_trunc, exp.LastDay: days.last_day, exp.GenerateDateArray: days.date_array,
    exp.GenerateTimestampArray: days.timestamp_array,
    exp.Extract: moments.extract, exp.AtTimeZone: moments.at_time_zone, exp.Date: moments.date_of,
    exp.DateFromParts: moments.date_parts, exp.Timestamp: moments.timestamp_of, exp.Datetime: moments.datetime_of,
    exp.TimestampFromParts: moments.datetime_parts, exp.UnixSeconds: moments.unix(1_000_000),
    exp.UnixMillis: moments.unix(1_000), exp.UnixMicros: moments.unix(1), exp.UnixToTime: moments.from_unix,
    exp.UnixDate: moments.unix_date, exp.DateFromUnixDate: moments.from_unix_date,
    exp.TsOrDsToDate: moments.civil_guard("bq_only_date"),
    exp.TsOrDsToTimestamp: moments.civil_guard("bq_moment"),
    exp.TsOrDsToDatetime: moments.civil_guard("bq_only_datetime"), exp.TimeToStr: moments.written,
    exp.StrToDate: moments.parse_date, exp.StrToTime: moments.parse_timestamp,
    exp.ParseDatetime: moments.parse_datetime, exp.Unnest: unnested,
}  # fmt: skip
