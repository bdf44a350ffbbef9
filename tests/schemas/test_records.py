"""The table schemas on disk are the types' own, in the form that BigQuery's tools take."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from schemas.records import TABLES, HealingEvent, table_schema, write_schemas

FOLDER = Path(__file__).parents[2] / "schemas" / "nba_orchestration"
TYPES = {"STRING", "INT64", "FLOAT64", "BOOL", "TIMESTAMP", "DATE", "JSON"}


def test_the_files_are_what_the_types_say(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    for name in TABLES:
        assert (FOLDER / f"{name}.json").read_text() == (tmp_path / f"{name}.json").read_text(), "run make schemas"
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_each_column_is_one_that_bigquery_takes(name: str) -> None:
    columns = json.loads((FOLDER / f"{name}.json").read_text())
    assert len({column["name"] for column in columns}) == len(columns)
    for column in columns:
        assert set(column) == {"name", "type", "mode", "description"}
        assert column["type"] in TYPES and column["mode"] in ("REQUIRED", "NULLABLE")
        assert 10 < len(column["description"]) <= 1024


def test_the_healing_event_has_every_field_of_the_reference() -> None:
    wanted = [
        "healing_id",
        "timestamp",
        "healing_type",
        "trigger_reason",
        "action_taken",
        "before_state",
        "after_state",
        "success",
        "metadata",
        "outcome",
        "root_cause",
        "target",
        "actor",
        "alert_id",
        "attempt",
        "started_at",
        "finished_at",
    ]
    assert [one.name for one in fields(HealingEvent)] == wanted
    modes = {column["name"]: (column["type"], column["mode"]) for column in table_schema(HealingEvent)}
    assert modes["before_state"] == ("JSON", "REQUIRED") and modes["alert_id"] == ("STRING", "NULLABLE")
