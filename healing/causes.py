"""Root causes by fingerprint: a reason without its ids, dates, numbers and names, so that 500 stalls are one cause."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 160
_RULES = (
    (re.compile(r"https?://\S+"), "‹link›"),
    (re.compile(r"<[@#!][^>]*>|(?<!\w)[@#][\w.-]+|[\w.+-]+@[\w-]+\.[\w.]+"), "‹name›"),
    (re.compile(r"\b[\w-]*\d{4}-\d{2}-\d{2}[_-]\w+"), "‹id›"),  # batch_2026-11-22_1763800000
    (re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"), "‹date›"),
    (re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b"), "‹date›"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "‹id›"),
    (re.compile(r"\b(?:[a-z]+[_-])?(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b", re.IGNORECASE), "‹id›"),
    (re.compile(r"'[^']{1,80}'|\"[^\"]{1,80}\"|`[^`]{1,80}`|‘[^’]{1,80}’|“[^”]{1,80}”"), "‹name›"),
    (re.compile(r"(?<![\w-])[+-]?\d+(?:[.,]\d+)*(?: ?%)?(?![\w-]*[A-Za-z])"), "‹n›"),
    (re.compile(r"(?:‹n›|‹date›)(?:\s*(?:of|/|–|-|to|and|,)\s*(?:‹n›|‹date›))+"), "‹n›"),
    (re.compile(r"(?<=[a-z,;:] )(?:[A-Z][\w'’.-]+ )+(?:[A-Z][\w'’.-]+)"), "‹name›"),  # LeBron James
    (re.compile(r"(?<=: )[\w.'’-]+(?:, ?[\w.'’-]+)+(?:,? and (?:‹n› more|[\w.'’-]+))?"), "‹name›"),
    (re.compile(r"‹(\w+)›(?:, ?‹\1›)+(?: and ‹\1›)?"), r"‹\1›"),
    (re.compile(r"\s+"), " "),
)


def root_cause(text: str, known: Iterable[str] = ()) -> str:
    """The cause behind a reason in words. ``known`` are names that the caller knows for such: target, subject, actor.

    ``batch_2026-11-22_1763 stalled at 125/136 for 16 min`` → ``‹id› stalled at ‹n› for ‹n› min``.
    """
    for name in sorted({one for one in known if len(one) > 2}, key=lambda one: (-len(one), one)):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "‹id›", text)
    for pattern, stands in _RULES:
        text = pattern.sub(stands, text)
    words = text.strip(" .")
    return words[:LONGEST] if words else "no reason given"
