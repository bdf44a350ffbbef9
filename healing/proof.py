"""Looking again after the last act: *healed* means that the effect was seen in the world."""

from __future__ import annotations

from datetime import datetime

from schemas.heals import Heal, Healer, Outcome, Verdict, VerdictState

from .bench import Bench, Trouble
from .moves import Seen


def verifying(bench: Bench, seen: Seen, healer: Healer, now: datetime) -> bool:
    """Looks at the world. Healed means that the effect was seen."""
    heal = seen.heal
    late = heal.deadline_at is not None and now >= heal.deadline_at
    verdict = bench.ask(lambda: healer.verify(heal, bench.hands, now))
    if isinstance(verdict, Trouble):
        return _unverified(bench, seen, verdict, now, late=late)
    if verdict.state is VerdictState.HEALED:
        return bench.close("healed", seen, Outcome.HEALED, verdict.words, now, after=verdict.after)
    if verdict.state is VerdictState.UNVERIFIABLE:
        return bench.close("unverifiable", seen, Outcome.UNVERIFIABLE, verdict.words, now, after=verdict.after)
    if late:
        words = f"it ran, but did not help: {verdict.words}"
        return bench.close("ineffective", seen, Outcome.INEFFECTIVE, words, now, after=verdict.after)
    return _look_again(bench, seen, verdict, now)


def _look_again(bench: Bench, seen: Seen, verdict: Verdict, now: datetime) -> bool:
    again = _again(bench, seen.heal, now)
    words = f"not yet: {verdict.words}"
    quiet = words == seen.heal.words
    moved = bench.mover.move("look_again", seen, quiet=quiet, words=words, after=verdict.after, next_at=again)
    return moved is not None


def _unverified(bench: Bench, seen: Seen, trouble: Trouble, now: datetime, *, late: bool) -> bool:
    if trouble.kind == "bug":
        return bench.fail(seen, trouble.words, now, acting=True)
    if late:
        words = f"whether it helped could not be seen: {trouble.words}"
        return bench.close("unverifiable", seen, Outcome.UNVERIFIABLE, words, now)
    words = f"could not look: {trouble.words}"
    quiet = words == seen.heal.words
    again = _again(bench, seen.heal, now)
    return bench.mover.move("look_again", seen, quiet=quiet, words=words, next_at=again) is not None


def _again(bench: Bench, heal: Heal, now: datetime) -> datetime:
    after = now + bench.pace.look
    return min(after, heal.deadline_at) if heal.deadline_at is not None else after
