"""The pipeline's jobs as ``jobs.json`` declares them: each a script in ``jobs/``, run by this Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "jobs"
JOBS = (
    "nba-phase2-reprocess",
    "nba-phase3-reprocess",
    "nba-prediction-consolidate",
    "nba-prediction-backfill",
    "nba-grading-recovery",
)


def declarations() -> dict[str, Any]:
    """``EFFECT=none`` in a job's ``env`` makes it end well without writing anything: a job to catch."""
    return {
        name: {
            "command": [sys.executable, str(FOLDER / f"{name.replace('-', '_')}.py")],
            "env": {},
            "timeout": "10m",
            "retries": 0,
        }
        for name in JOBS
    }
