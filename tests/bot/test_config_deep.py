"""A declaration against its own queries: names that nothing gives, limits without effect, files without use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import every_fault, known_names, load_pipeline, read
from schemas.errors import ConfigError

GOOD = """\
name: shop
zone: America/New_York
channels: ["#alerts"]
errors_channel: "#alerts"
groups: {oncall: [U1]}
calendar: {sql: sql/calendar.sql, modes: [season, halt]}
checks:
  rows:
    kind: canary_query
    title: Rows
    channel: "#alerts"
    layer: 2
    sql: sql/rows.sql
    needs: finals
    window: {newest: games}
    members: absent
    metrics:
      row_count: {min: 20 * finals, say: "{row_count} rows on {day}, {limit} wanted"}
      nulls: {max: 0.1 * row_count, of: row_count}
      level: {min: -5}
    grades:
      - {when: row_count == 0, severity: critical}
entries:
  often: {cron: "* * * * *", checks: [rows]}
healers: {}
patterns: []
"""
CALENDAR = "SELECT CASE WHEN TRUE THEN 'season' ELSE 'halt' END AS mode, '' AS reason, 4 AS games, 3 AS finals"
ROWS = "SELECT COUNT(*) AS row_count, COUNTIF(x IS NULL) AS nulls, AVG(x) AS level, ARRAY_AGG(x) AS absent FROM d.t"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "calendar.sql").write_text(CALENDAR)
    (tmp_path / "sql" / "rows.sql").write_text(ROWS)
    return tmp_path


def faults_of(folder: Path, text: str) -> tuple[ConfigError, ...]:
    (folder / "resilience.yaml").write_text(text)
    return read(folder / "resilience.yaml", known=known_names(), deep=True)[1]


def test_a_right_one_has_no_fault(folder: Path) -> None:
    assert faults_of(folder, GOOD) == ()


BAD = [
    ("20 * finals", "20 * finalz", "metrics.row_count.min", "no number 'finalz'", "'finals'"),
    ("20 * finals", "20 * row_cnt", "metrics.row_count.min", "no number 'row_cnt'", "'row_count'"),
    ("20 * finals", "-20 * finals", "metrics.row_count.min", "can never be violated", ""),
    ("20 * finals", "0", "metrics.row_count.min", "can never be violated: row_count is never below 0", ""),
    ("20 * finals", "'min(row_count, 7)'", "metrics.row_count.min", "never above row_count itself", ""),
    ("max: 0.1 * row_count", "max: nulls + 1", "metrics.nulls.max", "never below nulls itself", ""),
    ("max: 0.1 * row_count", "max: -1", "metrics.nulls.max", "can never be kept", ""),
    ("max: 0.1 * row_count", "equals: nulls", "metrics.nulls.equals", "it is nulls itself", ""),
    ("max: 0.1 * row_count", "max: 3, min: 4", "metrics.nulls.max", "can never be kept: min is 4", ""),
    ("of: row_count", "of: row_coun", "metrics.nulls.of", "no column of the query 'row_coun'", "'row_count'"),
    ("      level:", "      leve:", "metrics.leve", "no column of the query 'leve'", "'level'"),
    ("{limit} wanted", "{limt} wanted", "metrics.row_count.say", "no number in braces 'limt'", "'limit'"),
    ("members: absent", "members: absentt", "members", "no column of the query", "'absent'"),
    ("needs: finals", "needs: fnals", "needs", "no number of the slate 'fnals'", "'finals'"),
    ("newest: games", "newest: game", "window.newest", "no number of the slate 'game'", "'games'"),
    ("row_count == 0", "row_cont == 0", "grades[0].when", "no number 'row_cont'", "'row_count'"),
    ("row_count == 0", "row_count >= 0", "grades[0].when", "always holds", ""),
    ("row_count == 0", "1 > 2", "grades[0].when", "never holds", ""),
    ("    sql: sql/rows.sql\n", "", "sql", "is missing", "one row"),
]


@pytest.mark.parametrize(("right", "wrong", "key", "words", "hint"), BAD, ids=[f"{bad[1]}-{bad[3]}" for bad in BAD])
def test_a_name_or_limit_is_judged(folder: Path, right: str, wrong: str, key: str, words: str, hint: str) -> None:
    assert GOOD.count(right) >= 1
    found = {fault.key: fault for fault in faults_of(folder, GOOD.replace(right, wrong, 1))}
    fault = found[f"checks.rows.{key}"]
    assert words in fault.what and hint in fault.hint and fault.line > 6


def test_a_canary_without_any_limit_is_refused(folder: Path) -> None:
    text = GOOD.replace("min: 20 * finals, ", "").replace("max: 0.1 * row_count, ", "").replace("min: -5", "label: l")
    (fault,) = faults_of(folder, text)
    assert (fault.key, fault.what) == ("checks.rows.metrics", "has no limit, so the check could never fail")


SQL = [
    ("rows.sql", "SELECT FROM WHERE (", "checks.rows.sql", "'sql/rows.sql', line 1, is not SQL"),
    ("rows.sql", "DROP TABLE t", "checks.rows.sql", "must be one SELECT"),
    ("rows.sql", ROWS.replace("d.t", "d.t WHERE d = @dya"), "checks.rows.sql", "the parameter @dya"),
    ("rows.sql", ROWS.replace("AS level", "AS nulls"), "checks.rows.sql", "gives the column 'nulls' twice"),
    ("calendar.sql", CALENDAR.replace("'halt'", "'hault'"), "calendar.modes", "the mode 'hault', which is not"),
    ("calendar.sql", CALENDAR.replace("AS mode", "AS mod"), "calendar.sql", "no column 'mode'"),
    ("calendar.sql", CALENDAR.replace("4 AS", "@days AS"), "calendar.sql", "the parameter @days"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sql", "key", "words"), SQL, ids=[words for *_, words in SQL])
def test_a_query_is_judged(folder: Path, name: str, sql: str, key: str, words: str) -> None:
    (folder / "sql" / name).write_text(sql)
    fault = next(one for one in faults_of(folder, GOOD) if one.key == key)
    assert words in fault.what


def test_a_star_hides_names_and_nothing_is_guessed(folder: Path) -> None:
    (folder / "sql" / "rows.sql").write_text("SELECT * FROM d.t")
    assert faults_of(folder, GOOD.replace("finals,", "whatever,")) == ()


def test_files_without_use_are_named(folder: Path) -> None:
    (folder / "sql" / "old.sql").write_text("SELECT 1")
    (folder / "resilience.yaml").write_text(GOOD)
    (fault,) = every_fault(folder / "resilience.yaml")
    assert fault.file.endswith("sql/old.sql") and "no configuration uses this query" in fault.what
    (folder / "other.yaml").write_text("checks: {old: {sql: sql/old.sql}}")
    assert every_fault(folder / "resilience.yaml") == ()


def test_a_kind_or_healer_without_an_entry_is_named(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    for room in ("checks", "healing", "examples"):
        (tmp_path / room).symlink_to(root / room)
    text = (root / "resilience.yaml").read_text()
    (tmp_path / "resilience.yaml").write_text(text.replace("force_complete_batch", "forced_batch"))
    found = [one.what for one in every_fault(tmp_path / "resilience.yaml")]
    assert "no configuration uses this healer" in found


def test_the_worked_example_has_no_fault() -> None:
    path = Path(__file__).parents[2] / "resilience.yaml"
    assert [str(fault) for fault in every_fault(path)] == []


def test_reading_plainly_leaves_the_parser_of_sql_alone() -> None:
    root = Path(__file__).parents[2]
    code = (
        "import sys; from pathlib import Path; from bot.config import load_pipeline;"
        f"load_pipeline(Path({str(root / 'resilience.yaml')!r})); print('sqlglot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr


def validate(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "validate", *more],
        cwd=Path(__file__).parents[2],
        env={"RESILIENCE_CONFIG": str(path), "PATH": "/usr/bin:/bin", "HOME": str(path.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_word_prints_every_fault_and_exits_with_2(folder: Path) -> None:
    path = folder / "resilience.yaml"
    path.write_text(GOOD.replace("finals,", "finalz,").replace("[U1]", "[ann]").replace("layer: 2", "layr: 2"))
    done = validate(path, "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["valid"], document["schema_version"]) == (2, False, 1)
    keys = [fault["key"] for fault in document["faults"]]
    assert keys == [
        "groups.oncall[0]", "checks.rows.layer", "checks.rows.layr", "checks.rows.metrics.row_count.min"
    ]  # fmt: skip
    assert all(set(fault) == {"file", "line", "key", "what", "hint"} for fault in document["faults"])
    plain = validate(path)
    assert plain.returncode == 2 and len(plain.stdout.splitlines()) == 4 and "Traceback" not in plain.stderr
    path.write_text(GOOD)
    right = validate(path)
    assert (right.returncode, right.stdout.strip()) == (0, f"{path} is valid")


def test_a_service_would_not_start_on_it(folder: Path) -> None:
    (folder / "resilience.yaml").write_text(GOOD.replace("finals,", "finalz,"))
    assert load_pipeline(folder / "resilience.yaml").name == "shop"
    with pytest.raises(ConfigError, match="did you mean 'finals'"):
        load_pipeline(folder / "resilience.yaml", deep=True)
