"""The schema for editors: as generated, valid, and it takes the worked example and refuses what is misspelt."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.config_schema import FILE, editor_schema, write_editor_schema
from bot.config_text import read_yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def judge() -> Draft7Validator:
    return Draft7Validator(editor_schema())


@pytest.fixture
def values() -> Any:
    return copy.deepcopy(dict(read_yaml(ROOT / "resilience.yaml")[0].values))


def test_the_file_is_as_generated(tmp_path: Path) -> None:
    write_editor_schema(tmp_path / FILE)
    made = (tmp_path / FILE).read_text("utf-8")
    assert (ROOT / FILE).read_text("utf-8") == made, "run `make schemas`"


def test_it_is_a_schema_and_takes_the_worked_example(judge: Draft7Validator, values: Any) -> None:
    Draft7Validator.check_schema(json.loads((ROOT / FILE).read_text("utf-8")))
    assert [error.message for error in judge.iter_errors(values)] == []
    assert (ROOT / "resilience.yaml").read_text("utf-8").startswith(f"# yaml-language-server: $schema={FILE}\n")


def test_words_come_from_the_docstrings() -> None:
    definitions = editor_schema()["definitions"]
    assert definitions["CheckSpec"]["properties"]["need"]["description"].startswith("need is the number of bad reports")
    assert definitions["CheckSpec"]["description"].startswith("One check: its kind")
    assert definitions["CheckSpec"]["properties"]["reminder"]["default"] == "4h"
    assert "name" not in definitions["CheckSpec"]["properties"] and "root" not in editor_schema()["properties"]


WRONG = [
    (("checks", "phase2_raw", "layr"), 2),
    (("checks", "phase2_raw", "severity"), "critcal"),
    (("checks", "phase2_raw", "judged_from"), "25:00"),
    (("checks", "phase2_raw", "window", "ends"), "tomorrow"),
    (("checks", "phase2_raw", "reminder"), "soon"),
    (("checks", "phase2_raw", "need"), 0),
    (("healers", "rerun_job", "risk"), "none"),
    (("entries", "canaries_routine", "runs"), "jb"),
    (("channels",), "#one"),
    (("demo", "people"), {}),
    (("zon",), "UTC"),
]


@pytest.mark.parametrize(("where", "value"), WRONG, ids=[".".join(where) for where, _ in WRONG])
def test_an_editor_sees_it(judge: Draft7Validator, values: Any, where: tuple[str, ...], value: object) -> None:
    inner = values
    for part in where[:-1]:
        inner = inner[part]
    inner[where[-1]] = value
    assert not judge.is_valid(values)


@pytest.mark.parametrize("text", ["15m", "1h30m", "2 days", "1.5h", "90 sec"])
def test_durations_are_taken_as_they_are_read(judge: Draft7Validator, values: Any, text: str) -> None:
    values["checks"]["phase2_raw"]["reminder"] = text
    assert judge.is_valid(values)
