"""An answer as a Slack message, and as text for a terminal."""

from __future__ import annotations

from bot.cards import answers as cards
from bot.words import Answer, Section
from schemas.ports import Message


def message(answer: Answer) -> Message:
    """For Slack: aligned tables in code blocks, everything escaped and cut to fit."""
    return cards.sheet(answer.title, [cards.Section(one.heading, _body(one)) for one in answer.sections])


def _body(section: Section) -> str:
    parts = [cards.lines(section.lines)] if section.lines else []
    if section.table:
        parts.append(cards.table(section.table[1:], head=section.table[0]))
    return "\n".join(parts) or "nothing"


def text(answer: Answer) -> str:
    """For a terminal: columns as wide as they need to be, nothing cut."""
    parts = [answer.title]
    for section in answer.sections:
        parts.append("")
        if section.heading:
            parts.append(section.heading)
        parts += [f"  {line}" for line in section.lines]
        parts += _columns(section.table)
    return "\n".join(parts)


def _columns(table: tuple[tuple[str, ...], ...]) -> list[str]:
    if not table:
        return []
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]
