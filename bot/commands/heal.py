from __future__ import annotations

from bot.asking import ask, told
from bot.house import House
from bot.words import Answer, Section, Words
from schemas.alerts import Alert
from schemas.codec import dump
from schemas.errors import UsageError
from schemas.nearest import suggest
from schemas.reports import Remedy

from ._find import allowed, find_alert

USAGE = "heal ALERT [--remedy HEALER] [--dry-run]"


def answer(house: House, words: Words) -> Answer:
    """Asks for the heal that an open alert offers; ``--dry-run`` only tells the plan."""
    dry, name = words.flag("dry-run"), words.option("remedy")
    alert = find_alert(house, words.next("an alert"))
    words.end()
    remedy = _remedy(alert, name)
    allowed(house, words, remedy.healer, f"ask for {remedy.healer}")
    plan = house.plan(alert, remedy, words.person, words.now)
    steps = (*plan.steps, f"verified by: {plan.verified_by}", f"risk: {plan.risk.value}")
    hindrance = plan.refusal or plan.needless
    if hindrance:
        return Answer(
            f"Not now: {hindrance}", {"refused": hindrance, "plan": dump(plan)}, alert_id=alert.id, outcome="refused"
        )
    if dry:
        return Answer(plan.title, {"dry_run": True, "plan": dump(plan)}, (Section("Plan", steps),), alert_id=alert.id)
    asked = ask(house, alert, remedy, words.person, words.source, words.now)
    title = f"Asked for: {remedy.label} ({asked.heal.id})" if asked.created else told(house, asked)
    data = {"created": asked.created, "heal": dump(asked.heal), "plan": dump(plan)}
    return Answer(title, data, (Section("Plan", steps),), alert_id=alert.id, heal_id=asked.heal.id)


def _remedy(alert: Alert, name: str) -> Remedy:
    offers = alert.finding.remedies
    if not offers:
        raise UsageError(f"{alert.check}/{alert.subject} offers no heal")
    if not name:
        return offers[0]
    for one in offers:
        if one.healer == name:
            return one
    raise UsageError(
        f"{alert.check}/{alert.subject} offers no {name!r}; {suggest(name, [one.healer for one in offers])}"
    )
