"""What the documents say exists: links, pictures, commands, make targets, names of the environment."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from bot import settings
from bot.commands import names, word
from bot.config import load_pipeline

from .pages import ROOT, blocks, links, pages

PROSE = pages()
VARIABLE = re.compile(r"\b(?:RESILIENCE|SLACK)_[A-Z_]+\b|\b(?:HOST|PORT)(?==)")
OWN = {"serve", "demo", "validate"}


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def code(page: Path) -> str:
    """Everything that a reader would type: blocks and inline code."""
    text = page.read_text("utf-8")
    return "\n".join([*blocks(page, "sh"), *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("page", PROSE, ids=named)
def test_links_lead_to_files(page: Path) -> None:
    for link in links(page):
        if not link.startswith(("https://", "#")):
            assert (page.parent / link.split("#")[0]).exists(), f"{named(page)} links to {link}"


@pytest.mark.parametrize("page", PROSE, ids=named)
def test_make_targets_exist(page: Path) -> None:
    used = set(re.findall(r"(?:^|\n)make ([a-z]+)", code(page)))
    assert used <= targets(), f"{named(page)} names {used - targets()}"


@pytest.mark.parametrize("page", PROSE, ids=named)
def test_words_exist(page: Path) -> None:
    used = set(re.findall(r"\bresilience ([a-z]+)", code(page)))
    assert used <= {*names(), *OWN, "whoami"}, f"{named(page)} names {used - set(names()) - OWN}"


@pytest.mark.parametrize("page", PROSE, ids=named)
def test_names_of_the_environment_are_read(page: Path) -> None:
    read = (ROOT / "bot/settings.py").read_text("utf-8")
    for name in set(VARIABLE.findall(code(page))):
        assert f'"{name.removesuffix("_FILE")}"' in read, f"{named(page)} names {name}"


def test_every_name_that_is_read_is_told() -> None:
    told = (ROOT / "docs/operations.md").read_text("utf-8")
    for name in set(re.findall(r'"((?:RESILIENCE|SLACK)_[A-Z_]+|HOST|PORT)"', Path(settings.__file__).read_text())):
        assert f"`{name}`" in told, f"docs/operations.md does not tell of {name}"


def test_every_word_is_told() -> None:
    told = (ROOT / "docs/operations.md").read_text("utf-8")
    for name in names():
        assert re.search(rf"`{name}\b", told), f"docs/operations.md does not tell of {name}: {word(name).USAGE}"


def test_every_lane_is_told() -> None:
    lanes = re.findall(r'\("(\w+)", turn\.\w+', (ROOT / "bot/service.py").read_text("utf-8"))
    told = (ROOT / "docs/operations.md").read_text("utf-8")
    assert lanes
    for lane in lanes:
        assert f"| {lane} |" in told, f"docs/operations.md does not tell of the lane {lane}"


def test_pictures_are_real_and_small() -> None:
    shown = [link for page in PROSE for link in links(page) if link.endswith(".png")]
    assert shown
    for picture in (ROOT / "docs/pictures").glob("*.png"):
        head = picture.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", head[16:24])
        assert width > 300 and height > 150
        assert picture.stat().st_size < 120 * 1024, f"{picture.name} is too large"


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 80


@pytest.mark.parametrize("page", PROSE, ids=named)
def test_documents_name_no_machine(page: Path) -> None:
    text = page.read_text("utf-8")
    for banned in ("/work/", "/root/", "pypi" + ".org", "files.pythonhosted", "TODO", "FIXME"):
        assert banned not in text, f"{named(page)} has {banned}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs/decisions").glob("0*.md")), ids=named)
def test_a_decision_is_short_and_listed(page: Path) -> None:
    assert len(page.read_text("utf-8").splitlines()) < 40
    assert f"({page.name})" in (ROOT / "docs/decisions/README.md").read_text("utf-8")
    for path in re.findall(
        r"`((?:bot|control_plane|healing|schemas|tests|checks)/[\w/]+\.py)`", page.read_text("utf-8")
    ):
        assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_the_readme_counts_the_canaries_rightly() -> None:
    spelt = {11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen"}
    checks = load_pipeline(ROOT / "resilience.yaml").checks.values()
    count = sum(spec.kind == "canary_query" for spec in checks)
    assert f"{spelt[count]} canaries" in (ROOT / "README.md").read_text("utf-8")
    assert f"{spelt[count].capitalize()} canaries" in (ROOT / "CHANGELOG.md").read_text("utf-8")
