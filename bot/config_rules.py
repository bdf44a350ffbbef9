"""What a declaration must keep across its sections. The rules read the plain values, so that one misspelt key does
not hide the other faults; what has the wrong shape is passed over here, since `config_shape` has named it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from schemas.errors import ConfigError
from schemas.expressions import parse
from schemas.nearest import nearest, suggest

from .access import EVERYONE
from .config_text import Where, Written

_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_DEEDS = ("mark", "rerun", "switch")
_ENDS, _RUNS = ("today", "yesterday"), ("service", "job")


@dataclass(frozen=True)
class Known:
    """The names that exist as files: check kinds and healers."""

    kinds: Collection[str]
    healers: Collection[str]


def judge(written: Written, known: Known) -> list[ConfigError]:
    """Every fault across sections, in the order of the rules."""
    faults: list[ConfigError] = []
    for rule in (_top, _channels, _checks, _canaries, _remedies, _entries, _membership, _healers, _demo):
        faults.extend(rule(written, known))
    return faults


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [one for one in _list(value) if isinstance(one, str)]


def _section(written: Written, name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for key, item in _map(written.values.get(name)).items():
        if isinstance(item, dict):
            yield key, item


def _unknown(
    written: Written, where: Where, value: object, noun: str, words: Collection[str] | None
) -> Iterator[ConfigError]:
    """A fault when a text stands where one of ``words`` must; None: the words themselves are not known."""
    if isinstance(value, str) and words is not None and value not in words:
        yield written.fault(where, f"unknown {noun} {value!r}", suggest(value, words))


def _twice(written: Written, where: Where, values: list[str], noun: str) -> Iterator[ConfigError]:
    for value, times in Counter(values).items():
        if times > 1:
            place = len(values) - 1 - values[::-1].index(value)
            yield written.fault((*where, place), f"{noun} {value!r} stands twice", "keep one of them")


def _declared(written: Written, section: str) -> Collection[str] | None:
    value = written.values.get(section)
    return [str(one) for one in value] if isinstance(value, (dict, list)) else None


def _top(written: Written, _: Known) -> Iterator[ConfigError]:
    zone = written.values.get("zone")
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError):
            found = nearest(zone, available_timezones())
            hint = f"did you mean {found!r}?" if found else "write it like America/New_York"
            yield written.fault(("zone",), f"unknown time zone {zone!r}", hint)
    for name, people in _map(written.values.get("groups")).items():
        yield from _twice(written, ("groups", name), _texts(people), "person")
        for place, one in enumerate(_texts(people)):
            inner = one[1:] if one.startswith("@") else None
            yield from _unknown(written, ("groups", name, place), inner, "group", _declared(written, "groups"))


def _channels(written: Written, _: Known) -> Iterator[ConfigError]:
    channels = _declared(written, "channels")
    yield from _twice(written, ("channels",), _texts(written.values.get("channels")), "channel")
    for place, name in enumerate(_texts(written.values.get("channels"))):
        if not name.startswith("#") or len(name) > 80 or name != name.lower() or " " in name:
            hint = "write it like '#canary-alerts'"
            yield written.fault(("channels", place), f"{name!r} is not a channel's name", hint)
    value = written.values.get("errors_channel")
    yield from _unknown(written, ("errors_channel",), value, "channel", channels)
    for key, check in _section(written, "checks"):
        yield from _unknown(written, ("checks", key, "channel"), check.get("channel"), "channel", channels)
    levels = []
    for place, pattern in enumerate(_list(written.values.get("patterns"))):
        where: Where = ("patterns", place)
        yield from _unknown(written, (*where, "channel"), _map(pattern).get("channel"), "channel", channels)
        levels.append(str(_map(pattern).get("level", place)))
    yield from _twice(written, ("patterns",), levels, "level")


def _checks(written: Written, known: Known) -> Iterator[ConfigError]:
    modes = _texts(_map(written.values.get("calendar")).get("modes")) or ["season"]
    for key, check in _section(written, "checks"):
        where: Where = ("checks", key)
        yield from _unknown(written, (*where, "kind"), check.get("kind"), "kind of check", known.kinds)
        for place, mode in enumerate(_texts(check.get("skip_modes"))):
            yield from _unknown(written, (*where, "skip_modes", place), mode, "mode", modes)
        ends = _map(check.get("window")).get("ends")
        yield from _unknown(written, (*where, "window", "ends"), ends, "day", _ENDS)
        for name in ("need", "errors_escalate"):
            number = check.get(name)
            if isinstance(number, int) and number < 1:
                yield written.fault((*where, name), f"must be at least 1, not {number}")


def _canaries(written: Written, _: Known) -> Iterator[ConfigError]:
    """Every limit and every ``when`` must parse."""
    for key, check in _section(written, "checks"):
        where: Where = ("checks", key)
        for name, metric in _map(check.get("metrics")).items():
            for side in ("min", "max", "equals"):
                value = _map(metric).get(side)
                yield from _expression(written, (*where, "metrics", name, side), value, truth=False)
        for place, grade in enumerate(_list(check.get("grades"))):
            yield from _expression(written, (*where, "grades", place, "when"), _map(grade).get("when"), truth=True)


def _expression(written: Written, where: Where, value: object, *, truth: bool) -> Iterator[ConfigError]:
    """A limit is a number, a ``when`` is true or false."""
    if value in (None, "") or not isinstance(value, (str, int, float)):
        return
    like = "write it like 'games_processed == 0'" if truth else "write it like '20 * finals'"
    try:
        expression = parse(str(value))
    except ConfigError as error:
        yield written.fault(where, error.what, error.hint or like)
        return
    if expression.truth is not truth:
        words = "is a number where a condition must stand" if truth else "is a condition where a number must stand"
        yield written.fault(where, f"{str(value)[:80]!r} {words}", like)


def _remedies(written: Written, _: Known) -> Iterator[ConfigError]:
    healers = _declared(written, "healers")
    for key, check in _section(written, "checks"):
        where: Where = ("checks", key, "remedies")
        seen = []
        for place, remedy in enumerate(_list(check.get("remedies"))):
            healer, label = _map(remedy).get("healer"), _map(remedy).get("label")
            yield from _unknown(written, (*where, place, "healer"), healer, "healer", healers)
            if isinstance(label, str) and len(label) > 75:
                yield written.fault((*where, place, "label"), f"is {len(label)} characters long, at most 75")
            seen.append(f"{healer}: {label}")
        yield from _twice(written, where, seen, "remedy")


def _entries(written: Written, _: Known) -> Iterator[ConfigError]:
    for key, entry in _section(written, "entries"):
        where: Where = ("entries", key)
        cron = entry.get("cron")
        if isinstance(cron, str):
            try:
                next(CronSim(cron, _ANY_MOMENT))
            except (CronSimError, StopIteration) as error:
                words = str(error) or "never comes"
                hint = "five fields, like '*/15 * * * *'"
                yield written.fault((*where, "cron"), f"bad cron {cron!r}: {words}".rstrip(": "), hint)
        yield from _unknown(written, (*where, "runs"), entry.get("runs"), "place to run", _RUNS)
        checks = _declared(written, "checks")
        for place, name in enumerate(_texts(entry.get("checks"))):
            yield from _unknown(written, (*where, "checks", place), name, "check", checks)


def _membership(written: Written, _: Known) -> Iterator[ConfigError]:
    """Each check belongs to exactly one entry."""
    homes: dict[str, list[str]] = {}
    for key, entry in _section(written, "entries"):
        for place, name in enumerate(_texts(entry.get("checks"))):
            before = homes.setdefault(name, [])
            if before:
                words = f"check {name!r} already belongs to the entry {before[0]!r}"
                yield written.fault(("entries", key, "checks", place), words, "keep it in one of them")
            before.append(key)
    entries = _declared(written, "entries") or ()
    for key, _check in _section(written, "checks"):
        if key not in homes:
            hint = f"add it to the checks of one of: {', '.join(entries)}" if entries else "add it to an entry"
            yield written.fault(("checks", key), f"check {key!r} belongs to no entry, so it would never run", hint)


def _healers(written: Written, known: Known) -> Iterator[ConfigError]:
    declared = _declared(written, "groups")
    groups = None if declared is None else [*declared, EVERYONE]
    for what, group in _map(written.values.get("audiences")).items():
        yield from _unknown(written, ("audiences", what), what, "deed", _DEEDS)
        yield from _unknown(written, ("audiences", what), group, "group", groups)
    for key, healer in _section(written, "healers"):
        where: Where = ("healers", key)
        yield from _unknown(written, where, key, "healer", known.healers)
        yield from _unknown(written, (*where, "audience"), healer.get("audience"), "group", groups)


def _demo(written: Written, _: Known) -> Iterator[ConfigError]:
    demo = _map(written.values.get("demo"))
    people = [_map(one).get("id") for one in _list(demo.get("people"))]
    yield from _twice(written, ("demo", "people"), [one for one in people if isinstance(one, str)], "person")
