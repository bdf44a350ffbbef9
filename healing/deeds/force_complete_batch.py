"""Completes a batch because a person decided so (reference pipeline, section 6).

Of today it takes one person; of a past date, where others have built on the batch, a second one.
"""

from __future__ import annotations

from datetime import datetime

from schemas.heals import Healer, HealRequest, Look, Risk
from schemas.pipeline import HealerSpec
from schemas.ports import Hands
from schemas.times import day_of

from ._batch import Batch, BatchHealer, shared
from ._params import Params

NEEDED = ("collection", "job")


class ForceCompleteBatch(BatchHealer):
    healing_type = "batch_force_complete"
    risk = Risk.CONFIRM

    def __init__(self, params: Params, zone: str) -> None:
        super().__init__("force_complete_batch", params, automatic=False)
        self._zone = zone

    def look(self, request: HealRequest, hands: Hands, now: datetime) -> Look:
        look, batch = self.seen(request, hands, now)
        past = batch is None or batch.day is None or batch.day < day_of(now, self._zone)
        return Look(look.before, look.words, look.needless, look.refusal, Risk.HIGH if past else Risk.CONFIRM)

    def refusal(self, batch: Batch, now: datetime) -> str:  # noqa: ARG002
        return "" if batch.expected > 0 else f"{batch.key} does not say how many players it expects"


def build(spec: HealerSpec, zone: str) -> Healer:
    return ForceCompleteBatch(Params(spec, NEEDED, shared()), zone)
