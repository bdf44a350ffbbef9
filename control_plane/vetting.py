"""What a check has handed back, before anything is made of it: a plug-in's slip is its own ERROR, nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from math import isfinite

from schemas.errors import Denied
from schemas.reports import SubjectResult

MOST = 100_000  # results of one look; a check of more subjects counts them in one finding with members


def vetted(given: Iterable[object]) -> tuple[SubjectResult, ...]:
    """The results; Denied with the first fault: too many, another type, no subject, one twice, a value that is no
    number."""
    results: list[SubjectResult] = []
    seen: set[str] = set()
    for one in islice(given, MOST + 1):
        if not isinstance(one, SubjectResult):
            raise _wrong(f"a {type(one).__name__} where a result should be")
        if not one.subject or not _plain(one.subject):
            raise _wrong(f"{one.subject!r} for a subject; it is Unicode text that is not empty")
        if one.subject in seen:
            raise _wrong(f"the subject {one.subject!r} twice")
        for metric in one.metrics:
            if not (_number(metric.value) and _number(metric.limit)):
                raise _wrong(
                    f"{metric.name} of {one.subject} as {metric.value!r}, limit {metric.limit!r}: not a number"
                )
        seen.add(one.subject)
        results.append(one)
    if len(results) > MOST:
        raise _wrong(f"more than {MOST:,} results")
    return tuple(results)


def _number(value: object) -> bool:
    return value is None or (isinstance(value, (int, float)) and isfinite(value))


def _plain(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(text.encode())
    except UnicodeEncodeError:
        return False


def _wrong(what: str) -> Denied:
    return Denied(f"the check gave {what}")
