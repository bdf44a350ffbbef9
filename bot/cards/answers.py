"""Answers to words, drawn from plain data: the same mapping that ``--json`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.ports import Message

from .blocks import Block, compose, context, header, section
from .text import bare, bold, clean, cut, escape, length

COLUMNS = 5
ROWS = 20
CELL = 40
_WHOLE = 2_800


@dataclass(frozen=True)
class Section:
    """One part of a sheet: a heading and a body of mrkdwn that `table` or `lines` made."""

    heading: str
    body: str
    rank: int = field(default=1)


def table(rows: Sequence[Sequence[object]], *, head: Sequence[str] = ()) -> str:
    """Aligned text in a code block: at most five columns and twenty rows; the rest is counted."""
    shown = [[_cell(cell) for cell in row[:COLUMNS]] for row in rows[:ROWS]]
    title = [[_cell(cell) for cell in head[:COLUMNS]]] if head else []
    every = title + shown
    if not every:
        return "nothing"
    count = max(len(row) for row in every)
    padded = [row + [""] * (count - len(row)) for row in every]
    widths = [max(len(row[column]) for row in padded) for column in range(count)]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in padded]
    kept, used = [], 0
    for one in drawn:
        escaped = escape(one)
        used += length(escaped) + 1
        if used > _WHOLE:
            break
        kept.append(escaped)
    rest = len(rows) - (len(kept) - len(title))
    body = "\n".join(kept)
    return f"```\n{body}\n```" + (f"\nand {rest:,} more" if rest > 0 else "")


def lines(items: Sequence[object] | Mapping[str, object]) -> str:
    """A line for each item (at most 30), or ``*key*: value`` for a mapping."""
    if isinstance(items, Mapping):
        made = [f"{bold(_label(key), 60)}: {clean(_say(value), 300)}" for key, value in items.items()]
    else:
        made = [clean(_say(item), 300) for item in items]
    kept, used = [], 0
    for one in made[:30]:
        used += length(one) + 1
        if used > _WHOLE:
            break
        kept.append(one)
    rest = len(made) - len(kept)
    return "\n".join(kept + ([f"and {rest:,} more"] if rest > 0 else [])) or "nothing"


def sheet(title: str, sections: Sequence[Section], *, summary: str = "", foot: str = "") -> Message:
    """A whole answer. Later sections fall first when it grows too long."""
    top: list[Block] = [header(title)]
    if summary:
        top.append(section(clean(summary, 1000)))
    body: list[tuple[int, Block]] = []
    for place, one in enumerate(sections[:20], 1):
        heading = f"{bold(one.heading, 100)}\n" if one.heading else ""
        body.append((place * one.rank, section(heading + one.body)))
    if foot:
        body.append((0, context(clean(foot, 500))))
    text = ". ".join(part for part in (clean(title, 150), clean(summary, 600)) if part)
    return compose(text or "Answer", top, body)


def answer(title: str, data: Mapping[str, object], *, summary: str = "", foot: str = "") -> Message:
    """Draws any document: lists of mappings become tables, mappings and lists become lines, the rest comes first.

    ``schema_version`` is for programs and is left out.
    """
    plain = {key: value for key, value in data.items() if not isinstance(value, (Mapping, list, tuple))}
    plain.pop("schema_version", None)
    sections = [Section("", lines(plain))] if plain else []
    for key, value in data.items():
        if isinstance(value, Mapping):
            sections.append(Section(_label(key), lines(value)))
        elif isinstance(value, (list, tuple)):
            sections.append(Section(_label(key), _listed(value)))
    return sheet(title, sections, summary=summary, foot=foot)


def _listed(values: Sequence[object]) -> str:
    rows = [value for value in values if isinstance(value, Mapping)]
    if not rows or len(rows) != len(values):
        return lines(values)
    head = list(dict.fromkeys(key for row in rows for key in row))[:COLUMNS]
    return table([[row.get(key) for key in head] for row in rows], head=[_label(key) for key in head])


def _label(key: str) -> str:
    return str(key).replace("_", " ")


def _cell(value: object) -> str:
    return cut(bare(_say(value)), CELL)


def _say(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{_label(key)} {_say(item)}" for key, item in list(value.items())[:10])
    if isinstance(value, (list, tuple)):
        return ", ".join(_say(item) for item in value[:10]) + (" …" if len(value) > 10 else "")
    return str(value)[:2000]
