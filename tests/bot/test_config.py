"""Each way of writing a declaration wrongly: the file and line, the key, the nearest right answer."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.config import gather, load_demo, load_pipeline, read
from bot.config_rules import Known
from schemas.errors import ConfigError
from schemas.heals import Risk
from schemas.reports import Severity

KNOWN = Known(kinds=("canary_query", "stalled_batches"), healers=("rerun_job", "complete_stalled_batch"))

GOOD = """\
name: shop
zone: America/New_York
dataset: ops
channels: ["#canary-alerts", "#errors"]
errors_channel: "#errors"
groups:
  oncall: [U1, U2]
audiences: {mark: oncall}
jobs: {grade: grades again}
calendar:
  sql: sql/calendar.sql
  modes: [season, break]
checks:
  rows:
    kind: canary_query
    title: Rows of yesterday
    channel: "#canary-alerts"
    layer: 2
    severity: critical
    sql: sql/rows.sql
    judged_from: "05:00"
    window: {ends: yesterday, days: 1}
    skip_modes: [break]
    reminder: 1h30m
    metrics:
      rows: {label: Rows, min: 20 * finals}
      nulls: {label: Null names, max: 0, of: rows}
    remedies:
      - {healer: rerun_job, label: Heal now, args: {date: "{subject}", tries: 3}}
  batches:
    kind: stalled_batches
    title: Stalled batches
    channel: "#canary-alerts"
    layer: 4
    params: {collection: b, day: d, expected: e, completed: c, failed: f, complete: i, created: a, updated: u,
      consolidated: o, min_age: 15m, max_age: 24h, ratio: 0.9, lookback_days: 7}
entries:
  routine:
    cron: "*/30 * * * *"
    checks: [rows]
  cleanup:
    cron: "*/15 * * * *"
    checks: [batches]
    runs: service
healers:
  rerun_job:
    audience: oncall
    risk: confirm
    cooldown: 45m
patterns:
  - {level: yellow, severity: warning, channel: "#errors", window: 1h, cooldown: 1h, count: 3, runs: 2}
demo:
  seed: seed.py
  team: Shop
  people:
    - {id: U1, name: ann, real_name: Ann, role: oncall}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "calendar.sql").write_text("SELECT 'season' AS mode")
    (tmp_path / "sql" / "rows.sql").write_text("SELECT COUNT(*) AS rows FROM t")
    (tmp_path / "seed.py").write_text("")
    return tmp_path


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "resilience.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults_of(folder: Path, text: str | bytes) -> tuple[ConfigError, ...]:
    pipeline, faults = read(write(folder, text), known=KNOWN)
    assert pipeline is None and faults
    return faults


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_a_right_file_becomes_values(folder: Path) -> None:
    pipeline = load_pipeline(write(folder, GOOD), known=KNOWN)
    rows = pipeline.checks["rows"]
    assert (rows.name, rows.judged_from, rows.reminder) == ("rows", time(5), timedelta(minutes=90))
    assert rows.sql == "SELECT COUNT(*) AS rows FROM t"
    assert pipeline.calendar.sql == "SELECT 'season' AS mode"
    assert rows.severity is Severity.CRITICAL
    assert rows.metrics["nulls"].max == "0"
    assert rows.remedies[0].args == {"date": "{subject}", "tries": "3"}
    assert rows.skip_modes == ("break",)
    assert pipeline.entries["cleanup"].name == "cleanup"
    assert pipeline.entries["cleanup"].runs == "service"
    assert pipeline.healers["rerun_job"].risk is Risk.CONFIRM
    assert pipeline.healers["rerun_job"].cooldown == timedelta(minutes=45)
    assert pipeline.patterns[0].window == timedelta(hours=1)
    assert pipeline.root == str(folder)
    assert load_demo(write(folder, GOOD), known=KNOWN).people[0].real_name == "Ann"


BAD = [
    # what is replaced, by what, the key, words of the fault, words of the hint
    ("    layer: 2", "    layr: 2", "checks.rows.layr", "unknown key 'layr'", "did you mean 'layer'?"),
    ("    layer: 2\n", "", "checks.rows.layer", "is missing", "add"),
    ("zone: America/New_York", "zone: America/NewYork", "zone", "unknown time zone", "'America/New_York'"),
    ("zone: America/New_York", "zone: ../../etc/passwd", "zone", "unknown time zone", ""),
    ("dataset: ops", "datset: ops", "datset", "unknown key", "did you mean 'dataset'?"),
    ("dataset: ops", "dataset: ops\nroot: /", "root", "unknown key", ""),
    ("    kind: canary_query", "    kind: canary_qery", "checks.rows.kind", "unknown kind", "'canary_query'"),
    ("    severity: critical", "    severity: critcal", "checks.rows.severity", "not one of", "'critical'"),
    ("    risk: confirm", "    risk: confrm", "healers.rerun_job.risk", "not one of", "'confirm'"),
    ("    layer: 2", "    layer: two", "checks.rows.layer", "whole number", ""),
    ("    title: Rows of yesterday", "    title: [a]", "checks.rows.title", "must be text", ""),
    ("    title: Rows of yesterday", "    name: x\n    title: t", "checks.rows.name", "unknown key", ""),
    ("    reminder: 1h30m", "    reminder: 90", "checks.rows.reminder", "not a duration", "15m"),
    ("    reminder: 1h30m", "    reminder: soon", "checks.rows.reminder", "not a duration", "15m"),
    ('    judged_from: "05:00"', "    judged_from: 5", "checks.rows.judged_from", "not a time of day", '"05:00"'),
    ('    judged_from: "05:00"', '    judged_from: "25:00"', "checks.rows.judged_from", "not a time", '"05:00"'),
    ("sql/rows.sql", "sql/row.sql", "checks.rows.sql", "there is no file 'sql/row.sql'", "'sql/rows.sql'"),
    ("sql/calendar.sql", "sql/calender.sql", "calendar.sql", "there is no file", "'sql/calendar.sql'"),
    ("ends: yesterday", "ends: yestrday", "checks.rows.window.ends", "unknown day", "'yesterday'"),
    ("    layer: 2", "    layer: 2\n    subject: rows", "checks.rows.subject", "check's own name", "the table"),
    ("skip_modes: [break]", "skip_modes: [brake]", "checks.rows.skip_modes[0]", "unknown mode", "'break'"),
    ("errors_channel: \"#errors\"", "errors_channel: \"#error\"", "errors_channel", "unknown channel", "'#errors'"),
    (
        '    channel: "#canary-alerts"\n    layer: 2', '    channel: "#canary-alert"\n    layer: 2',
        "checks.rows.channel", "unknown channel", "'#canary-alerts'",
    ),
    ('channel: "#errors", window', 'channel: "#erors", window', "patterns[0].channel", "unknown chan", "'#errors'"),
    ('["#canary-alerts", "#errors"]', '["#canary-alerts", "#errors", "#errors"]', "channels[2]", "twice", ""),
    ('["#canary-alerts", "#errors"]', '["#canary-alerts", "#errors", "x"]', "channels[2]", "not a channel", "#"),
    ("  oncall: [U1, U2]", "  oncall: [U1, U1]", "groups.oncall[1]", "stands twice", ""),
    ("audience: oncall", "audience: onkall", "healers.rerun_job.audience", "unknown group", "'oncall'"),
    ("  rerun_job:\n", "  rerun_jobs:\n", "healers.rerun_jobs", "unknown healer", "'rerun_job'"),
    ("healer: rerun_job", "healer: rerunjob", "checks.rows.remedies[0].healer", "unknown healer", "'rerun_job'"),
    ("    checks: [rows]", "    checks: [rws]", "entries.routine.checks[0]", "unknown check", "'rows'"),
    ("    checks: [batches]", "    checks: []", "checks.batches", "belongs to no entry", "routine, cleanup"),
    ("    checks: [batches]", "    checks: [batches, rows]", "entries.cleanup.checks[1]", "already belongs", "one"),
    ('cron: "*/30 * * * *"', 'cron: "*/30 * *"', "entries.routine.cron", "bad cron", "five fields"),
    ('cron: "*/30 * * * *"', 'cron: "61 * * * *"', "entries.routine.cron", "bad cron", "five fields"),
    ('cron: "*/30 * * * *"', 'cron: "0 0 31 2 *"', "entries.routine.cron", "bad cron", "five fields"),
    ("    runs: service", "    runs: jb", "entries.cleanup.runs", "unknown place", "'job'"),
    ("    runs: service", "    runs: service\n    runs: job", "entries.cleanup.runs", "stands twice", "one"),
    ("  batches:\n", "  rows:\n", "checks.rows", "stands twice", "keep one"),
    ("  oncall: [U1, U2]", "  oncall: [U1, '@onkall']", "groups.oncall[1]", "unknown group", "'oncall'"),
    ("{mark: oncall}", "{mark: onkall}", "audiences.mark", "unknown group", "'oncall'"),
    ("{mark: oncall}", "{marc: oncall}", "audiences.marc", "unknown deed", "'mark'"),
    ("    risk: confirm", "    params: {setle: 1s}", "healers.rerun_job.params.setle", "unknown parameter", "'settle'"),
    ("min: 20 * finals", "min: 20 * * finals", "checks.rows.metrics.rows.min", "", ""),
    ("min: 20 * finals", "min: finals > 3", "checks.rows.metrics.rows.min", "is a condition", "20 * finals"),
    ("    remedies:", "    grades: [{when: 3, severity: info}]\n    remedies:", "checks.rows.grades[0].when",
     "is a number", "games_processed == 0"),
    ("{id: U1, name: ann", "{id: U1, nam: ann", "demo.people[0].nam", "unknown key", "'name'"),
    ("  - {level: yellow,", "  - {level: yellow, cont: 1,", "patterns[0].cont", "unknown key", "'count'"),
    ("tries: 3}", "job: grde}", "checks.rows.remedies[0].args.job", "unknown job 'grde'", "'grade'"),
    ("{date: \"{subject}\"", "{date: \"{subjct}\"", "checks.rows.remedies[0].args.date", "unknown blank", "'subject'"),
    ("[U1, U2]", "[U1, ann]", "groups.oncall[1]", "not a person's id", "U0ONCALL"),
    ("[U1, U2]", "[U1, U2]\npeople: {U1: Ann, U3: Bob}", "groups.oncall[1]", "unknown person 'U2'", ""),
    ("[U1, U2]", "[U1, U2]\npeople: {U1: Ann, U2: Bob, bob: Bob}", "people.bob", "not a person's id", ""),
    ("skip_modes: [break]", "skip_modes: [break, season]", "checks.rows.skip_modes", "would never run", "leave one"),
    ("days: 1}", "days: 0}", "checks.rows.window.days", "at least 1", ""),
    ("    cooldown: 45m", "    attempts: 0", "healers.rerun_job.attempts", "at least 1", ""),
    ("    cooldown: 45m", "    params: {settle: soon}", "healers.rerun_job.params.settle", "not a duration", "15m"),
    ("audiences: {mark: oncall}", "fleet: 0", "fleet", "at least 1", ""),
    ("count: 3, runs: 2", "failure_rate: 1", "patterns[0].failure_rate", "can never be exceeded", "0.2"),
    ("count: 3, runs: 2", "events: 3", "patterns[0]", "has no limit", "count"),
    ("count: 3, runs: 2", "count: -3", "patterns[0].count", "must not be below 0", ""),
    ("max_age: 24h", "max_age: often", "checks.batches.params.max_age", "not a duration", ""),
    ("ratio: 0.9", "ratio: most", "checks.batches.params.ratio", "not a number", ""),
    ("collection: b, ", "colection: b, ", "checks.batches.params.colection", "unknown parameter", "'collection'"),
    ("    reminder: 1h30m", "    params: {a: b}", "checks.rows.params.a", "takes no parameters", "remove"),
    ("collection: b, ", "", "checks.batches.params.collection", "lacks the parameter", ""),
    ('judged_from: "05:00"', 'judged_from: "05:00+02:00"', "checks.rows.judged_from", "not a time", '"05:00"'),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "key", "words", "hint"), BAD, ids=[f"{bad[2]}-{bad[3]}" for bad in BAD])
def test_a_fault_names_file_line_key_and_nearest(
    folder: Path, right: str, wrong: str, key: str, words: str, hint: str
) -> None:
    assert GOOD.count(right) >= 1
    text = GOOD.replace(right, wrong, 1)
    fault = next((one for one in faults_of(folder, text) if one.key == key and words in one.what), None)
    assert fault is not None, [str(one) for one in read(folder / "resilience.yaml", known=KNOWN)[1]]
    assert hint in fault.hint
    assert fault.file.endswith("resilience.yaml")
    assert f"resilience.yaml:{fault.line}: " in str(fault)
    if not fault.what.startswith(("is missing", "lacks", "has no limit")):  # shown at the section that lacks it
        last = key.rpartition(".")[2].partition("[")[0]
        assert last in text.splitlines()[fault.line - 1]


def test_two_remedies_alike_are_refused(folder: Path) -> None:
    remedy = '      - {healer: rerun_job, label: Heal now, args: {date: "{subject}", tries: 3}}\n'
    (fault,) = faults_of(folder, GOOD.replace(remedy, remedy * 2))
    assert (fault.key, fault.line) == ("checks.rows.remedies[1]", line_of(GOOD, "Heal now") + 1)
    same_healer = remedy + remedy.replace("Heal now", "Heal again")
    assert read(write(folder, GOOD.replace(remedy, same_healer)), known=KNOWN)[1] == ()


def test_all_faults_come_at_once_in_the_order_of_lines(folder: Path) -> None:
    text = GOOD.replace("layer: 2", "layr: 2").replace("U1, U2", "U1, U1").replace("audience: oncall", "audience: x")
    faults = faults_of(folder, text)
    keys = [fault.key for fault in faults]
    assert keys == ["groups.oncall[1]", "checks.rows.layer", "checks.rows.layr", "healers.rerun_job.audience"]
    whole = gather(faults)
    assert whole.key == "groups.oncall[1]" and len(str(whole).splitlines()) == 4
    with pytest.raises(ConfigError) as raised:
        load_pipeline(folder / "resilience.yaml", known=KNOWN)
    assert str(raised.value) == str(whole)


def test_every_param_is_judged_at_once(folder: Path) -> None:
    text = (
        GOOD.replace("collection: b", "colection: b").replace("ratio: 0.9", "ratio: x").replace("layer: 2", "layr: 2")
    )
    text = text.replace("    risk: confirm", "    params: {setle: 1s, deadline: soon}")
    keys = {fault.key for fault in faults_of(folder, text)}
    assert keys >= {
        "checks.batches.params.colection",
        "checks.batches.params.collection",
        "checks.batches.params.ratio",
        "checks.rows.layr",
        "healers.rerun_job.params.setle",
        "healers.rerun_job.params.deadline",
    }


LAUGHS = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(98, 123))
HOSTILE = [
    (LAUGHS, "anchor or alias"),
    (b"a: b\n" * 2_500_000, "is larger than"),
    (b"\xff\xfe\x00", "is not UTF-8"),
    (b"name: a\nzone: \xe9\n", "is not UTF-8"),
    (b"a: " + b"x" * 1_000_001, "is larger than"),
    (b"a: &a [1]\nb: [*a, *a, *a]\n", "anchor or alias"),
    (b"a: !!python/object/apply:os.system [ls]\n", "uses the tag"),
    (b"a: " + b"[" * 5000, "nested deeper"),
    (b"a: [1\nb: 2\n", "is not YAML"),
    (b"a: \x00\n", "is not YAML"),
    (b"- a\n- b\n", "does not hold a mapping"),
    (b"", "does not hold a mapping"),
    (b"a: 1\n---\nb: 2\n", "is not YAML"),
]


@pytest.mark.parametrize(("raw", "words"), HOSTILE, ids=[words for _, words in HOSTILE])
def test_a_hostile_file_is_refused_in_one_sentence(folder: Path, raw: bytes, words: str) -> None:
    (fault,) = faults_of(folder, raw)
    assert words in str(fault) and "\n" not in str(fault) and len(str(fault)) < 300


def test_a_file_that_is_not_there(folder: Path) -> None:
    pipeline, (fault,) = read(folder / "none.yaml", known=KNOWN)
    assert pipeline is None and "none.yaml: cannot be read" in str(fault)


def test_a_demo_without_its_script_is_refused_only_for_the_demo(folder: Path) -> None:
    path = write(folder, GOOD.replace("seed.py", "sed.py"))
    assert load_pipeline(path, known=KNOWN).name == "shop"
    with pytest.raises(ConfigError, match=r"did you mean 'seed.py'"):
        load_demo(path, known=KNOWN)


def test_odd_shapes_never_raise(folder: Path) -> None:
    for section in ("checks", "entries", "healers", "patterns", "groups", "channels", "calendar", "demo"):
        for value in ("3", "text", "[1, {a: 2}]", "{a: 1}", "{a: [b]}", "", "null", "[[]]"):
            assert faults_of(folder, f"{section}: {value}\n")


def test_the_worked_example_keeps_the_limits_of_the_reference_pipeline() -> None:
    path = Path(__file__).parents[2] / "resilience.yaml"
    pipeline, faults = read(path)
    assert pipeline is not None, faults
    assert {name: entry.cron for name, entry in pipeline.entries.items()} == {
        "canaries_routine": "*/30 * * * *",
        "canaries_critical": "*/15 * * * *",
        "cleanup": "*/15 * * * *",
    }
    assert set(pipeline.healers) == {"complete_stalled_batch", "force_complete_batch", "rerun_job"}
    for healer in pipeline.healers.values():
        assert (healer.attempts, healer.cooldown, healer.hourly, healer.daily) == (3, timedelta(minutes=30), 20, 60)
    assert (pipeline.targets_per_run, pipeline.fleet) == (10, 5)
    yellow, red, critical = pipeline.patterns
    assert (yellow.count, yellow.runs, yellow.window, yellow.cooldown) == (3, 2, timedelta(hours=1), timedelta(hours=1))
    assert (red.count, red.window, red.cooldown) == (10, timedelta(hours=24), timedelta(hours=24))
    assert (critical.failure_rate, critical.events, critical.channel) == (0.2, 5, "#app-error-alerts")
    assert [person.id for person in load_demo(path).people] == ["U0ONCALL", "U0COLLEAG", "U0OUTSIDE"]
