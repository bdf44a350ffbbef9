"""Batches of the live state that stopped moving, or were completed and never consolidated.

Subject: the batch's id. Rules: reference pipeline, section 6. A stall that may be healed without asking gets the
declared remedies that are ``automatic``, every other trouble the rest. The check's SQL gives, for ``@day`` as of
``@as_of``, one column with the names of those that the batch should hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from schemas.durations import say_duration
from schemas.errors import BackendError
from schemas.pipeline import CheckSpec
from schemas.ports import Doc, Sight, Where
from schemas.questions import Ask
from schemas.reports import Fact, Finding, State, SubjectResult
from schemas.times import to_text

from ._asking import parameters_in
from ._batches import BatchSeen, Malformed, Rules, Trouble, read_batch, say_progress, say_share, trouble_of
from ._words import clip, remedies_of

MOST = 1000
_QUIET = {
    Trouble.NONE: (State.PASS, "complete and consolidated"),
    Trouble.WORKING: (State.PASS, "at work"),
    Trouble.WAITING: (State.SKIPPED, "complete, its consolidation may still come"),
}


def read_params(params: Mapping[str, str]) -> Rules:
    """The params as rules. Raises ConfigError whose key is ``params.<name>``."""
    return Rules.read(params)


def look(spec: CheckSpec, ask: Ask, sight: Sight) -> tuple[SubjectResult, ...]:
    """One result per batch, one for the check itself (``only`` may be its name). Never raises BackendError;
    ConfigError for wrong params."""
    looking = _Looking(spec, ask, sight, Rules.read(spec.params))
    if ask.only and ask.only != spec.name:
        return (looking.again(ask.only),)
    try:
        docs = looking.found()
    except BackendError as error:
        return tuple(SubjectResult(one, State.ERROR, str(error)) for one in (spec.name, *ask.open_subjects))
    if len(docs) >= MOST:
        words = f"more than {MOST} documents in {looking.rules.collection}: not all were looked at"
        whole = SubjectResult(spec.name, State.ERROR, words)
    else:
        whole = looking.whole(docs)
    gone = [one for one in ask.open_subjects if one not in docs and one != spec.name]
    return (*(looking.judge(doc) for doc in docs.values()), *(looking.again(one) for one in gone), whole)


@dataclass
class _Looking:
    """One look, with the names that were fetched already for a day."""

    spec: CheckSpec
    ask: Ask
    sight: Sight
    rules: Rules
    ready: dict[date, tuple[frozenset[str], str]] = field(default_factory=dict)

    def found(self) -> Mapping[str, Doc]:
        """Unfinished batches of any age, and all of the last days. Raises BackendError."""
        since = (self.ask.day.date - timedelta(days=self.rules.lookback_days)).isoformat()
        names, collection = self.rules.fields, self.rules.collection
        open_ones = self.sight.live.find(collection, Where(names["complete"], "==", False), limit=MOST)
        recent = self.sight.live.find(collection, Where(names["day"], ">=", since), limit=MOST)
        return {doc.key: doc for doc in sorted((*open_ones, *recent), key=lambda one: one.key)}

    def whole(self, docs: Mapping[str, Doc]) -> SubjectResult:
        """Whether there was anything to look at today: none is healthy only on a day without a slate."""
        today, name = self.ask.day, self.spec.name
        if any(doc.value.get(self.rules.fields["day"]) == today.date.isoformat() for doc in docs.values()):
            return SubjectResult(name, State.PASS, f"{len(docs)} batches looked at")
        if not self.spec.needs:
            return SubjectResult(name, State.SKIPPED, f"no batch yet for {today.date}")
        if self.spec.needs not in today.slate:
            return SubjectResult(name, State.ERROR, f"the calendar gives no number {self.spec.needs!r}")
        if today.slate[self.spec.needs] == 0:
            return SubjectResult(name, State.PASS, f"no {self.spec.needs} on {today.date}, so no batch")
        return SubjectResult(name, State.SKIPPED, f"no batch yet for {today.date}")

    def again(self, subject: str) -> SubjectResult:
        """One batch by its id."""
        try:
            doc = self.sight.live.get(self.rules.collection, subject)
        except BackendError as error:
            return SubjectResult(subject, State.ERROR, str(error))
        if doc is None:
            return SubjectResult(subject, State.ERROR, f"gone: {self.rules.collection} has no {subject}")
        return self.judge(doc)

    def judge(self, doc: Doc) -> SubjectResult:
        now = self.ask.as_of
        try:
            batch = read_batch(doc.key, doc.value, self.rules, now)
        except Malformed as error:
            return SubjectResult(doc.key, State.ERROR, f"the batch cannot be judged: {error}")
        trouble = trouble_of(batch, self.rules, now)
        if trouble in _QUIET:
            state, words = _QUIET[trouble]
            return SubjectResult(doc.key, state, f"{words}: {say_progress(batch, now)}")
        finding = self._finding(batch, trouble)
        return SubjectResult(doc.key, State.FAIL, finding.summary, finding=finding)

    def _finding(self, batch: BatchSeen, trouble: Trouble) -> Finding:
        done = trouble is Trouble.UNCONSOLIDATED
        missing, facts = ((), ()) if done else self._missing(batch)
        remedies = remedies_of(self.spec, batch.id)
        words = "never consolidated" if done else "stalled" if trouble is not Trouble.OLD else "unfinished too long"
        return Finding(
            title=clip(f"{self.spec.title} {words}: {batch.id}"),
            summary=_summary(batch, trouble, self.ask.as_of, len(missing)),
            severity=self.spec.severity,
            facts=(*_facts(batch), *self._held_back(trouble), *facts),
            members=missing,
            members_label=self.spec.members_label,
            remedies=tuple(one for one in remedies if one.automatic is (trouble is Trouble.SLIGHT)),
            since=batch.moved_at,
        )

    def _held_back(self, trouble: Trouble) -> tuple[Fact, ...]:
        """Why the bot leaves a stalled batch to a person."""
        why = {
            Trouble.STALLED: f"less than {say_share(self.rules.ratio)} complete",
            Trouble.OLD: f"older than {say_duration(self.rules.max_age)}",
        }.get(trouble)
        return (Fact("Not completed by itself", why),) if why else ()

    def _missing(self, batch: BatchSeen) -> tuple[tuple[str, ...], tuple[Fact, ...]]:
        """Those that the batch should hold and does not, the failed ones apart."""
        label = self.spec.members_label or "Missing"
        if batch.day is None:
            return (), (Fact(label, f"unknown: {self.rules.fields['day']} is not a date"),)
        wanted, trouble = self._wanted(batch.day)
        if trouble:
            return (), (Fact(label, f"could not be looked up: {trouble}"),)
        facts: list[Fact] = []
        if len(wanted) != batch.expected:
            words = f"the batch expects {batch.expected}, {len(wanted)} are ready for {batch.day}"
            facts.append(Fact("Counts disagree", words))
        return tuple(sorted(wanted - batch.completed - batch.failed)), tuple(facts)

    def _wanted(self, day: date) -> tuple[frozenset[str], str]:
        if day not in self.ready:
            self.ready[day] = self._ask_warehouse(day)
        return self.ready[day]

    def _ask_warehouse(self, day: date) -> tuple[frozenset[str], str]:
        parameters = parameters_in(self.spec.sql, {"day": day, "as_of": self.ask.as_of})
        try:
            answer = self.sight.warehouse.query(
                self.spec.sql, parameters, now=self.ask.as_of, timeout=self.ask.timeout, max_rows=10_000
            )
        except BackendError as error:
            return frozenset(), str(error)
        return frozenset(str(row[0]) for row in answer.rows if row and row[0] is not None), ""


def _summary(batch: BatchSeen, trouble: Trouble, now: datetime, missing: int) -> str:
    if trouble is Trouble.UNCONSOLIDATED:
        ago = say_duration(now - batch.moved_at)
        return f"{batch.id} was completed {ago} ago with {len(batch.completed)} of {batch.expected}, not consolidated"
    words = f"{batch.id} holds {say_progress(batch, now)}"
    if trouble is Trouble.OLD:
        words += f", and is {say_duration(now - batch.created_at)} old"
    counts = [f"{missing} missing"] if missing else []
    counts += [f"{len(batch.failed)} failed"] if batch.failed else []
    return words + (f"; {', '.join(counts)}" if counts else "")


def _facts(batch: BatchSeen) -> tuple[Fact, ...]:
    moved = to_text(batch.updated_at) if batch.updated_at else "unknown: it has no such moment"
    facts = [
        Fact("Completed", f"{len(batch.completed)} of {batch.expected} ({say_share(batch.share)})"),
        Fact("Last moved", moved),
        Fact("Created", to_text(batch.created_at)),
    ]
    if batch.failed:
        facts.append(Fact("Failed", ", ".join(sorted(batch.failed))))
    return tuple(facts)
