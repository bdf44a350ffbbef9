from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.house import House
from bot.words import Answer, Section, Words
from schemas.codec import dump
from schemas.errors import UsageError
from schemas.nearest import suggest
from schemas.ports import Where
from schemas.trail import TrailKind, TrailRecord

from ._find import clock, name_of, since, zone_word

USAGE = "events [24h] [--kind heal|press|mark|refusal|switch] [--limit 20]"


def answer(house: House, words: Words) -> Answer:
    """The trail, newest first: heals, presses, refusals, and presses that wait to be done."""
    kind, limit = _kind(words.option("kind")), _limit(words.option("limit", "20"))
    start = since(words.args.pop(0) if words.args else "24h", words.now)
    records = house.audit.events(start, words.now + timedelta(seconds=1), kind, limit)
    waiting = house.back.store.find("presses", Where("state", "==", "noted"), limit=100)
    rows = [(f"at ({zone_word(house, words.now)})", "kind", "who", "what", "id")]
    rows += [
        (clock(house, one.at, words.now), one.kind.value, name_of(house, one.actor), one.words, _ids(one))
        for one in records
    ]
    asked = [doc.value["press"] for doc in waiting]
    lines = tuple(f"a press of {one['person']} ({one['kind']} {one['name']}) waits to be done" for one in asked)
    data: dict[str, Any] = {"events": [dump(one) for one in records], "waiting": [doc.key for doc in waiting]}
    sections = (Section("", lines), Section(table=tuple(rows))) if lines else (Section(table=tuple(rows)),)
    title = f"{len(records)} events" if records else "No events in this range"
    return Answer(title, data, sections if records or lines else ())


def _ids(record: TrailRecord) -> str:
    return " ".join(one for one in (record.heal_id, record.alert_id) if one)


def _kind(text: str) -> TrailKind | None:
    kinds = [kind.value for kind in TrailKind]
    if text and text not in kinds:
        raise UsageError(f"there is no kind of event {text!r}; {suggest(text, kinds)}")
    return TrailKind(text) if text else None


def _limit(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise UsageError(f"--limit wants a number from 1 to 1000, not {text!r}")
    return int(text)
