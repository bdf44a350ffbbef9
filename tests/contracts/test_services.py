"""What every ServicesReader promises. Another plug joins as one more entry of PLUGS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from control_plane.backends.local.services import LocalServices
from schemas.errors import Denied, Unavailable
from schemas.ports import ServicesReader
from schemas.times import from_text

WORKER = {
    "name": "prediction-worker",
    "commit": "1f0c2ab",
    "revision": "prediction-worker-00042",
    "deployed_at": "2026-11-23T12:00:00.000000Z",
    "min_instances": 0,
    "traffic": {"prediction-worker-00042": 100},
}


def local(folder: Path, entries: Any) -> ServicesReader:
    (folder / "services.json").write_text(entries if isinstance(entries, str) else json.dumps(entries))
    return LocalServices(folder / "services.json")


PLUGS: Mapping[str, Callable[[Path, Any], ServicesReader]] = {"local": local}


@pytest.fixture(params=PLUGS)
def plug(request: pytest.FixtureRequest) -> Callable[[Path, Any], ServicesReader]:
    return PLUGS[request.param]


def test_every_service_is_listed_with_what_serves_traffic(plug: Callable[..., ServicesReader], tmp_path: Path) -> None:
    (found,) = plug(tmp_path, [WORKER]).services()
    assert (found.name, found.commit, found.min_instances) == ("prediction-worker", "1f0c2ab", 0)
    assert found.traffic == {"prediction-worker-00042": 100}
    assert found.deployed_at == from_text("2026-11-23T12:00:00Z")


def test_no_service_is_an_answer_too(plug: Callable[..., ServicesReader], tmp_path: Path) -> None:
    assert plug(tmp_path, []).services() == ()


@pytest.mark.parametrize("broken", ["{", {"a": 1}, [{**WORKER, "min_instances": "0"}], [WORKER, WORKER], [3]])
def test_a_malformed_answer_is_denied_and_never_an_empty_list(tmp_path: Path, broken: Any) -> None:
    with pytest.raises(Denied):
        local(tmp_path, broken).services()


def test_what_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        LocalServices(tmp_path / "nothing.json").services()
