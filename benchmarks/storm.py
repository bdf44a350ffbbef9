"""A storm: 10,000 findings in one report, decided, deduplicated and written durably ÷ the bare SQLite writes it needs.

``python -m benchmarks.storm``. Rounds alternate between a fresh store of ours and a fresh SQLite file; the bare writer
is given, ready to insert, the very texts that ours wrote. Afterwards the same report comes again and must want no
card's change that speaks. Storms are not grouped yet: each finding has its own card (the reference pipeline, section 1,
asks for one card from the sixth on), so what one message a channel would spare is not in these figures.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.announce import Announced, Announcer
from control_plane.backends.clock import SystemClock
from control_plane.backends.local.sheets import SHEETS
from control_plane.backends.local.store import SqliteStore
from control_plane.backends.local.tallies import micros
from control_plane.ledger import Ledger
from schemas.alerts import Reason
from schemas.heals import HealRequest
from schemas.pipeline import Calendar, CheckSpec, EntrySpec, Pipeline
from schemas.ports import Create
from schemas.reports import Fact, Finding, Metric, MetricState, Report, Severity, State, SubjectResult

from .peers import bare_ledger

FINDINGS, ROUNDS, BOUND = 10_000, 5, 3.0
ALERTMANAGER = 0.22  # seconds for as many alerts: the figure that the demands name, of one POST to its v2 API in memory
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
WRITTEN = ("alerts", "cards", "outbox")
SPEC = CheckSpec("scheduler_health", "scheduler_health", "Scheduler", "#canary-alerts", 2)


def pipeline() -> Pipeline:
    return Pipeline(
        name="bench", zone="America/New_York", calendar=Calendar("SELECT 1"), checks={SPEC.name: SPEC},
        entries={"routine": EntrySpec("routine", "*/30 * * * *", (SPEC.name,))}, healers={}, patterns=(), groups={},
        errors_channel="#app-error-alerts", channels=("#canary-alerts", "#app-error-alerts"),
    )  # fmt: skip


def report(run: int) -> Report:
    """Every subject fails, each with its own sentence, a fact and a metric."""
    metric = (Metric("failures", "failures in a row", 3.0, MetricState.VIOLATED, "==", 0.0),)
    results = tuple(
        SubjectResult(
            f"job-{number:05}", State.FAIL, "its last run failed", metric,
            Finding(f"Job job-{number:05} fails", f"job-{number:05} failed 3 times in a row", Severity.WARNING,
                    (Fact("Last status", "INTERNAL"),), (f"job-{number:05}",)),
        )
        for number in range(FINDINGS)
    )  # fmt: skip
    at = NOW + timedelta(minutes=30 * run)
    return Report(SPEC.name, f"run-{run}", "tick", at, at, at, results, "season", at.date())


def _no_heal(request: HealRequest, now: datetime) -> Create:
    raise SystemExit(f"no heal was to be asked for: {request.target} at {now}")


def announcer(store: SqliteStore) -> Announcer:
    return Announcer(pipeline(), store, Ledger(store, _no_heal), lambda: None)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _needed(store: SqliteStore) -> dict[str, bare_ledger.Rows]:
    """What ours wrote, ready to be inserted."""
    return {
        name: [
            (doc.key, json.dumps(doc.value, ensure_ascii=False, separators=(",", ":")), SHEETS[name].indexed(doc.value))
            for doc in store.find(name, limit=10 * FINDINGS)
        ]
        for name in WRITTEN
    }


def _round(folder: Path, number: int) -> tuple[float, float, float]:
    """Seconds of ours, of the same report again, and of the bare writes."""
    store = SqliteStore(folder / f"ours-{number}.sqlite", clock=SystemClock(), patience=timedelta(minutes=1))
    voice, first, again = announcer(store), report(0), report(1)
    answers: list[Announced] = []
    mine = _seconds(lambda: answers.append(voice.report(first, NOW)))
    rows = _needed(store)
    if {one.reason for one in answers[0].decisions} != {Reason.FIRST} or len(rows["alerts"]) != FINDINGS:
        raise SystemExit("not every finding was decided as the first of its alert")
    repeated = _seconds(lambda: answers.append(voice.report(again, again.as_of)))
    said = sum(one.reason.speaks for one in answers[1].decisions)
    if said or len(store.find("cards", limit=10 * FINDINGS)) != FINDINGS:
        raise SystemExit(f"the same report again spoke {said} times")
    store.close()
    bare = bare_ledger.opened(folder / f"bare-{number}.sqlite", WRITTEN)
    theirs = _seconds(lambda: bare_ledger.write(bare, rows, ("decisions", "first", micros(NOW))))
    (kept,) = bare.execute("SELECT count(*) FROM d_alerts").fetchone()
    if kept != FINDINGS:
        raise SystemExit(f"the bare writer kept {kept} alerts")
    bare.close()
    return mine, repeated, theirs


def main() -> int:
    """Prints the table; 0 when the bound holds."""
    with tempfile.TemporaryDirectory() as folder:
        took = [_round(Path(folder), number) for number in range(ROUNDS)]
    mine, repeated, theirs = (statistics.median(column) for column in zip(*took, strict=True))
    print(f"{FINDINGS:,} findings: ours {mine:.2f} s, bare SQLite writes {theirs:.2f} s, "
          f"ratio {mine / theirs:.2f} (at most {BOUND:g})")  # fmt: skip
    print(f"the same report again: {repeated:.2f} s, nothing said; ratio to the bare writes {repeated / theirs:.2f}")
    print(f"Alertmanager takes as many in {ALERTMANAGER} s, in memory (the figure of the demands, not measured here): "
          f"ours is {mine / ALERTMANAGER:.1f} times that, durable")  # fmt: skip
    return 0 if mine / theirs <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
