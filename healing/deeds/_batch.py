"""Completing a batch: patch its document, then run the consolidation. What both batch healers share.

Reference pipeline, section 6. Healed is complete *and* consolidated, both read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from schemas.errors import Denied
from schemas.heals import Act, ActKind, ActResult, ActState, Heal, HealRequest, Look, Verdict, VerdictState
from schemas.ports import Doc, Done, Hands, LiveReader
from schemas.times import from_text, to_text

from ._jobs import polled, started
from ._params import Params

PATCH, CONSOLIDATE = "patch", "consolidate"
FIELDS = {
    "day": "game_date",
    "expected": "expected_players",
    "completed": "completed_players",
    "complete": "is_complete",
    "created": "created_at",
    "updated": "updated_at",
    "consolidated": "consolidated_at",
    "completed_at": "completion_time",
    "automatic": "auto_completed",
    "reason": "auto_completion_reason",
}
TRIES = 3


@dataclass(frozen=True)
class Batch:
    """A batch document as it was read. Moments are None when absent or unreadable."""

    key: str
    version: int
    day: date | None
    expected: int
    completed: int
    complete: bool
    created_at: datetime | None
    updated_at: datetime | None
    consolidated_at: datetime | None
    reason: str

    @property
    def share(self) -> float:
        return self.completed / self.expected if self.expected > 0 else 0.0

    def state(self) -> dict[str, object]:
        """Before and after, as the card and the event show them."""
        return {
            "completed_players": self.completed,
            "expected_players": self.expected,
            "is_complete": self.complete,
            "updated_at": to_text(self.updated_at) if self.updated_at else None,
            "consolidated_at": to_text(self.consolidated_at) if self.consolidated_at else None,
        }

    def words(self) -> str:
        if self.complete:
            return f"complete, {'' if self.consolidated_at else 'not '}consolidated"
        return f"{self.completed} of {self.expected} ({int(self.share * 1000) / 10:g} %)"


class Batches:
    """Where batches live: the collection, its field names, the job that consolidates."""

    def __init__(self, params: Params) -> None:
        self.collection = params.text("collection")
        self.job = params.text("job")
        self.fields = {name: params.text(name) for name in FIELDS}

    def read(self, live: LiveReader, key: str) -> Batch | None:
        doc = live.get(self.collection, key)
        return None if doc is None else self._batch(doc)

    def _batch(self, doc: Doc) -> Batch:
        def value(name: str) -> Any:
            return doc.value.get(self.fields[name])

        expected, completed = value("expected"), value("completed")
        return Batch(
            key=doc.key,
            version=doc.version,
            day=_day(value("day")),
            expected=expected if type(expected) is int else 0,
            completed=len({str(one) for one in completed}) if isinstance(completed, (list, tuple)) else 0,
            complete=value("complete") is True,
            created_at=_moment(value("created")),
            updated_at=_moment(value("updated")),
            consolidated_at=_moment(value("consolidated")),
            reason=str(value("reason") or ""),
        )


class BatchHealer:
    """The deed. A healer of its own adds who may be healed (`refusal`) and how sure one must be (`look`)."""

    def __init__(self, name: str, params: Params, *, automatic: bool) -> None:
        self.name = name
        self.settle = params.span("settle")
        self.deadline = params.span("deadline")
        self.verified_by = "the batch is complete and consolidated, both read back"
        self.batches = Batches(params)
        self._automatic = automatic

    def refusal(self, batch: Batch, now: datetime) -> str:
        """Why this batch may not be completed, in words; empty when it may. Asked again right before the write."""
        raise NotImplementedError

    def seen(self, request: HealRequest, hands: Hands, now: datetime) -> tuple[Look, Batch | None]:
        batch = self.batches.read(hands.live, key_of(request))
        if batch is None:
            words = f"there is no batch {key_of(request)}"
            return Look({}, words, refusal=words), None
        look = Look(batch.state(), f"{batch.key}: {batch.words()}")
        if batch.complete and batch.consolidated_at is not None:
            return Look(look.before, look.words, needless=f"{batch.key} is complete and consolidated already"), batch
        refusal = "" if batch.complete else self.refusal(batch, now)
        return Look(look.before, look.words, refusal=refusal), batch

    def acts(self, request: HealRequest, look: Look) -> tuple[Act, ...]:
        stem, key = request.id.replace("_", "-"), key_of(request)
        run = Act(f"{stem}-{CONSOLIDATE}", ActKind.NAMED, f"run {self.batches.job} for {key}")
        if look.before.get("is_complete"):
            return (run,)
        return (Act(f"{stem}-{PATCH}", ActKind.PROBEABLE, f"mark {key} complete"), run)

    def steps(self, request: HealRequest, look: Look) -> tuple[str, ...]:
        done, expected = look.before.get("completed_players"), look.before.get("expected_players")
        first = f"Mark {key_of(request)} complete with {done} of {expected} players"
        return (*(() if look.before.get("is_complete") else (first,)), f"Run {self.batches.job} for it")

    def perform(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:
        if act.name.endswith(CONSOLIDATE):
            batch = self.batches.read(hands.live, key_of(heal.request))
            day = batch.day.isoformat() if batch and batch.day else ""
            args = {"BATCH_ID": key_of(heal.request), "DATE": day, "HEAL_ID": heal.id}
            return started(hands.jobs.run(self.batches.job, act.name, args))
        for _ in range(TRIES):
            result = self._patch(heal, hands, now)
            if result is not None:
                return result
        raise Denied(f"{key_of(heal.request)} keeps changing", part="live state")

    def _patch(self, heal: Heal, hands: Hands, now: datetime) -> ActResult | None:
        """Compare-and-set on what was just read and judged; None when somebody wrote in between."""
        batch = self.batches.read(hands.live, key_of(heal.request))
        if batch is None:
            raise Denied(f"there is no batch {key_of(heal.request)} any more", part="live state")
        if batch.complete:
            return ActResult(ActState.DONE, words=f"{batch.key} was completed meanwhile")
        refusal = self.refusal(batch, now)
        if refusal:
            raise Denied(refusal, part="live state")
        names, moment = self.batches.fields, to_text(now)
        change = {
            names["complete"]: True,
            names["completed_at"]: moment,
            names["automatic"]: self._automatic,
            names["reason"]: f"{heal.request.actor}: {batch.words()}, {heal.id}",
            names["updated"]: moment,
        }
        answer = hands.live.patch(self.batches.collection, batch.key, change, batch.version)
        return ActResult(ActState.DONE, words=f"{batch.key} marked complete") if isinstance(answer, Done) else None

    def probe(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:  # noqa: ARG002
        if act.name.endswith(CONSOLIDATE):
            return polled(hands.jobs.find(self.batches.job, act.name), self.batches.job)
        batch = self.batches.read(hands.live, key_of(heal.request))
        if batch is None:
            return ActResult(ActState.FAILED, words=f"there is no batch {key_of(heal.request)} any more")
        if not batch.complete:
            return ActResult(ActState.ABSENT)
        ours = "marked complete" if heal.id in batch.reason else "was completed meanwhile"
        return ActResult(ActState.DONE, words=f"{batch.key} {ours}")

    def verify(self, heal: Heal, hands: Hands, now: datetime) -> Verdict:  # noqa: ARG002
        batch = self.batches.read(hands.live, key_of(heal.request))
        if batch is None:
            return Verdict(VerdictState.UNVERIFIABLE, {}, f"there is no batch {key_of(heal.request)} any more")
        if batch.complete and batch.consolidated_at is not None:
            words = f"complete with {batch.completed} of {batch.expected}, and consolidated"
            return Verdict(VerdictState.HEALED, batch.state(), words)
        return Verdict(VerdictState.NOT_YET, batch.state(), batch.words())


def shared(more: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Parameters of a batch healer that have a value of their own: field names, and how long to look."""
    return {**FIELDS, "settle": "1s", "deadline": "2m", **(more or {})}


def key_of(request: HealRequest) -> str:
    return request.args.get("batch") or request.subject


def aged(since: datetime | None, now: datetime) -> timedelta | None:
    return None if since is None else now - since


def _moment(value: Any) -> datetime | None:
    try:
        moment = value if isinstance(value, datetime) else from_text(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
