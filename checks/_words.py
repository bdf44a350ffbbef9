"""Findings of a canary in words: the sentence with the number that matters, facts, severity, remedies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.errors import ConfigError
from schemas.limits import evaluate, parse
from schemas.pipeline import CheckSpec, Grade
from schemas.reports import Fact, Finding, Metric, MetricState, Remedy

from ._days import window_days

LONGEST_TITLE = 79
_BLANK = re.compile(r"\{(\w+)\}")


def finding_of(
    spec: CheckSpec, day: date, metrics: Sequence[Metric], row: Mapping[str, Any], names: Mapping[str, float]
) -> Finding:
    """The finding of a violated day. ``names`` are the numbers that grades and sentences may use."""
    wrong = [metric for metric in metrics if metric.state is MetricState.VIOLATED]
    unknown = [f"{metric.label} ({metric.note})" for metric in metrics if metric.state is MetricState.ERROR]
    grade, unjudged = _grade(spec.grades, names)
    members = members_of(spec, row)
    if members is None:
        unknown.append(f"{spec.members_label or spec.members} (missing from the answer)")
    unknown += unjudged
    facts = [Fact(metric.label[:1].upper() + metric.label[1:], say_metric(metric)) for metric in wrong]
    if unknown:
        facts.append(Fact("Could not be had", "; ".join(unknown)))
    words = grade.say if grade and grade.say else spec.title
    return Finding(
        title=clip(words if spec.subject else f"{words} on {day}"),
        summary=_summary(spec, day, wrong, names),
        severity=grade.severity if grade else spec.severity,
        facts=tuple(facts),
        members=members or (),
        members_label=spec.members_label,
        remedies=remedies_of(spec, spec.subject or str(day)),
    )


def members_of(spec: CheckSpec, row: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The things in trouble inside the subject, sorted; None when the answer lacks their column."""
    if not spec.members:
        return ()
    found = row.get(spec.members, ...)
    if found is ... or not isinstance(found, (list, tuple, type(None))):
        return None
    return tuple(sorted({str(one) for one in found or () if one is not None}))


def remedies_of(spec: CheckSpec, subject: str) -> tuple[Remedy, ...]:
    """The remedies on offer, ``{subject}`` filled in. The target names the job, where there is one, and the subject."""
    offered: list[Remedy] = []
    for one in spec.remedies:
        args = {name: value.replace("{subject}", subject) for name, value in one.args.items()}
        target = f"{args['job']}/{subject}" if args.get("job") else subject
        offered.append(Remedy(one.healer, one.label, target, args, one.automatic))
    return tuple(offered)


def say_number(value: float) -> str:
    """``1,240``; ``4.97``; ``0.05``: at most two decimals."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.01 else f"{value:.2g}"


def say_metric(metric: Metric) -> str:
    """``140, at least 160 expected``."""
    unit = f" {metric.unit}" if metric.unit and metric.unit != "%" else metric.unit
    value, limit = (_exact(metric.value, metric.limit), _exact(metric.limit, metric.value))
    if metric.op == "==":
        return f"{value}{unit}, expected {limit}{unit}"
    return f"{value}{unit}, {'at least' if metric.op == '>=' else 'at most'} {limit}{unit} expected"


def clip(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def _exact(value: float | None, beside: float | None) -> str:
    """The number with as many digits as it takes to tell it from the one beside it."""
    if value is None:
        return "nothing"
    said = say_number(value)
    return repr(value) if beside is not None and beside != value and said == say_number(beside) else said


def _summary(spec: CheckSpec, day: date, wrong: Sequence[Metric], names: Mapping[str, float]) -> str:
    """The sentence of the first violated metric: a declaration lists what matters most first."""
    first = wrong[0]
    assert first.value is not None and first.limit is not None
    by = abs(first.value - first.limit)
    template = spec.metrics[first.name].say
    if template:
        known = {name: say_number(number) for name, number in names.items()}
        known |= {"day": str(day), "from_day": str(window_days(spec.window, day)[0]), "by": say_number(by)}
        known |= {"value": _exact(first.value, first.limit), "limit": _exact(first.limit, first.value)}
        sentence = _BLANK.sub(lambda found: known.get(found[1], f"unknown {found[1]}"), template)
    else:
        side = "short" if first.value < first.limit else "too many" if not first.unit else "too high"
        sentence = f"{first.label} on {day}: {say_metric(first)} ({say_number(by)} {side})"
    others = [f"{one.label} {_exact(one.value, one.limit)}" for one in wrong[1:]]
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""
    return sentence + (f"; also {', '.join(others[:2])}{more}" if others else "")


def _grade(grades: Sequence[Grade], names: Mapping[str, float]) -> tuple[Grade | None, list[str]]:
    """The first grade whose condition holds, and in words those that could not be judged before it."""
    unjudged: list[str] = []
    for grade in grades:
        try:
            if evaluate(parse(grade.when), names):
                return grade, unjudged
        except ConfigError as error:
            unjudged.append(f"severity {grade.severity} ({error})")
    return None, unjudged
