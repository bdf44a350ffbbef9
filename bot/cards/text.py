"""Words made safe for Slack. Text from data or people can neither mention anybody nor break formatting.

Lengths are counted in UTF-16 units, the larger of the two ways in which a limit of Slack's may be meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_CALL = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)
_MARKER = re.compile(r"[*_~]{2,}|(?<![A-Za-z0-9*_~])[*_~]+|[*_~]+(?![A-Za-z0-9*_~])")
_TOKEN = re.compile(r"<(?=[!@#])")
_HALF_ENTITY = re.compile(r"&[a-z]{0,4}\Z")
_PERSON = re.compile(r"[UW][A-Z0-9]{5,20}\Z")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)(?!\w)", re.ASCII)
_GAP = "\u200b"
_ALIKE = str.maketrans("*_~`", "∗ˍ∼ˋ")  # seen as the same, marking nothing
_LONGEST = 20_000


def length(text: str) -> int:
    """The text's length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most ``limit`` units, ending in ``…`` when cut; never inside ``&lt;`` or a pair."""
    if length(text) <= limit:
        return text
    short = text[: max(limit - 1, 0)]
    while length(short) > limit - 1:
        short = short[:-1]
    return _HALF_ENTITY.sub("", short) + "…"


def line(text: object, limit: int = 300) -> str:
    """One line for ``plain_text``: no control or direction characters, white space collapsed, tokens taken apart."""
    one = " ".join(_UNSEEN.sub(" ", str(text)[:_LONGEST]).split())
    return cut(_CALL.sub("@" + _GAP, _TOKEN.sub("<" + _GAP, one)), limit)


def clean(text: object, limit: int = 300) -> str:
    """One line for mrkdwn and for ``text``: escaped; markers that could open or close something are look-alikes."""
    one = " ".join(_UNSEEN.sub(" ", str(text)[:_LONGEST]).split())
    one = _CALL.sub("@" + _GAP, one).replace("`", "ˋ")
    one = _MARKER.sub(lambda found: found[0].translate(_ALIKE), one)
    if one.startswith(">"):
        one = _GAP + one
    return cut(escape(one), limit)


def bold(text: object, limit: int = 300) -> str:
    """Clean words in bold; empty when there are none."""
    one = clean(text, limit).replace("*", "∗")
    return f"*{one}*" if one else ""


def bare(text: object) -> str:
    """One line for a cell of a code block, not yet escaped: no back-ticks, no control characters."""
    return " ".join(_UNSEEN.sub(" ", str(text)[:_LONGEST]).split()).replace("`", "ˋ")


def person(who: str) -> str:
    """A person of the workspace by their id, anybody else (a schedule, a shell user) by clean words."""
    return f"<@{who}>" if _PERSON.match(who) else clean(who, 60)


def by(who: str) -> str:
    """``by @oncall``; what the bot did of its own is done ``automatically``."""
    return "automatically" if who == "automatic" else f"by {person(who)}"


def when(moment: datetime, zone: str) -> str:
    """A moment that each reader sees in their own zone; the fallback is in the pipeline's."""
    stamp = int(moment.timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} {{time}}|{local(moment, zone)}>"


def moments(words: str, zone: str) -> str:
    """Clean words in which each full UTC moment is one that the reader sees in their own zone."""
    return _MOMENT.sub(lambda found: _read(found[0], zone), words)


def _read(text: str, zone: str) -> str:
    try:
        return when(datetime.fromisoformat(text).astimezone(UTC), zone)
    except (ValueError, OverflowError):
        return text


def local(moment: datetime, zone: str) -> str:
    """``24 Nov 09:00 EST``."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%b %H:%M %Z}"


def escape(text: str) -> str:
    """Slack's own three."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
