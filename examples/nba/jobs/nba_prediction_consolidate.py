"""Job ``nba-prediction-consolidate``: marks the complete batch BATCH_ID as consolidated in the live state."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from examples.nba.jobs.work import Work, main, variable
from examples.nba.live import COLLECTION
from schemas.errors import Denied, Missing
from schemas.ports import Done

TRIES = 5


def consolidate(work: Work) -> str:
    """Compare-and-set: tried again when somebody else wrote the batch in between."""
    key = variable("BATCH_ID")
    state = work.live()
    try:
        for _ in range(TRIES):
            batch = state.get(COLLECTION, key)
            if batch is None:
                raise Missing(f"there is no batch {key}")
            if not batch.value.get("is_complete"):
                raise Denied(f"batch {key} is not complete")
            if batch.value.get("consolidated_at"):
                return f"batch {key} was consolidated already"
            if isinstance(state.patch(COLLECTION, key, {"consolidated_at": work.stamp}, batch.version), Done):
                return f"consolidated batch {key}: {len(set(batch.value['completed_players']))} players"
        raise Denied(f"batch {key} changed {TRIES} times meanwhile")
    finally:
        state.close()


if __name__ == "__main__":
    main(consolidate)
