"""A seeded data folder, made once a run and copied for tests that write."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from control_plane.backends.local.duck import DuckWarehouse
from examples.nba import PROJECT

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 23, 21, 45, tzinfo=UTC)


def seed(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "examples/nba/seed.py"), "--home", str(home), *words]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("faulty") / "home"
    done = seed(home, "--now", "2026-11-23T21:45:00Z", "--seed", "7")
    assert done.returncode == 0, done.stderr
    (home / "said").write_text(done.stdout)
    return home


@pytest.fixture
def home(faulty: Path, tmp_path: Path) -> Path:
    """A copy of the seeded folder."""
    shutil.copytree(faulty, tmp_path / "home", ignore=shutil.ignore_patterns("source"))
    return tmp_path / "home"


@contextmanager
def warehouse(home: Path) -> Iterator[DuckWarehouse]:
    held = DuckWarehouse(home / "warehouse.duckdb", project=PROJECT)
    try:
        yield held
    finally:
        held.close()
