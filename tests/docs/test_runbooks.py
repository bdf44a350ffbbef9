"""Each check and each healer has a page that is true: its metrics, its buttons, a query that runs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.announce import BROKEN, PATTERNS
from bot.config import load_pipeline
from control_plane.backends.local.duck import DuckWarehouse

from .conftest import NOW
from .pages import ROOT, blocks, links, section

PIPELINE = load_pipeline(ROOT / "resilience.yaml")
FOLDER = ROOT / "docs/runbooks"
PAGES = sorted(one for one in FOLDER.glob("*.md") if one.name != "README.md")
ALWAYS = {"Snooze", "Wake", "Rerun canary", "Acknowledge"}
APPROVAL = {"Approve", "Decline"}
SECTIONS = ("What the card means", "Confirm", "Press", "If that fails", "Prevent")
MOMENT = datetime.fromisoformat(NOW).astimezone(UTC)


def named(page: Path) -> str:
    return page.stem


def labels(page: Path) -> set[str]:
    """The buttons that a card of this page may have."""
    specs = PIPELINE.checks.values()
    offered = {one.label for spec in specs for one in spec.remedies if page.stem in (spec.name, one.healer)}
    approving = {"force_complete_batch"} & {
        one.healer for spec in specs for one in spec.remedies if page.stem in (spec.name, one.healer)
    }
    return ALWAYS | offered | (APPROVAL if approving else set())


def day_of(page: Path) -> date:
    spec = PIPELINE.checks.get(page.stem)
    today = date(2026, 11, 23)
    return today if spec is None or spec.window.ends == "today" else today - timedelta(days=1)


def test_every_check_and_every_healer_has_a_page() -> None:
    wanted = {*PIPELINE.checks, *PIPELINE.healers, PATTERNS, BROKEN}
    have = {page.stem for page in PAGES}
    assert sorted(wanted - have) == [], "pages are missing in docs/runbooks"
    assert sorted(have - wanted) == [], "pages of nothing in docs/runbooks"


def test_the_list_has_every_page() -> None:
    assert sorted(set(links(FOLDER / "README.md"))) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_has_its_sections(page: Path) -> None:
    assert re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE) == list(SECTIONS)
    for one in SECTIONS:
        assert section(page, one).strip(), f"{page.name}: {one} is empty"


@pytest.mark.parametrize("check", sorted(PIPELINE.checks))
def test_a_page_names_the_metrics_as_the_card_does(check: str) -> None:
    spec = PIPELINE.checks[check]
    means = section(FOLDER / f"{check}.md", "What the card means")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", means, re.MULTILINE))
    assert rows == {name: metric.label for name, metric in spec.metrics.items()}
    assert spec.title in (FOLDER / f"{check}.md").read_text("utf-8").partition("\n")[0]


@pytest.mark.parametrize("check", sorted(one for one in PIPELINE.checks if PIPELINE.checks[one].judged_from))
def test_a_page_tells_from_when_the_check_judges(check: str) -> None:
    told = section(FOLDER / f"{check}.md", "What the card means")
    assert f"{PIPELINE.checks[check].judged_from:%H:%M} ET" in " ".join(told.split())


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_buttons_are_ones_that_the_card_has(page: Path) -> None:
    press = section(page, "Press")
    pressed = {" ".join(one.split()) for one in re.findall(r"\*([A-Z][^*]+)\*", press)}
    assert pressed <= labels(page), f"{page.name} names {pressed - labels(page)}"


@pytest.mark.parametrize("check", sorted(PIPELINE.checks))
def test_every_heal_on_offer_is_told(check: str) -> None:
    press = section(FOLDER / f"{check}.md", "Press")
    for remedy in PIPELINE.checks[check].remedies:
        assert f"*{remedy.label}*" in press
        if job := remedy.args.get("job"):
            assert f"`{job}`" in press


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_query_runs(page: Path, warehouse: DuckWarehouse) -> None:
    found = blocks(page, "sql")
    assert found, f"{page.name} has no query"
    for sql in found:
        warehouse.query(sql, {"day": day_of(page)}, now=MOMENT, timeout=timedelta(seconds=20))


@pytest.mark.parametrize(
    ("check", "rows"),
    [("phase3_coverage", 2), ("phase2_raw", 8), ("phase5_model_coverage", 1), ("phase3_duplicates", 0)],
)
def test_the_query_shows_what_is_wrong(check: str, rows: int, warehouse: DuckWarehouse) -> None:
    (sql,) = blocks(FOLDER / f"{check}.md", "sql")
    answer = warehouse.query(sql, {"day": day_of(FOLDER / f"{check}.md")}, now=MOMENT, timeout=timedelta(seconds=20))
    assert len(answer.rows) == rows, answer


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_names_of_other_checks_and_jobs_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in re.findall(r"`(phase\d\w+|grading_\w+|halt_\w+)`", text):
        metrics = PIPELINE.checks[page.stem].metrics if page.stem in PIPELINE.checks else {}
        assert name in PIPELINE.checks or name in metrics, f"{page.name} names {name}"
    for name in re.findall(r"`(nba-[\w-]+)`", text):
        assert name in PIPELINE.jobs, f"{page.name} names {name}"
