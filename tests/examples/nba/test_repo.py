"""The source tree and the services deployed from it, asked with git itself."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from examples.nba import repo

NOW = datetime(2026, 11, 23, 21, 45, tzinfo=UTC)


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True, text=True).stdout.strip()


def deploy(folder: Path, faults: bool) -> dict[str, str]:
    """Watched services and their commits."""
    commits, deployed = repo.history(faults=faults)
    ids = repo.write_source(folder, NOW, commits)
    assert len(ids) == len(commits) and git(folder, "rev-parse", "main") == ids[-1]
    assert git(folder, "status", "--porcelain") == ""
    rows = repo.services(NOW, commits, ids, deployed)
    assert len(rows) == 21
    return {row["name"]: row["commit"] for row in rows if row["name"] in repo.WATCHED}


def behind(folder: Path, commit: str, path: str) -> list[str]:
    """Commits since ``commit`` that leave another content under the source paths, oldest first."""
    paths = [path, "shared", "predictions/shared"]
    if not git(folder, "diff", "--name-only", commit, "main", "--", *paths, ":!*.md", ":!docs"):
        return []
    return git(folder, "log", "--reverse", "--format=%ct", f"{commit}..main", "--", *paths).split()


@pytest.mark.parametrize("faults", [True, False])
def test_only_the_planted_service_is_behind(tmp_path: Path, faults: bool) -> None:
    folder = tmp_path / "source"
    found = {name: behind(folder, commit, repo.WATCHED[name][0]) for name, commit in deploy(folder, faults).items()}
    waiting = found.pop(repo.DRIFTED)
    assert not any(found.values()), found
    assert len(waiting) == (4 if faults else 0)
    if faults:
        assert NOW - datetime.fromtimestamp(int(waiting[0]), UTC) == timedelta(hours=7)


def test_a_reverted_change_and_a_page_are_no_drift_but_are_in_the_history(tmp_path: Path) -> None:
    commit = deploy(tmp_path / "source", False)["nba-scrapers"]
    words = git(tmp_path / "source", "log", "--format=%s", f"{commit}..main")
    assert "Revert" in words and "docs" in words


def test_the_source_paths_of_every_watched_service_exist(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    deploy(folder, True)
    assert all((folder / path).is_dir() for path, _ in repo.WATCHED.values())
    assert (folder / "shared" / "validation").is_dir() and (folder / "predictions" / "shared").is_dir()
