"""What a cold command loads: neither Slack's nor Google's libraries, and ``status`` no warehouse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
sys.argv[1:] = {words!r}
from bot.__main__ import main
try:
    main()
except SystemExit as end:
    assert end.code in (None, 0, 1), end.code
print("LOADED", *sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""
FOREIGN = ("slack_sdk", "slack_bolt", "google", "googleapiclient", "aiohttp", "scipy", "matplotlib")
WAREHOUSE = ("duckdb", "_duckdb", "sqlglot")


def loaded(home: Path, *words: str) -> set[str]:
    """The top-level modules of a process that has answered these words."""
    environment = {**os.environ, "RESILIENCE_HOME": str(home), "RESILIENCE_CONFIG": str(ROOT / "resilience.yaml")}
    command = [sys.executable, "-c", SCRIPT.format(words=list(words))]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False, timeout=100)
    lines = [line for line in done.stderr.splitlines() if line.startswith("LOADED ")]
    assert lines, done.stderr
    return set(lines[0].split()[1:])


@pytest.mark.parametrize("words", [("status", "--json"), ("events", "--json"), ("snoozes",), ("help",)])
def test_a_word_that_only_reads_our_books_loads_no_warehouse(tmp_path: Path, words: tuple[str, ...]) -> None:
    modules = loaded(tmp_path, *words)
    assert "bot" in modules
    assert modules.isdisjoint((*FOREIGN, *WAREHOUSE, "typer")), modules.intersection((*FOREIGN, *WAREHOUSE, "typer"))


@pytest.mark.parametrize("words", [("run", "--tier", "all", "--json"), ("validate", "--json"), ("--help",)])
def test_no_command_loads_slack_or_google(tmp_path: Path, words: tuple[str, ...]) -> None:
    modules = loaded(tmp_path, *words)
    assert modules.isdisjoint(FOREIGN), modules.intersection(FOREIGN)
