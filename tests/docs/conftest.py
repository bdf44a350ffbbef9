"""The reference pipeline, seeded once for the documents' tests, with the shipped declaration."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from control_plane.backends.local.duck import DuckWarehouse
from examples.nba import PROJECT

from .pages import ROOT

NOW = "2026-11-23T21:45:00Z"


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the demo makes it, as of `NOW`; not to be written."""
    home = tmp_path_factory.mktemp("docs") / "home"
    command = [sys.executable, str(ROOT / "examples/nba/seed.py"), "--home", str(home), "--now", NOW, "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="session")
def warehouse(seeded: Path) -> Iterator[DuckWarehouse]:
    held = DuckWarehouse(seeded / "warehouse.duckdb", project=PROJECT)
    yield held
    held.close()
