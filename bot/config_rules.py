"""What a declaration must keep across its sections. The rules read the plain values, so that one misspelt key does
not hide the other faults; what has the wrong shape is passed over here, since `config_shape` has named it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from schemas.errors import ConfigError
from schemas.expressions import parse
from schemas.nearest import nearest, suggest

from .access import EVERYONE
from .config_text import Where, Written, list_of, map_of, section_of, texts_of

_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_DEEDS = ("mark", "rerun", "switch")
ENDS, RUNS = ("today", "yesterday"), ("service", "job")
_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}\Z")
_BLANK = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Known:
    """The names that exist as files: check kinds and healers."""

    kinds: Collection[str]
    healers: Collection[str]


def judge(written: Written, known: Known) -> list[ConfigError]:
    """Every fault across sections, in the order of the rules."""
    faults: list[ConfigError] = []
    rules = (_top, _groups, _channels, _checks, _canaries, _remedies, _jobs, _entries, _membership, _healers, _demo)
    for rule in rules:
        faults.extend(rule(written, known))
    return faults


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


def _groups(written: Written, _: Known) -> Iterator[ConfigError]:
    """A member is a person's id, ``@group`` or ``*``; where people are declared, it is one of them."""
    groups = _declared(written, "groups")
    people = _declared(written, "people")
    for name, members in map_of(written.values.get("groups")).items():
        yield from _twice(written, ("groups", name), texts_of(members), "person")
        for place, one in enumerate(texts_of(members)):
            where: Where = ("groups", name, place)
            if one.startswith("@"):
                yield from _unknown(written, where, one[1:], "group", groups)
            elif one != EVERYONE and people is not None:
                yield from _unknown(written, where, one, "person", people)
            elif one != EVERYONE:
                yield from _person(written, where, one)
    for one in people or ():
        yield from _person(written, ("people", one), one)


def _person(written: Written, where: Where, value: object) -> Iterator[ConfigError]:
    if isinstance(value, str) and not _PERSON.match(value):
        yield written.fault(where, f"{value!r} is not a person's id", "write it like U0ONCALL, '@group' or '*'")


def _channels(written: Written, _: Known) -> Iterator[ConfigError]:
    channels = _declared(written, "channels")
    yield from _twice(written, ("channels",), texts_of(written.values.get("channels")), "channel")
    for place, name in enumerate(texts_of(written.values.get("channels"))):
        if not name.startswith("#") or len(name) > 80 or name != name.lower() or " " in name:
            hint = "write it like '#canary-alerts'"
            yield written.fault(("channels", place), f"{name!r} is not a channel's name", hint)
    value = written.values.get("errors_channel")
    yield from _unknown(written, ("errors_channel",), value, "channel", channels)
    for key, check in section_of(written, "checks"):
        yield from _unknown(written, ("checks", key, "channel"), check.get("channel"), "channel", channels)
    levels = []
    for place, pattern in enumerate(list_of(written.values.get("patterns"))):
        where: Where = ("patterns", place)
        yield from _unknown(written, (*where, "channel"), map_of(pattern).get("channel"), "channel", channels)
        levels.append(str(map_of(pattern).get("level", place)))
    yield from _twice(written, ("patterns",), levels, "level")


def _checks(written: Written, known: Known) -> Iterator[ConfigError]:
    modes = texts_of(map_of(written.values.get("calendar")).get("modes")) or ["season"]
    for key, check in section_of(written, "checks"):
        where: Where = ("checks", key)
        yield from _unknown(written, (*where, "kind"), check.get("kind"), "kind of check", known.kinds)
        for place, mode in enumerate(texts_of(check.get("skip_modes"))):
            yield from _unknown(written, (*where, "skip_modes", place), mode, "mode", modes)
        ends = map_of(check.get("window")).get("ends")
        yield from _unknown(written, (*where, "window", "ends"), ends, "day", ENDS)
        if check.get("subject") == key:
            words = "is the check's own name, which stands for the check as a whole"
            yield written.fault((*where, "subject"), words, "name the table that it is about")
        skipped = set(texts_of(check.get("skip_modes")))
        if skipped and skipped >= set(modes):
            yield written.fault(
                (*where, "skip_modes"), "names all modes, so the check would never run", "leave one out"
            )


def _canaries(written: Written, _: Known) -> Iterator[ConfigError]:
    """Every limit and every ``when`` must parse."""
    for key, check in section_of(written, "checks"):
        where: Where = ("checks", key)
        for name, metric in map_of(check.get("metrics")).items():
            for side in ("min", "max", "equals"):
                value = map_of(metric).get(side)
                yield from _expression(written, (*where, "metrics", name, side), value, truth=False)
        for place, grade in enumerate(list_of(check.get("grades"))):
            yield from _expression(written, (*where, "grades", place, "when"), map_of(grade).get("when"), truth=True)


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
    for key, check in section_of(written, "checks"):
        where: Where = ("checks", key, "remedies")
        seen = []
        for place, remedy in enumerate(list_of(check.get("remedies"))):
            healer, label = map_of(remedy).get("healer"), map_of(remedy).get("label")
            yield from _unknown(written, (*where, place, "healer"), healer, "healer", healers)
            if isinstance(label, str) and len(label) > 75:
                yield written.fault((*where, place, "label"), f"is {len(label)} characters long, at most 75")
            for name, value in map_of(map_of(remedy).get("args")).items():
                for blank in _BLANK.findall(str(value)):
                    yield from _unknown(written, (*where, place, "args", name), blank, "blank", ("subject",))
            seen.append(f"{healer}: {label}")
        yield from _twice(written, where, seen, "remedy")


def _jobs(written: Written, _: Known) -> Iterator[ConfigError]:
    """A job that a remedy or a healer names stands under ``jobs``."""
    jobs = _declared(written, "jobs") or ()
    places: list[tuple[Where, object]] = []
    for key, check in section_of(written, "checks"):
        for place, remedy in enumerate(list_of(check.get("remedies"))):
            where: Where = ("checks", key, "remedies", place, "args", "job")
            places.append((where, map_of(map_of(remedy).get("args")).get("job")))
    for key, healer in section_of(written, "healers"):
        places.append((("healers", key, "params", "job"), map_of(healer.get("params")).get("job")))
    for where, job in places:
        if isinstance(job, str) and job not in jobs:
            hint = suggest(job, jobs) or "list it under jobs, with what it does"
            yield written.fault(where, f"unknown job {job!r}", hint)


def _entries(written: Written, _: Known) -> Iterator[ConfigError]:
    for key, entry in section_of(written, "entries"):
        where: Where = ("entries", key)
        cron = entry.get("cron")
        if isinstance(cron, str):
            try:
                next(CronSim(cron, _ANY_MOMENT))
            except (CronSimError, StopIteration) as error:
                words = str(error) or "never comes"
                hint = "five fields, like '*/15 * * * *'"
                yield written.fault((*where, "cron"), f"bad cron {cron!r}: {words}".rstrip(": "), hint)
        yield from _unknown(written, (*where, "runs"), entry.get("runs"), "place to run", RUNS)
        checks = _declared(written, "checks")
        for place, name in enumerate(texts_of(entry.get("checks"))):
            yield from _unknown(written, (*where, "checks", place), name, "check", checks)


def _membership(written: Written, _: Known) -> Iterator[ConfigError]:
    """Each check belongs to exactly one entry."""
    homes: dict[str, list[str]] = {}
    for key, entry in section_of(written, "entries"):
        for place, name in enumerate(texts_of(entry.get("checks"))):
            before = homes.setdefault(name, [])
            if before:
                words = f"check {name!r} already belongs to the entry {before[0]!r}"
                yield written.fault(("entries", key, "checks", place), words, "keep it in one of them")
            before.append(key)
    entries = _declared(written, "entries") or ()
    for key, _check in section_of(written, "checks"):
        if key not in homes:
            hint = f"add it to the checks of one of: {', '.join(entries)}" if entries else "add it to an entry"
            yield written.fault(("checks", key), f"check {key!r} belongs to no entry, so it would never run", hint)


def _healers(written: Written, known: Known) -> Iterator[ConfigError]:
    declared = _declared(written, "groups")
    groups = None if declared is None else [*declared, EVERYONE]
    for what, group in map_of(written.values.get("audiences")).items():
        yield from _unknown(written, ("audiences", what), what, "deed", _DEEDS)
        yield from _unknown(written, ("audiences", what), group, "group", groups)
    for key, healer in section_of(written, "healers"):
        where: Where = ("healers", key)
        yield from _unknown(written, where, key, "healer", known.healers)
        yield from _unknown(written, (*where, "audience"), healer.get("audience"), "group", groups)


def _demo(written: Written, _: Known) -> Iterator[ConfigError]:
    demo = map_of(written.values.get("demo"))
    people = [map_of(one).get("id") for one in list_of(demo.get("people"))]
    yield from _twice(written, ("demo", "people"), [one for one in people if isinstance(one, str)], "person")
    for place, one in enumerate(people):
        yield from _person(written, ("demo", "people", place, "id"), one)
