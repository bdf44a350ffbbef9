"""Runs a job again for what its check found, and lets the check judge the effect (reference pipeline, section 6).

``args["job"]`` names the job; the other arguments become its environment (``date`` → ``DATE``). A job that exits 0
and writes nothing is *ineffective*: only the check says healed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from schemas.errors import Denied, Unavailable
from schemas.heals import Act, ActKind, ActResult, Heal, Healer, HealRequest, Look, Risk, Verdict, VerdictState
from schemas.nearest import suggest
from schemas.pipeline import HealerSpec
from schemas.ports import Hands
from schemas.reports import State, SubjectResult

from ._jobs import polled, started
from ._params import Params

GIVEN = {"settle": "1s", "deadline": "1m"}


class RerunJob:
    name = "rerun_job"
    healing_type = "job_rerun"
    risk = Risk.CONFIRM
    verified_by = "the check that found it passes"

    def __init__(self, params: Params) -> None:
        self.settle = params.span("settle")
        self.deadline = params.span("deadline")

    def look(self, request: HealRequest, hands: Hands, now: datetime) -> Look:
        job, known = request.args.get("job", ""), hands.jobs.known()
        if job not in known:
            words = f"there is no job {job!r} ({suggest(job, known)})"
            return Look({}, words, refusal=words)
        result = self._judged(request, hands, now)
        if result is None:
            return Look({}, f"{job} is known", risk=Risk.CONFIRM)
        words = f"{request.check} for {request.subject}: {result.reason or result.state}"
        if result.state is State.PASS:
            return Look(_state(result), words, needless=f"{request.check} passes for {request.subject} already")
        return Look(_state(result), words, risk=Risk.CONFIRM)

    def acts(self, request: HealRequest, look: Look) -> tuple[Act, ...]:  # noqa: ARG002
        name = f"{request.id.replace('_', '-')}-run"
        return (Act(name, ActKind.NAMED, f"run {request.args['job']}{_for(request)}"),)

    def steps(self, request: HealRequest, look: Look) -> tuple[str, ...]:  # noqa: ARG002
        return (f"Run {request.args['job']}{_for(request)}",)

    def perform(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:  # noqa: ARG002
        args = {name.upper(): value for name, value in heal.request.args.items() if name != "job"}
        return started(hands.jobs.run(heal.request.args["job"], act.name, {**args, "HEAL_ID": heal.id}))

    def probe(self, act: Act, heal: Heal, hands: Hands, now: datetime) -> ActResult:  # noqa: ARG002
        job = heal.request.args["job"]
        return polled(hands.jobs.find(job, act.name), job)

    def verify(self, heal: Heal, hands: Hands, now: datetime) -> Verdict:
        request = heal.request
        result = self._judged(request, hands, now)
        if result is None:
            return Verdict(VerdictState.UNVERIFIABLE, {}, "no check can say whether it helped")
        if result.state is State.ERROR:
            raise Unavailable(f"{request.check} could not look at {request.subject}: {result.reason}")
        words = f"{request.check} for {request.subject}: {result.reason or result.state}"
        if result.state is State.PASS:
            return Verdict(VerdictState.HEALED, _state(result), words)
        state = VerdictState.NOT_YET if result.state is State.FAIL else VerdictState.UNVERIFIABLE
        return Verdict(state, _state(result), words)

    def _judged(self, request: HealRequest, hands: Hands, now: datetime) -> SubjectResult | None:
        """What the check says of the subject now; None when the heal belongs to no check."""
        if not request.check:
            return None
        report = hands.recheck(request.check, request.subject, now)
        for result in report.results:
            if result.subject == request.subject:
                return result
        raise Denied(f"{request.check} said nothing of {request.subject}", part="checks")


def _state(result: SubjectResult) -> Mapping[str, object]:
    metrics = {metric.label or metric.name: metric.value for metric in result.metrics}
    reason = result.finding.summary if result.finding else result.reason
    return {"state": result.state.value, "reason": reason, **({"metrics": metrics} if metrics else {})}


def _for(request: HealRequest) -> str:
    args = ", ".join(f"{name} {value}" for name, value in request.args.items() if name != "job")
    return f" for {args or request.subject}"


def build(spec: HealerSpec, zone: str) -> Healer:  # noqa: ARG001
    return RerunJob(Params(spec, (), GIVEN))
