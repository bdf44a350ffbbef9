"""Numbers of a declaration that would make a limit, a healer or a pattern mean nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.errors import ConfigError

from .config_text import Where, Written, list_of, map_of, section_of

LEAST: Mapping[str, tuple[str, ...]] = {
    "": ("targets_per_run", "fleet"),
    "checks": ("need", "errors_escalate"),
    "healers": ("attempts", "hourly", "daily", "breaker_failures"),
}
"""Numbers that are at least 1, by section."""


def judge_numbers(written: Written) -> Iterator[ConfigError]:
    """Every number below its least, and every pattern that always or never holds."""
    yield from _least(written)
    yield from _patterns(written)


def _patterns(written: Written) -> Iterator[ConfigError]:
    """A pattern by rate needs a share that can be exceeded; any other needs a number that is too many."""
    for place, pattern in enumerate(list_of(written.values.get("patterns"))):
        where: Where = ("patterns", place)
        values = {name: map_of(pattern).get(name, 0) for name in ("failure_rate", "count", "runs", "events")}
        if not isinstance(pattern, dict) or any(not isinstance(one, (int, float)) for one in values.values()):
            continue
        for name, value in values.items():
            if isinstance(value, (int, float)) and value < 0:
                yield written.fault((*where, name), f"must not be below 0, it is {value}")
        rate = values["failure_rate"]
        if isinstance(rate, (int, float)) and rate >= 1:
            yield written.fault((*where, "failure_rate"), f"{rate} can never be exceeded", "write a share like 0.2")
        if not rate and not values["count"] and not values["runs"]:
            yield written.fault(where, "has no limit, so every heal would be too many", "give count or failure_rate")


def _least(written: Written) -> Iterator[ConfigError]:
    """Numbers that are at least 1: below it, nothing would ever happen."""
    places: list[tuple[Where, object]] = [((name,), written.values.get(name)) for name in LEAST[""]]
    for section in ("checks", "healers"):
        for key, item in section_of(written, section):
            places += [((section, key, name), item.get(name)) for name in LEAST[section]]
            places += [((section, key, "window", "days"), map_of(item.get("window")).get("days"))]
    for where, number in places:
        if isinstance(number, int) and not isinstance(number, bool) and number < 1:
            yield written.fault(where, f"must be at least 1, not {number}")
