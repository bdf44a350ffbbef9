from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from control_plane.backends.local.services import LocalServices
from schemas.errors import Denied, Unavailable
from schemas.ports import Service

ONE: dict[str, Any] = {
    "name": "worker",
    "commit": "a" * 40,
    "revision": "worker-00007",
    "deployed_at": "2026-11-23T12:00:00Z",
    "min_instances": 1,
    "traffic": {"worker-00007": 100},
}


def write(path: Path, value: object) -> LocalServices:
    (path / "services.json").write_text(json.dumps(value))
    return LocalServices(path / "services.json")


def test_services_are_read_as_they_stand(tmp_path: Path) -> None:
    found = write(tmp_path, [ONE]).services()
    deployed_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert found == (Service("worker", "a" * 40, "worker-00007", deployed_at, 1, {"worker-00007": 100}),)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "must hold a list of services"),
        (["x"], "service 1 must be an object"),
        ([{**ONE, "min_instances": "1"}], "'min_instances' must be a whole number"),
        ([{**ONE, "min_instances": True}], "'min_instances' must be a whole number"),
        ([{**ONE, "deployed_at": "2026-11-23T12:00:00"}], "has no offset"),
        ([{**ONE, "colour": "red"}], "unknown key 'colour'"),
        ([{**ONE, "traffic": {"a": 101}}], "whole percentage"),
        ([ONE, ONE], "'worker' stands there twice"),
    ],
)
def test_malformed_services_are_denied_in_a_sentence(tmp_path: Path, value: object, words: str) -> None:
    with pytest.raises(Denied, match=words):
        write(tmp_path, value).services()


def test_a_file_that_is_absent_or_torn(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot read"):
        LocalServices(tmp_path / "services.json").services()
    (tmp_path / "services.json").write_text("[")
    with pytest.raises(Denied, match="is not JSON"):
        LocalServices(tmp_path / "services.json").services()
