"""The one road from what is known to what is said: see the scene, decide, commit on what was seen, or look again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from control_plane.ledger import Entry, Held, Ledger
from control_plane.policy import decide
from control_plane.scene import Due, Scene, Seen, What
from healing.events import note_of
from schemas.alerts import Alert, Decision, Mark, MarkKind, Reason, alert_id
from schemas.codec import load
from schemas.errors import Unavailable
from schemas.heals import Heal
from schemas.pipeline import CheckSpec, Pipeline
from schemas.ports import Doc, Replace, Store, Write
from schemas.reports import Finding, Report, Severity, State, SubjectResult

TRIES = 12
BROKEN = "check_broken"
PATTERNS = "healing_patterns"


@dataclass(frozen=True)
class Announced:
    """What a report led to: decisions by subject, in the report's order."""

    report: Report
    decisions: tuple[Decision, ...]


class Announcer:
    """Feeds `decide` through its three inlets. ``nudge`` tells the lanes that there is something to send or to do."""

    def __init__(self, pipeline: Pipeline, store: Store, ledger: Ledger, nudge: Callable[[], None]) -> None:
        self._pipeline, self._store, self._ledger, self._nudge = pipeline, store, ledger, nudge

    def report(
        self, report: Report, now: datetime, *, own: bool = False, held: Callable[[], bool] = lambda: True
    ) -> Announced:
        """Decides every subject of a report; then what the report says about the check itself. Nothing is decided once
        ``held`` says that the run is no longer ours: it is asked again after every lost race."""
        announced = Announced(report, self._decide_all(report, now, held))
        if not own and (announced.decisions or not report.results):
            self._check_itself(report, now)
        self._nudge()
        return announced

    def mark(self, mark: Mark, now: datetime, also: tuple[Write, ...] = ()) -> Decision:
        """Puts a person's mark on an alert; ``also`` is written in the same commit."""
        decision = self._one(mark.alert_id, mark, "mark", now, also)
        self._nudge()
        return decision

    def due(self, now: datetime) -> bool:
        """Decides the alerts whose answer may have changed by time alone."""
        ids = self._ledger.due(now)
        for one in ids:
            self._one(one, Due(), "time", now)
        if ids:
            self._nudge()
        return bool(ids)

    def tell(self, doc: Doc, now: datetime) -> None:
        """Tells a heal's alert how far the heal is, and notes on the heal that it was told, in one commit."""
        heal = load(Heal, doc.value)
        mark = Mark(
            MarkKind.HEAL,
            heal.request.alert_id,
            heal.request.actor,
            now,
            f"{heal.id}-{heal.step}",
            heal=note_of(heal, now),
        )
        told = {**doc.value, "told": heal.step, "untold": 0}
        self.mark(mark, now, (Replace("heals", doc.key, told, doc.version),))

    def spec(self, check: str) -> CheckSpec:
        """The policy of a check; our own checks have theirs built in."""
        spec = self._pipeline.checks.get(check)
        return spec if spec is not None else own_spec(check, self._pipeline)

    def scene(self, check: str, alert: Alert | None) -> Scene:
        return Scene(
            spec=self.spec(check),
            alert=alert,
            muted=self._switch("messages"),
            paused=self._switch("healing"),
            healers=self._pipeline.healers,
        )

    def _switch(self, name: str) -> bool:
        doc = self._store.get("switches", name)
        return bool(doc and (doc.value.get("paused") or doc.value.get("muted")))

    def _decide_all(self, report: Report, now: datetime, still: Callable[[], bool]) -> tuple[Decision, ...]:
        decisions: dict[int, Decision] = {}
        todo: list[tuple[int, SubjectResult]] = list(enumerate(report.results))
        for _ in range(TRIES):
            if not still():
                return ()
            held = self._ledger.held_of_check(report.check)
            base = self.scene(report.check, None)
            entries = []
            for _index, result in todo:
                mine = held.get(alert_id(report.check, result.subject), Held(None, None))
                seen = Seen(result, report.run_id, now, report.cause)
                decision = decide(_with(base, self._channelled(report, result, base), mine.alert), seen, now)
                entries.append(Entry(mine, decision, "report"))
            answers = self._ledger.commit(entries, now)
            for (index, _), entry, done in zip(todo, entries, answers, strict=True):
                if done:
                    decisions[index] = entry.decision
            todo = [one for one, done in zip(todo, answers, strict=True) if not done]
            if not todo:
                return tuple(decisions[index] for index in sorted(decisions))
        raise Unavailable("a decision lost its race too often", part="store")

    def _channelled(self, report: Report, result: SubjectResult, base: Scene) -> CheckSpec:
        """Healing patterns speak in the channel of their level; every other check in its own."""
        if report.check != PATTERNS:
            return base.spec
        level = result.subject.rsplit("/", 1)[-1]
        return own_spec(PATTERNS, self._pipeline, level)

    def _one(self, key: str, what: What, inlet: str, now: datetime, also: tuple[Write, ...] = ()) -> Decision:
        for _ in range(TRIES):
            held = self._ledger.held(key)
            if held.alert is None:
                decision = Decision(Reason.MARKED, "there is no such alert")
            else:
                decision = decide(self.scene(held.alert.check, held.alert), what, now)
            if self._ledger.commit([Entry(held, decision, inlet, also)], now)[0]:
                return decision
            if also and self._stale(also):
                return decision
        raise Unavailable("a decision lost its race too often", part="store")

    def _stale(self, also: Sequence[Write]) -> bool:
        """True when what was to be written beside the decision has moved on: nobody needs this telling any more."""
        for write in also:
            if isinstance(write, Replace):
                doc = self._store.get(write.collection, write.key)
                if doc is None or doc.version != write.version:
                    return True
        return False

    def _check_itself(self, report: Report, now: datetime) -> None:
        """A check that errs three times in a row is trouble of the bot's own, told where such things are told."""
        spec = self.spec(report.check)
        broken = [one for one in report.results if one.state is State.ERROR]
        alerts = {alert.subject: alert for alert in self._ledger.firing(report.check)} if broken else {}
        rows = max((alerts[one.subject].errors_in_row for one in broken if one.subject in alerts), default=0)
        if broken and rows < spec.errors_escalate:
            return
        if not broken and report.state is State.SKIPPED:
            return
        result = SubjectResult(report.check, State.PASS, "the check can look again")
        if broken:
            words = f"{report.check} could not look {rows} times in a row: {broken[0].reason}"
            finding = Finding(f"Check broken: {report.check}", words, Severity.CRITICAL)
            result = SubjectResult(report.check, State.FAIL, broken[0].reason, finding=finding)
        own = Report(BROKEN, report.run_id, report.cause, now, now, now, (result,), report.mode, report.day)
        self.report(own, now, own=True)


def _with(base: Scene, spec: CheckSpec, alert: Alert | None) -> Scene:
    return Scene(spec, alert, base.mode, base.muted, base.paused, base.healers)


def own_spec(check: str, pipeline: Pipeline, level: str = "") -> CheckSpec:
    """The built-in policy of the findings that we make about ourselves."""
    channel = pipeline.errors_channel
    for rule in pipeline.patterns:
        if check == PATTERNS and rule.level == level:
            channel = rule.channel
    title = {PATTERNS: "Healing too often", BROKEN: "Check broken"}.get(check, check)
    return CheckSpec(name=check, kind="own", title=title, channel=channel, layer=4 if check == PATTERNS else 0)


def mark_id(*parts: object) -> str:
    """An id that is the same for the same mark, whoever repeats it."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()[:20]
