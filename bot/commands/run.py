from __future__ import annotations

from datetime import datetime

from bot.house import House
from bot.words import Answer, Section, Words
from schemas.codec import dump
from schemas.errors import UsageError
from schemas.nearest import suggest
from schemas.reports import Report, State

from ._find import allowed

USAGE = "run [CHECK] [--tier ENTRY|all] [--date DAY]"


def answer(house: House, words: Words) -> Answer:
    """Runs a check, a tier or all of them now, and shows each subject's state with its reason."""
    tier, only = words.option("tier"), words.option("date")
    checks = _checks(house, words.args.pop(0) if words.args else "", tier)
    words.end()
    allowed(house, words, "rerun", "run checks")
    run_id = f"manual-{words.now:%Y%m%dT%H%M%S%f}"
    reports = [house.runner.judge(one, words.now, cause="manual", run_id=run_id, only=only) for one in checks]
    for report in reports:
        house.announcer.report(report, words.now)
    return _shown(reports, words.now)


def _checks(house: House, check: str, tier: str) -> list[str]:
    known, tiers = house.pipeline.checks, house.pipeline.entries
    if check:
        if check not in known:
            raise UsageError(f"there is no check {check!r}; {suggest(check, known)}")
        return [check]
    if tier in ("", "all"):
        return [one for entry in tiers.values() for one in entry.checks]
    if tier not in tiers:
        raise UsageError(f"there is no tier {tier!r}; {suggest(tier, [*tiers, 'all'])}")
    return list(tiers[tier].checks)


def _shown(reports: list[Report], now: datetime) -> Answer:
    results = [(report.check, one) for report in reports for one in report.results]
    rows = [("check", "subject", "state", "reason")]
    rows += [
        (check, one.subject, one.state.value, one.finding.summary if one.finding else one.reason)
        for check, one in results
    ]
    count = {state: sum(one.state is state for _, one in results) for state in State}
    line = f"{count[State.PASS]} of {len(results)} passed ({count[State.SKIPPED]} skipped)"
    if count[State.FAIL]:
        line += f", {count[State.FAIL]} failed"
    if count[State.ERROR]:
        line += f", {count[State.ERROR]} could not be judged"
    data = {"as_of": dump(now), "summary": line, "reports": [dump(report) for report in reports]}
    return Answer(line, data, (Section(table=tuple(rows)),), code=1 if count[State.ERROR] else 0)
