"""What a declaration says against its own SQL: columns, parameters and names that do not exist, limits without effect.

This reads the queries with sqlglot, whose import costs a tenth of a second: for `validate` and the start of a service,
not for every command.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schemas.bounds import certain, never_above, never_below, span_of
from schemas.errors import ConfigError
from schemas.expressions import Expression, parse
from schemas.nearest import suggest

from .config_text import Where, Written, list_of, map_of, section_of, texts_of

ONE_ROW = ("canary_query",)
"""Kinds whose query gives one row of metrics."""
_DAY = ("day", "as_of")
_WORDS = ("mode", "reason", "warning")
_SAID = ("day", "from_day", "value", "limit", "by")
_BLANK = re.compile(r"\{(\w*)\}")
_SIDES = ("equals", "min", "max")


@dataclass(frozen=True)
class Seen:
    """A query as read: its columns (None: not to be told), which are never below 0, its parameters, fixed texts."""

    columns: tuple[str, ...] | None = None
    natural: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    words: Mapping[str, tuple[str, ...]] | None = None


def judge_deep(written: Written, values: Mapping[str, object]) -> list[ConfigError]:
    """Every fault between sections and queries. ``values`` are the written ones with SQL text in place of paths."""
    faults: list[ConfigError] = []
    calendar = _seen(written, values, ("calendar",), faults)
    slate = _slate(written, calendar, faults)
    for key, check in section_of(written, "checks"):
        seen = _seen(written, values, ("checks", key), faults)
        faults.extend(_Judging(written, key, check, seen, slate).faults())
    return faults


def _seen(written: Written, values: Mapping[str, object], where: Where, faults: list[ConfigError]) -> Seen:
    """The outline of the query at ``where``; a fault instead when it is not one SELECT."""
    from control_plane.backends.local.columns import outline

    section: object = values
    for part in where:
        section = map_of(section).get(str(part))
    text, path = map_of(section).get("sql"), map_of(_at(written, where)).get("sql")
    if not isinstance(text, str) or not text or text == path:
        return Seen()
    try:
        found = outline(text)
    except ConfigError as error:
        line = f", line {error.line}," if error.line else ""
        faults.append(written.fault((*where, "sql"), f"{path!r}{line} {error.what}"))
        return Seen()
    twice = [name for name, times in Counter(found.columns or ()).items() if times > 1]
    faults += [
        written.fault((*where, "sql"), f"{path!r} gives the column {one!r} twice", "rename one") for one in twice
    ]
    return Seen(found.columns, found.natural, found.parameters, found.words)


def _at(written: Written, where: Where) -> object:
    found: object = written.values
    for part in where:
        found = map_of(found).get(str(part))
    return found


def _slate(written: Written, calendar: Seen, faults: list[ConfigError]) -> tuple[str, ...] | None:
    """The slate's names, None when they cannot be told; the calendar's own faults."""
    where: Where = ("calendar", "sql")
    lacking = sorted(calendar.parameters - set(_DAY))
    faults += [written.fault(where, f"the query needs the parameter @{one}", suggest(one, _DAY)) for one in lacking]
    if calendar.columns is None:
        return None
    if "mode" not in calendar.columns:
        faults.append(written.fault(where, "the query gives no column 'mode'", suggest("mode", calendar.columns)))
    modes = texts_of(map_of(written.values.get("calendar")).get("modes")) or ["season"]
    for mode in (calendar.words or {}).get("mode", ()):
        if mode not in modes:
            words = f"the query gives the mode {mode!r}, which is not declared"
            faults.append(written.fault(("calendar", "modes"), words, suggest(mode, modes)))
    return tuple(name for name in calendar.columns if name not in _WORDS)


class _Judging:
    """One check against its query and the slate."""

    def __init__(
        self, written: Written, key: str, check: Mapping[str, object], seen: Seen, slate: tuple[str, ...] | None
    ) -> None:
        self.written, self.check, self.seen = written, check, seen
        self.where: Where = ("checks", key)
        self.slate = None if slate is None else (*slate, *(f"window_{name}" for name in slate))
        both = None if self.slate is None or seen.columns is None else (*self.slate, *seen.columns)
        self.names = both
        self.natural = frozenset(self.slate or ()) | seen.natural

    def faults(self) -> Iterator[ConfigError]:
        one_row = self.check.get("kind") in ONE_ROW
        if self.slate is not None:
            wanted = (*self.slate, "day", "from_day", "as_of")
            for name in sorted(self.seen.parameters - set(wanted)):
                yield self._fault(("sql",), f"the query needs the parameter @{name}", suggest(name, wanted))
        yield from self._unknown(("needs",), self.check.get("needs"), self.slate, "number of the slate")
        newest = map_of(self.check.get("window")).get("newest")
        yield from self._unknown(("window", "newest"), newest, self.slate, "number of the slate")
        if one_row:
            yield from self._row()

    def _row(self) -> Iterator[ConfigError]:
        metrics = map_of(self.check.get("metrics"))
        if not self.check.get("sql"):
            yield self._fault(("sql",), "is missing", "a canary needs a query that gives one row")
        if not any(map_of(one).get(side) not in (None, "") for one in metrics.values() for side in _SIDES):
            yield self._fault(("metrics",), "has no limit, so the check could never fail", "add one, like 'min: 1'")
        yield from self._unknown(("members",), self.check.get("members"), self.seen.columns, "column of the query")
        for name, metric in metrics.items():
            yield from self._metric(name, map_of(metric))
        for place, grade in enumerate(list_of(self.check.get("grades"))):
            yield from self._when(("grades", place, "when"), map_of(grade).get("when"))

    def _metric(self, name: str, metric: Mapping[str, object]) -> Iterator[ConfigError]:
        here: Where = ("metrics", name)
        yield from self._unknown(here, name, self.seen.columns, "column of the query")
        yield from self._unknown((*here, "of"), metric.get("of"), self.names, "column of the query")
        limits: dict[str, Expression] = {}
        for side in _SIDES:
            if (limit := _parsed(metric.get(side), truth=False)) is not None:
                yield from self._names((*here, side), limit.names)
                limits[side] = limit
        for blank in dict.fromkeys(_BLANK.findall(str(metric.get("say") or ""))):
            known = None if self.names is None else (*_SAID, *self.names)
            yield from self._unknown((*here, "say"), blank, known, "number in braces")
        for side, limit in limits.items():
            if words := self._pointless(name, side, limit, limits.get("min")):
                yield self._fault((*here, side), words, "remove it, or write one that bad days violate")

    def _pointless(self, name: str, side: str, limit: Expression, least: Expression | None) -> str:
        """Why a limit is violated by no value, or by every one; "" when that cannot be told."""
        high = span_of(limit, self.natural)[1]
        counted = name in self.seen.natural
        own = name not in (self.slate or ())
        never, always = f"{limit.text} can never be violated: ", f"{limit.text} can never be kept: "
        if side == "min" and counted and high <= 0:
            return f"{never}{name} is never below 0"
        if side == "min" and own and never_above(limit, name, self.natural):
            return f"{never}it is never above {name} itself"
        if side == "max" and own and never_below(limit, name, self.natural):
            return f"{never}it is never below {name} itself"
        if side == "equals" and own and limit.text.strip() == name:
            return f"{never}it is {name} itself"
        if side != "min" and counted and high < 0:
            return f"{always}{name} is never below 0"
        if side != "min" and least is not None and span_of(least, self.natural)[0] > high:
            return f"{always}min is {least.text}"
        return ""

    def _when(self, where: Where, value: object) -> Iterator[ConfigError]:
        condition = _parsed(value, truth=True)
        if condition is None:
            return
        yield from self._names(where, condition.names)
        truth = certain(condition, self.natural)
        if truth is not None:
            said = "always" if truth else "never"
            yield self._fault(where, f"{condition.text!r} {said} holds", "compare with a number that days differ in")

    def _names(self, where: Where, names: Iterable[str]) -> Iterator[ConfigError]:
        for name in sorted(names):
            yield from self._unknown(where, name, self.names, "number: neither in the slate nor a column of the query")

    def _unknown(self, where: Where, value: object, known: tuple[str, ...] | None, noun: str) -> Iterator[ConfigError]:
        if isinstance(value, str) and known is not None and value not in known and (value or where[-1] == "say"):
            first, _, rest = noun.partition(":")
            yield self._fault(where, f"there is no {first} {value!r}{':' if rest else ''}{rest}", suggest(value, known))

    def _fault(self, where: Where, what: str, hint: str = "") -> ConfigError:
        return self.written.fault((*self.where, *where), what, hint)


def _parsed(value: object, *, truth: bool) -> Expression | None:
    """The expression, or None when there is none or it is judged elsewhere."""
    if value in (None, "") or not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return None
    try:
        found = parse(str(value))
    except ConfigError:
        return None
    return found if found.truth is truth else None
