"""The pipeline's source as a small git work tree, and the services deployed from it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.times import to_text

DRIFTED = "prediction-coordinator"
WATCHED = {  # service: its own source path, expected min instances (reference pipeline, section 2)
    "prediction-worker": ("predictions/worker", 0),
    DRIFTED: ("predictions/coordinator", 1),
    "nba-phase3-analytics-processors": ("data_processors/analytics", 0),
    "nba-phase4-precompute-processors": ("data_processors/precompute", 0),
    "nba-phase2-raw-processors": ("data_processors/raw", 0),
    "nba-scrapers": ("scrapers", 0),
    "nba-grading-service": ("data_processors/grading/nba", 0),
    "phase3-to-phase4-orchestrator": ("orchestration/cloud_functions/phase3_to_phase4", 1),
    "phase4-to-phase5-orchestrator": ("orchestration/cloud_functions/phase4_to_phase5", 1),
    "nba-admin-dashboard": ("services/admin_dashboard", 0),
}
UNWATCHED = (
    "nba-reference-service", "nba-export-api", "nba-live-scores", "nba-odds-webhook", "nba-news-fetcher",
    "nba-model-trainer", "nba-backtest-runner", "nba-image-proxy", "nba-public-site", "nba-status-page",
    "nba-usage-reporter",
)  # fmt: skip
_STEPS = (
    (7, "count players once"),
    (5, "name the batch in the log"),
    (3, "try a lost player again"),
    (1.5, "hold a claim for less time"),
)
_SHARED = ("shared/clients.py", "shared/validation/rules.py", "predictions/shared/features.py")


@dataclass(frozen=True)
class Commit:
    """``ago`` is before now; ``files`` maps paths to contents."""

    ago: timedelta
    words: str
    files: dict[str, str]


def history(*, faults: bool) -> tuple[list[Commit], int]:
    """The commits, oldest first, and the place of the one that everything was last deployed from."""
    first = {path: f"# {path}\n" for path in _SHARED}
    first |= {f"{path}/main.py": f"# {name}\n" for name, (path, _) in WATCHED.items()}
    first |= {"README.md": "# The pipeline\n", "docs/runbook.md": "# Runbook\n", "scrapers/tests/test_main.py": "\n"}
    commits = [Commit(timedelta(days=40), "start", first)]
    for place, (path, _) in enumerate(WATCHED.values()):
        body = f"{first[f'{path}/main.py']}VERSION = 2\n"
        commits.append(Commit(timedelta(days=30 - 2 * place), f"{path}: version 2", {f"{path}/main.py": body}))
    deployed = len(commits) - 1
    scraper = commits[6].files["scrapers/main.py"]
    commits += [
        Commit(timedelta(hours=26), "scrapers: try a longer time-out", {"scrapers/main.py": f"{scraper}WAIT = 90\n"}),
        Commit(timedelta(hours=25), "Revert: try a longer time-out", {"scrapers/main.py": scraper}),
        Commit(timedelta(hours=11), "docs: how to back-fill", {"docs/runbook.md": "# Runbook\n\nBack-fill by date.\n"}),
    ]
    body = "# prediction-coordinator\nVERSION = 2\n"
    for hours, words in _STEPS if faults else ():
        body += f"# {words}\n"
        change = {"predictions/coordinator/main.py": body}
        commits.append(Commit(timedelta(hours=hours), f"coordinator: {words}", change))
    return commits, deployed


def write_source(folder: Path, now: datetime, commits: list[Commit]) -> list[str]:
    """Makes the work tree on branch ``main`` and says the commits' ids; an empty list where git is absent."""
    git = shutil.which("git")
    if git is None:
        return []
    folder.mkdir(parents=True)
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def call(*words: str, stdin: bytes = b"") -> bytes:
        return subprocess.run([git, *words], cwd=folder, env=env, input=stdin, capture_output=True, check=True).stdout

    call("init", "--quiet", "--initial-branch=main")
    call("fast-import", "--quiet", stdin=_stream(now, commits))
    call("reset", "--quiet", "--hard", "main")
    return call("rev-list", "--topo-order", "--reverse", "main").decode().split()


def _stream(now: datetime, commits: list[Commit]) -> bytes:
    parts: list[bytes] = []
    for commit in commits:
        stamp = f"pipeline <pipeline@example.invalid> {int((now - commit.ago).timestamp())} +0000"
        parts.append(f"commit refs/heads/main\nauthor {stamp}\ncommitter {stamp}\n".encode() + _blob(commit.words))
        parts += [f"M 100644 inline {path}\n".encode() + _blob(text) for path, text in commit.files.items()]
    return b"".join(parts)


def _blob(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%s\n" % (len(raw), raw)


def services(now: datetime, commits: list[Commit], ids: list[str], deployed: int) -> list[dict[str, Any]]:
    """Rows of ``services.json``: ten watched services and eleven others, each with one revision at all traffic."""
    wanted = {name: instances for name, (_, instances) in WATCHED.items()} | dict.fromkeys(UNWATCHED, 0)
    made = now - commits[deployed].ago + timedelta(minutes=20)
    rows: list[dict[str, Any]] = []
    for place, (name, instances) in enumerate(wanted.items()):
        revision = f"{name}-{40 + place:05}-dep"
        rows.append(
            {
                "name": name,
                "commit": ids[deployed] if ids and name in WATCHED else "",
                "revision": revision,
                "deployed_at": to_text(made + timedelta(minutes=place)),
                "min_instances": instances,
                "traffic": {revision: 100},
            }
        )
    return rows
