"""The tree that the image holds, laid out without an engine: everything a start needs is in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def laid_out(folder: Path) -> Path:
    """The files that the Dockerfile copies from the repository, as they stand below ``/app``."""
    app = folder / "app"
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        found = re.fullmatch(r"COPY ((?!--from)\S.*) (\S+)", line)
        if not found or "requirements" in line:
            continue
        for source in found[1].split():
            path, to = ROOT / source, app / (source if not found[2].startswith("/app") else Path(source).name)
            if path.is_dir():
                shutil.copytree(path, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, to)
    return app


def bot(app: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "RESILIENCE_", "PYTHON"))}
    env = {**clean, "RESILIENCE_HOME": str(home), "PYTHONPATH": str(app), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words], cwd=app, env=env, capture_output=True, text=True, timeout=60
    )


def test_the_image_has_every_file_that_a_check_needs(tmp_path: Path) -> None:
    app = laid_out(tmp_path)
    done = bot(app, tmp_path / "home", "validate")
    assert done.returncode == 0, done.stdout + done.stderr
    where = subprocess.run(
        [sys.executable, "-c", "import bot; print(bot.__file__)"],
        cwd=app, env={**os.environ, "PYTHONPATH": str(app)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(app))


def test_every_package_is_copied() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for room in ("bot", "checks", "control_plane", "healing", "schemas"):
        assert f"COPY {room} {room}" in text
    assert "--require-hashes" in text and "USER resilience" in text and '"-m", "bot", "serve"' in text
