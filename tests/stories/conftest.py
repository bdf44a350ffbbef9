from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .demo import Demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the stories of a module; each story has a card of its own."""
    running = Demo(Path(tmp_path_factory.mktemp("demo")) / "home").start()
    yield running
    running.kill()
