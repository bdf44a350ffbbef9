"""Reading the documents: their code blocks, their links, their sections."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<code>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind, in order, without the indent of the list they stand in."""
    found = _FENCE.finditer(page.read_text("utf-8"))
    return [textwrap.dedent(one["code"]) for one in found if one["kind"] == kind]


def links(page: Path) -> list[str]:
    """Every target of a link or a picture."""
    return [one["target"] for one in _LINK.finditer(page.read_text("utf-8"))]


def section(page: Path, heading: str) -> str:
    """What stands under ``## heading``."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None, f"{page.name} has no section {heading!r}"
    return found[1]


def pages() -> list[Path]:
    """All documents that live with the code."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
