from __future__ import annotations

from datetime import timedelta

from bot.house import House
from bot.words import Answer, Section, Words
from healing.summary import Summary, summary
from schemas.codec import dump
from schemas.durations import say_duration
from schemas.errors import UsageError
from schemas.nearest import suggest

from ._find import since

USAGE = "patterns [TYPE] [24h|7d]"


def answer(house: House, words: Words) -> Answer:
    """How often we heal, how well, for which causes, and what to consider instead."""
    kind, span = "", "24h"
    for part in words.args:
        if part[:1].isdigit():
            span = part
        else:
            kind = part
    words.args.clear()
    if kind and kind not in house.healing_types:
        raise UsageError(f"there is no healing type {kind!r}; {suggest(kind, house.healing_types)}")
    found = summary(house.back.store, since(span, words.now), words.now + timedelta(microseconds=1), kind)
    data = {**dump(found), "healing_type": kind or None}
    return Answer(_title(found, span), data, _sections(found))


def _title(found: Summary, span: str) -> str:
    if not found.total:
        return f"No heals in {span}"
    rate = f"{found.success_rate:.0%} healed" if found.success_rate is not None else "none judged"
    return f"{found.total} heals in {span}, {rate}"


def _sections(found: Summary) -> tuple[Section, ...]:
    if not found.total and not found.needless and not found.refused:
        return ()
    types = [("type", "count", "healed", "ineffective", "failed", "median")]
    types += [
        (
            one.healing_type,
            str(one.count),
            str(one.healed),
            str(one.ineffective),
            str(one.failed),
            _span(one.median_seconds),
        )
        for one in found.types
    ]
    causes = [("cause", "count", "share", "failures")]
    causes += [(one.root_cause, str(one.count), f"{one.share:.0%}", str(one.failures)) for one in found.causes]
    parts = [Section("By type", table=tuple(types)), Section("Causes", table=tuple(causes))]
    if found.recommendations:
        parts.append(Section("Consider", found.recommendations))
    if found.needless or found.refused:
        parts.append(Section("", (f"apart from these: {found.needless} needless, {found.refused} refused",)))
    return tuple(parts)


def _span(seconds: float | None) -> str:
    return "-" if seconds is None else say_duration(timedelta(seconds=seconds))
