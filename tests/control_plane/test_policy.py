"""`decide` through its three inlets: every reason is reached, and silence has one too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane.policy import decide
from control_plane.scene import Due, Scene, Seen
from schemas.alerts import Alert, AlertState, Decision, HealNote, Mark, MarkKind, Reason
from schemas.heals import HealState, Outcome
from schemas.pipeline import CheckSpec, HealerSpec
from schemas.reports import Finding, Remedy, Severity, State, SubjectResult

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SPEC = CheckSpec("phase2_raw", "canary_query", "Raw rows", "#canary-alerts", 2)
REMEDY = Remedy("complete_stalled_batch", "Complete", "batch_1", {"batch": "batch_1"}, automatic=True)
HEALERS = {"complete_stalled_batch": HealerSpec("complete_stalled_batch", "oncall")}


def seen(state: State, finding: Finding | None = None, reason: str = "") -> Seen:
    return Seen(SubjectResult("2026-11-22", state, reason, finding=finding), "run-1", NOW)


def found(severity: Severity = Severity.WARNING, members: tuple[str, ...] = (), *remedies: Remedy) -> Finding:
    return Finding("Raw rows", "6 of 8 games", severity, members=members, remedies=remedies)


def opened(finding: Finding | None = None) -> Alert:
    decision = decide(scene(None), seen(State.FAIL, finding or found()), NOW)
    assert decision.alert is not None
    return decision.alert


def scene(alert: Alert | None, **kwargs: object) -> Scene:
    return replace(Scene(SPEC, alert, healers=HEALERS), **kwargs)


def after(decision: Decision) -> Alert:
    assert decision.alert is not None
    return decision.alert


def test_a_first_failure_speaks_once_and_says_when_it_will_speak_again() -> None:
    decision = decide(scene(None), seen(State.FAIL, found()), NOW)
    assert decision.reason is Reason.FIRST
    assert decision.next_at == NOW + SPEC.reminder
    again = decide(scene(after(decision)), seen(State.FAIL, found()), NOW + timedelta(minutes=30))
    assert (again.reason, after(again).seen, again.next_at) == (Reason.KNOWN, 2, NOW + SPEC.reminder)


def test_nothing_wrong_and_nothing_was_keeps_nothing() -> None:
    decision = decide(scene(None), seen(State.PASS), NOW)
    assert (decision.reason, decision.alert) == (Reason.HEALTHY, None)


def test_a_pass_resolves_only_what_was_open() -> None:
    decision = decide(scene(opened()), seen(State.PASS), NOW + timedelta(hours=1))
    assert decision.reason is Reason.RESOLVED
    assert after(decision).state is AlertState.RESOLVED and decision.next_at is None


@pytest.mark.parametrize("state", [State.ERROR, State.SKIPPED])
def test_what_could_not_be_looked_at_never_resolves(state: State) -> None:
    decision = decide(scene(opened()), seen(state, reason="warehouse: gone"), NOW + timedelta(hours=1))
    assert after(decision).firing


def test_an_error_opens_a_loud_card_and_keeps_a_known_finding() -> None:
    first = decide(scene(None), seen(State.ERROR, reason="no such column"), NOW)
    assert first.reason is Reason.FIRST and after(first).broken
    assert "no such column" in after(first).finding.summary
    kept = decide(scene(opened()), seen(State.ERROR, reason="time-out"), NOW)
    assert after(kept).finding.summary == "6 of 8 games" and after(kept).error == "time-out"
    twice = decide(scene(after(kept)), seen(State.ERROR, reason="time-out"), NOW)
    assert after(twice).errors_in_row == 2


def test_a_higher_severity_and_a_new_member_break_through_a_snooze() -> None:
    alert = opened(found(members=("game 1",)))
    snoozed = after(decide(scene(alert), Mark(MarkKind.SNOOZE, alert.id, "oncall", NOW, "m1"), NOW))
    assert decide(scene(snoozed), seen(State.FAIL, found(members=("game 1",))), NOW).reason is Reason.SNOOZED
    worse = decide(scene(snoozed), seen(State.FAIL, found(Severity.CRITICAL, ("game 1",))), NOW)
    assert worse.reason is Reason.WORSE and after(worse).snooze is None
    grown = decide(scene(snoozed), seen(State.FAIL, found(members=("game 1", "game 2"))), NOW)
    assert grown.reason is Reason.NEW_MEMBER and "game 2" in (grown.line.words if grown.line else "")


def test_a_snooze_ends_by_the_clock_and_says_so() -> None:
    alert = opened()
    until = NOW + timedelta(hours=1)
    mark = Mark(MarkKind.SNOOZE, alert.id, "oncall", NOW, "m1", until=until, why="known")
    decision = decide(scene(alert), mark, NOW)
    assert decision.next_at == until and decision.silence is not None
    assert decide(scene(after(decision)), Due(), until - timedelta(seconds=1)).reason is Reason.SNOOZED
    ended = decide(scene(after(decision)), Due(), until)
    assert ended.reason is Reason.SNOOZE_ENDED and after(ended).said_at == until


def test_a_reminder_is_due_unless_acknowledged() -> None:
    alert = opened()
    later = NOW + SPEC.reminder
    assert decide(scene(alert), Due(), later - timedelta(seconds=1)).reason is Reason.KNOWN
    assert decide(scene(alert), Due(), later).reason is Reason.REMINDER
    known = after(decide(scene(alert), Mark(MarkKind.ACKNOWLEDGE, alert.id, "oncall", NOW, "m"), NOW))
    assert decide(scene(known), Due(), later).reason is Reason.KNOWN


def test_muted_is_a_reason_and_not_a_resolution() -> None:
    decision = decide(scene(None, muted=True), seen(State.FAIL, found()), NOW)
    assert decision.reason is Reason.MUTED and after(decision).firing and after(decision).said_at is None


def test_young_waits_for_n_in_a_row() -> None:
    spec = replace(SPEC, need=2)
    first = decide(scene(None, spec=spec), seen(State.FAIL, found()), NOW)
    assert first.reason is Reason.YOUNG and after(first).said_at is None
    second = decide(scene(after(first), spec=spec), seen(State.FAIL, found()), NOW)
    assert second.reason is Reason.FIRST


def test_reopened_within_a_day_revives_the_card_and_later_begins_a_new_one() -> None:
    resolved = after(decide(scene(opened()), seen(State.PASS), NOW))
    soon = decide(scene(resolved), seen(State.FAIL, found()), NOW + timedelta(hours=23))
    assert soon.reason is Reason.REOPENED and after(soon).card == resolved.card
    late = decide(scene(resolved), seen(State.FAIL, found()), NOW + timedelta(hours=24))
    assert late.reason is Reason.FIRST and after(late).episode == 2


def test_an_automatic_remedy_is_asked_for_once_and_again_only_after_its_cooldown() -> None:
    finding = found(Severity.WARNING, (), REMEDY)
    first = decide(scene(None), seen(State.FAIL, finding), NOW)
    assert [one.attempt for one in first.requests] == [1]
    again = decide(scene(after(first)), seen(State.FAIL, finding), NOW)
    assert again.requests == ()
    note = HealNote(
        first.requests[0].id, "Complete", REMEDY.healer, HealState.CLOSED, "automatic", NOW,
        outcome=Outcome.INEFFECTIVE,
    )  # fmt: skip
    told = decide(scene(after(again)), Mark(MarkKind.HEAL, "x", "automatic", NOW, "m", heal=note), NOW)
    assert told.reason is Reason.HEAL_FAILED
    soon = decide(scene(after(told)), seen(State.FAIL, finding), NOW + timedelta(minutes=29))
    assert soon.requests == ()
    late = decide(scene(after(told)), seen(State.FAIL, finding), NOW + timedelta(minutes=30))
    assert [one.attempt for one in late.requests] == [2]
    assert late.requests[0].id != first.requests[0].id


@pytest.mark.parametrize("outcome", Outcome)
def test_only_healed_and_verified_closes_the_alert(outcome: Outcome) -> None:
    alert = opened()
    note = HealNote("heal_1", "Heal now", "rerun_job", HealState.CLOSED, "U0ONCALL", NOW, "done", outcome=outcome)
    decision = decide(scene(alert), Mark(MarkKind.HEAL, alert.id, "U0ONCALL", NOW, "m", heal=note), NOW)
    assert after(decision).firing is (outcome is not Outcome.HEALED)
    failed = outcome in (Outcome.INEFFECTIVE, Outcome.FAILED, Outcome.ABANDONED, Outcome.UNVERIFIABLE)
    assert (decision.reason is Reason.HEAL_FAILED) is failed


def test_the_desk_looking_again_is_no_new_sighting() -> None:
    alert = opened()
    decision = decide(scene(alert), replace(seen(State.FAIL, found()), cause="verify"), NOW)
    assert (decision.reason, after(decision).seen, decision.redraw) == (Reason.KNOWN, 1, False)


def test_paused_healing_asks_for_nothing() -> None:
    finding = found(Severity.WARNING, (), REMEDY)
    assert decide(scene(None, paused=True), seen(State.FAIL, finding), NOW).requests == ()


def test_a_mark_on_a_resolved_alert_changes_nothing() -> None:
    resolved = after(decide(scene(opened()), seen(State.PASS), NOW))
    decision = decide(scene(resolved), Mark(MarkKind.SNOOZE, resolved.id, "oncall", NOW, "m"), NOW)
    assert decision.alert is None and decision.silence is None


STATES = st.sampled_from(["pass", "fail", "critical", "error", "skip", "snooze", "wake", "ack", "due", "heal"])


@given(st.lists(st.tuples(STATES, st.integers(0, 300)), max_size=40), st.booleans())
def test_any_life_keeps_its_invariants(moves: list[tuple[str, int]], muted: bool) -> None:
    """An alert resolves by a PASS alone; who speaks says a line; the next moment stands on the alert."""
    alert, now = None, NOW
    for move, minutes in moves:
        now += timedelta(minutes=minutes)
        before = alert
        decision = decide(scene(alert, muted=muted), what(move, alert, now), now)
        if decision.alert is not None:
            alert = decision.alert
            if before and before.firing and not alert.firing:
                assert move == "pass"
            if decision.reason.speaks:
                assert not muted and decision.line is not None and alert.said_at == now
            if decision.next_at is not None and decision.reason is not Reason.OFF_CALENDAR:
                assert alert.firing
            assert decision.next_at == alert.next_at


def what(move: str, alert: Alert | None, now: datetime) -> Seen | Mark | Due:
    key = alert.id if alert else "none"
    if move == "due":
        return Due()
    if move == "heal":
        note = HealNote("heal_1", "Heal now", "rerun_job", HealState.RUNNING, "oncall", now)
        return Mark(MarkKind.HEAL, key, "oncall", now, "m", heal=note)
    kinds = {"snooze": MarkKind.SNOOZE, "wake": MarkKind.WAKE, "ack": MarkKind.ACKNOWLEDGE}
    if move in kinds:
        return Mark(kinds[move], key, "oncall", now, f"m{now}", until=now + timedelta(hours=1))
    severity = Severity.CRITICAL if move == "critical" else Severity.WARNING
    states = {"pass": State.PASS, "error": State.ERROR, "skip": State.SKIPPED}
    state = states.get(move, State.FAIL)
    return seen(state, found(severity) if state is State.FAIL else None, reason="why")
