"""A fault that only the queries show is looked for once the port is open, and still ends the service with exit 2."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_limit_that_names_no_number_ends_the_service(tmp_path: Path) -> None:
    text = (ROOT / "resilience.yaml").read_text("utf-8")
    assert "min: 20 * finals" in text
    (tmp_path / "resilience.yaml").write_text(text.replace("min: 20 * finals", "min: 20 * finalz"), "utf-8")
    for folder in ("checks", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    with closing(socket.socket()) as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    environment = {
        **os.environ, "RESILIENCE_HOME": str(tmp_path / "home"), "RESILIENCE_CONFIG": str(tmp_path / "resilience.yaml"),
        "PORT": str(port), "HOST": "127.0.0.1",
    }  # fmt: skip
    command = [sys.executable, "-m", "bot", "serve"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert "no number 'finalz'" in done.stderr
    assert "did you mean 'finals'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert "is running" not in done.stdout
