"""Alerts in each state, as the cards' tests use them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schemas.alerts import Acknowledgement, Alert, AlertState, HealNote, Snooze, alert_id
from schemas.heals import HealState, Outcome
from schemas.reports import Fact, Finding, Metric, MetricState, Remedy, Severity

ZONE = "America/New_York"
NOW = datetime(2026, 11, 23, 21, 45, tzinfo=UTC)
RERUN = Remedy("rerun_job", "Heal now", "nba-phase3-reprocess 2026-11-22", {"date": "2026-11-22"})
FORCE = Remedy("force_complete_batch", "Force complete", "batch_2026-11-23_1")
AUTOMATIC = Remedy("complete_stalled_batch", "Complete batch", "batch_2026-11-23_1", automatic=True)

FINDING = Finding(
    title="Analytics gap on 2026-11-22",
    summary="2 of 7 final games are missing from player_game_summary.",
    severity=Severity.CRITICAL,
    facts=(Fact("Expected", "7 games"), Fact("Found", "5 games")),
    members=("0022600101 BOS–NYK", "0022600102 LAL–DEN"),
    members_label="Missing games",
    remedies=(RERUN,),
    since=NOW - timedelta(hours=3),
)
ALERT = Alert(
    id=alert_id("phase3_coverage", "2026-11-22"),
    check="phase3_coverage",
    subject="2026-11-22",
    channel="#canary-alerts",
    state=AlertState.FIRING,
    severity=Severity.CRITICAL,
    finding=FINDING,
    opened_at=NOW - timedelta(hours=2),
    last_seen_at=NOW - timedelta(minutes=10),
    seen=4,
    run_id="run_20261123T213500_ab12",
)
NOTE = HealNote("heal_0123456789ab", "Heal now", "rerun_job", HealState.RUNNING, "U0ONCALL", NOW, "the job is running")
CLOSED = replace(
    NOTE,
    state=HealState.CLOSED,
    outcome=Outcome.HEALED,
    words="both games are there",
    before={"completed_players": 125, "is_complete": False, "seen": ["a"]},
    after={"completed_players": 136, "is_complete": True, "seen": ["a"]},
)
BATCH = replace(FINDING, title="Batch stalled at 125/136", remedies=(AUTOMATIC, FORCE), members=(), facts=())
BATCHED = replace(ALERT, check="stalled_batches", subject="batch_2026-11-23_1", finding=BATCH)
AUTO_NOTE = replace(CLOSED, remedy="Complete batch", healer="complete_stalled_batch", by="cleanup")
SNOOZE = Snooze("s1", "U0ONCALL", "known upstream delay", NOW, NOW + timedelta(hours=4))


def lowered(severity: Severity) -> Alert:
    return replace(ALERT, severity=severity, finding=replace(FINDING, severity=severity))


STATES: dict[str, Alert] = {
    "firing_critical": ALERT,
    "firing_warning": lowered(Severity.WARNING),
    "firing_info": lowered(Severity.INFO),
    "first_time": replace(ALERT, seen=1, run_id=""),
    "many_members": replace(
        ALERT,
        finding=replace(
            FINDING,
            members=tuple(f"player_{n}" for n in range(119)),
            members_label="Missing players",
            facts=tuple(Fact(f"Fact {n}", str(n)) for n in range(9)),
        ),
    ),
    "acknowledged": replace(ALERT, ack=Acknowledgement("U0ONCALL", NOW)),
    "snoozed": replace(ALERT, snooze=SNOOZE),
    "snoozed_until_resolved": replace(ALERT, snooze=replace(SNOOZE, until=None, why="")),
    "snooze_over": replace(ALERT, snooze=replace(SNOOZE, until=NOW)),
    "healing": replace(ALERT, heal=NOTE),
    "approval": replace(ALERT, heal=replace(NOTE, state=HealState.APPROVAL, words="")),
    "healed_not_yet_green": replace(ALERT, heal=CLOSED),
    "ineffective": replace(ALERT, heal=replace(CLOSED, outcome=Outcome.INEFFECTIVE, words="no row came", after={})),
    "refused": replace(ALERT, heal=replace(CLOSED, outcome=Outcome.REFUSED, words="cooldown", before={}, after={})),
    "automatic": BATCHED,
    "automatic_failed": replace(BATCHED, heal=replace(AUTO_NOTE, outcome=Outcome.FAILED, words="the job failed")),
    "automatic_refused": replace(BATCHED, heal=replace(AUTO_NOTE, outcome=Outcome.REFUSED, words="too many")),
    "resolved": replace(
        ALERT, state=AlertState.RESOLVED, resolved_at=NOW, resolved_by="U0COLLEAG", heal=CLOSED, ack=None
    ),
    "resolved_by_itself": replace(ALERT, state=AlertState.RESOLVED, resolved_at=NOW),
    "broken": replace(ALERT, broken=True, errors_in_row=2, error="warehouse: table not found"),
    "blind_for_now": replace(
        ALERT,
        errors_in_row=3,
        error="warehouse: timed out",
        metrics=(Metric("rows", "Rows", None, MetricState.ERROR),),
    ),
    "second_episode": replace(ALERT, episode=2),
}
