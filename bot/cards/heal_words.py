"""A heal in words: its outcome, and what stood before and after it."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.heals import Outcome

from .text import clean, moments

_OUTCOMES = {
    Outcome.HEALED: ":white_check_mark: Healed:",
    Outcome.INEFFECTIVE: ":red_circle: Ineffective, completed without effect:",
    Outcome.UNVERIFIABLE: ":large_orange_circle: Effect could not be verified:",
    Outcome.FAILED: ":red_circle: Heal failed:",
    Outcome.ABANDONED: ":red_circle: Heal abandoned:",
    Outcome.NEEDLESS: ":white_check_mark: Nothing to heal any more:",
    Outcome.REFUSED: ":no_entry: Heal refused:",
}
CHANGES = 6


def outcome_words(outcome: Outcome | None) -> str:
    return _OUTCOMES[outcome] if outcome is not None else "Closed:"


def changes(before: Mapping[str, object], after: Mapping[str, object], zone: str = "UTC") -> str:
    """``completed players: 125 → 136``, a line for each of the first six that changed; figures within a figure are
    figures of their own."""
    if not after:
        return ""
    before, after = _flat(before), _flat(after)
    keys = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    lines = [
        f"{clean(key.replace('_', ' '), 60)}: {_value(before.get(key), zone)} → {_value(after.get(key), zone)}"
        for key in keys[:CHANGES]
    ]
    if len(keys) > CHANGES:
        lines.append(f"and {len(keys) - CHANGES} more")
    return "\n".join(lines) if lines else ("before and after are the same" if before else "")


def _flat(state: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in state.items():
        flat |= {str(name): one for name, one in value.items()} if isinstance(value, Mapping) else {key: value}
    return flat


def _value(value: object, zone: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"{len(value)} entries"
    return moments(clean(value, 100), zone) or "empty"
