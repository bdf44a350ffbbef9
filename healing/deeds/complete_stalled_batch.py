"""Completes a batch that stalled near its end, by itself (reference pipeline, section 6)."""

from __future__ import annotations

from datetime import datetime

from schemas.durations import say_duration
from schemas.heals import Healer, HealRequest, Look, Risk
from schemas.pipeline import HealerSpec
from schemas.ports import Hands

from ._batch import Batch, BatchHealer, aged, shared
from ._params import Params

NEEDED = ("collection", "job")
GIVEN = {"min_age": "15m", "max_age": "24h", "ratio": "0.9"}


class CompleteStalledBatch(BatchHealer):
    """Only a batch that is young, has been still for ``min_age``, and reached ``ratio`` of what it expects."""

    healing_type = "batch_cleanup"
    risk = Risk.AUTO

    def __init__(self, params: Params) -> None:
        super().__init__("complete_stalled_batch", params, automatic=True)
        self._min_age, self._max_age = params.span("min_age"), params.span("max_age")
        self._ratio = params.share("ratio")

    def look(self, request: HealRequest, hands: Hands, now: datetime) -> Look:
        look, _ = self.seen(request, hands, now)
        return Look(look.before, look.words, look.needless, look.refusal, Risk.AUTO)

    def refusal(self, batch: Batch, now: datetime) -> str:
        age, still = aged(batch.created_at, now), aged(batch.updated_at, now)
        if batch.expected <= 0:
            return f"{batch.key} does not say how many players it expects"
        if age is None or still is None:
            return f"{batch.key} does not say when it was created and last moved"
        if age > self._max_age:
            return f"{batch.key} was created {say_duration(age)} ago, more than {say_duration(self._max_age)}"
        if still < self._min_age:
            return f"{batch.key} moved {say_duration(still)} ago, less than {say_duration(self._min_age)}"
        if batch.completed < self._ratio * batch.expected - 1e-9:
            return f"{batch.key} has {batch.words()}, less than {self._ratio * 100:g} %"
        return ""


def build(spec: HealerSpec, zone: str) -> Healer:  # noqa: ARG001
    return CompleteStalledBatch(Params(spec, NEEDED, shared(GIVEN)))
