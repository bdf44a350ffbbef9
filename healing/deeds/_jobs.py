"""How an execution of a job stands, as the result of an act."""

from __future__ import annotations

from schemas.heals import ActResult, ActState
from schemas.ports import Execution

_STATES = {"running": ActState.RUNNING, "succeeded": ActState.DONE, "failed": ActState.FAILED}


def started(execution: Execution) -> ActResult:
    """``ref`` is the execution's name; a failed one gives its reason."""
    state = _STATES.get(execution.state, ActState.UNKNOWN)
    verb = {"running": "is running", "succeeded": "ended well", "failed": "failed"}.get(execution.state, "is unknown")
    said = f": {execution.words}" if execution.words else ""
    return ActResult(state, execution.name, f"{execution.job} {verb}{said}")


def polled(execution: Execution | None, job: str) -> ActResult:
    """As `started`; absent when there certainly is none."""
    return ActResult(ActState.ABSENT, words=f"{job} has no such execution") if execution is None else started(execution)
