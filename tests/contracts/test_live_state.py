"""The contract of `schemas.ports.LiveState`, the same for every plug."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import Missing, UsageError
from schemas.ports import Doc, Done, LiveState, Lost, Where

from .rigs import LIVES, Rig


@pytest.fixture(params=sorted(LIVES))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig[LiveState]]:
    with LIVES[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def live(rig: Rig[LiveState]) -> LiveState:
    return rig.plug


def got(live: LiveState, collection: str, key: str) -> Doc:
    doc = live.get(collection, key)
    assert doc is not None
    return doc


def keys(docs: list[Doc]) -> list[str]:
    return [doc.key for doc in docs]


def test_what_was_put_is_read_back_whole_in_any_collection(live: LiveState) -> None:
    value = {"status": "IN_PROGRESS", "players": ["203999", "1629029"], "n": {"a": [1, None]}, "name": "Dončić"}
    live.put("prediction_batches", "b/1", value)
    doc = got(live, "prediction_batches", "b/1")
    assert (doc.key, doc.value) == ("b/1", value)
    assert live.get("prediction_batches", "b") is None
    assert live.get("another one", "b/1") is None
    assert live.find("another one") == []


def test_a_patch_sets_top_level_fields_and_leaves_the_others(rig: Rig[LiveState]) -> None:
    live = rig.plug
    live.put("batches", "b", {"status": "running", "done": ["x"], "deep": {"a": 1, "b": 2}})
    seen = got(live, "batches", "b")
    answer = live.patch("batches", "b", {"status": "complete", "deep": {"c": 3}, "why": None}, seen.version)
    doc = got(rig.other, "batches", "b")
    assert doc.value == {"status": "complete", "done": ["x"], "deep": {"c": 3}, "why": None}
    assert answer == Done({("batches", "b"): doc.version})
    assert doc.version != seen.version


def test_a_patch_of_what_has_changed_is_lost_and_changes_nothing(live: LiveState) -> None:
    live.put("batches", "b", {"n": 1})
    stale = got(live, "batches", "b").version
    live.put("batches", "b", {"n": 1})
    answer = live.patch("batches", "b", {"n": 9}, stale)
    assert isinstance(answer, Lost)
    assert (answer.write.collection, answer.write.key) == ("batches", "b")
    assert got(live, "batches", "b").value == {"n": 1}


def test_a_patch_of_nothing_is_missing(live: LiveState) -> None:
    live.put("batches", "b", {})
    with pytest.raises(Missing, match="batches/c"):
        live.patch("batches", "c", {"n": 1}, got(live, "batches", "b").version)
    assert live.get("batches", "c") is None


def test_age_grows_with_the_clock_and_a_write_resets_it(rig: Rig[LiveState]) -> None:
    live = rig.plug
    live.put("batches", "b", {"n": 1})
    rig.later(timedelta(minutes=15))
    assert timedelta(minutes=15) <= got(live, "batches", "b").age < timedelta(minutes=16)
    assert live.find("batches")[0].age >= timedelta(minutes=15)
    live.patch("batches", "b", {"n": 2}, got(live, "batches", "b").version)
    assert timedelta(0) <= got(rig.other, "batches", "b").age < timedelta(minutes=1)


@pytest.fixture
def players(live: LiveState) -> LiveState:
    rows: dict[str, dict[str, Any]] = {
        "a": {"points": 10, "team name": "LAL", "active": True, "from.to": 1, "é": "x"},
        "b": {"points": 20.5, "team name": "BOS", "active": False},
        "c": {"points": "10", "team name": None, "active": 1},
        "d": {"points": [10], "team name": {"x": "LAL"}, "active": "true"},
        "e": {},
    }
    for key, value in rows.items():
        live.put("players", key, value)
    live.put("others", "z", {"points": 10})
    return live


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ([], "abcde"),
        ([Where("points", "==", 10)], "a"),
        ([Where("points", "==", "10")], "c"),
        ([Where("points", ">=", 10)], "ab"),
        ([Where("points", "<", 11)], "a"),
        ([Where("points", "<", "2")], "c"),
        ([Where("points", ">", "")], "c"),
        ([Where("points", "in", [20.5, "10", None])], "bc"),
        ([Where("points", "in", [])], ""),
        ([Where("team name", "==", "LAL")], "a"),
        ([Where("team name", "==", None)], ""),
        ([Where("active", "==", True)], "a"),
        ([Where("active", "==", False)], "b"),
        ([Where("active", "==", 1)], "c"),
        ([Where("from.to", "==", 1)], "a"),
        ([Where("é", "==", "x")], "a"),
        ([Where("nobody", "==", 1)], ""),
        ([Where("points", ">", 1), Where("team name", "==", "BOS")], "b"),
    ],
)
def test_find_asks_for_any_top_level_field(players: LiveState, where: list[Where], expected: str) -> None:
    assert keys(players.find("players", *where)) == list(expected)


def test_find_takes_at_most_its_limit(players: LiveState) -> None:
    assert keys(players.find("players", limit=2)) == ["a", "b"]
    assert players.find("players", limit=0) == []


def test_refusals_are_sentences(live: LiveState) -> None:
    with pytest.raises(UsageError, match="operator"):
        live.find("players", Where("points", "~", 1))
    with pytest.raises(UsageError, match=r"players\.points"):
        live.find("players", Where("points", "==", [1]))
    with pytest.raises(UsageError, match="players/a"):
        live.put("players", "a", {"x": float("inf")})
    with pytest.raises(UsageError, match="key"):
        live.put("players", "", {})
    with pytest.raises(UsageError, match="collection"):
        live.put("", "a", {})
    with pytest.raises(UsageError, match="limit"):
        live.find("players", limit=-1)


def test_of_ten_that_patch_one_wins(rig: Rig[LiveState]) -> None:
    rig.plug.put("batches", "b", {"by": None, "status": "running"})
    for _ in range(10):
        seen = got(rig.plug, "batches", "b").version
        won: list[int] = []
        gate = threading.Barrier(10)

        def contend(n: int, gate: threading.Barrier = gate, won: list[int] = won, seen: int = seen) -> None:
            gate.wait(30)
            if isinstance((rig.plug if n % 2 else rig.other).patch("batches", "b", {"by": n}, seen), Done):
                won.append(n)

        threads = [threading.Thread(target=contend, args=(n,), daemon=True) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [got(rig.plug, "batches", "b").value["by"]] == won


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, -1.25]) | words
documents = st.dictionaries(st.sampled_from(["a", "b c", "d"]), scalars | st.lists(scalars, max_size=2), max_size=3)


@pytest.mark.parametrize("plug", sorted(LIVES))
@given(
    deeds=st.lists(st.tuples(st.booleans(), st.sampled_from("xyz"), documents), max_size=10),
    field=st.sampled_from(["a", "b c", "d"]),
    value=scalars,
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_history_leaves_what_a_plain_dict_would_hold(plug: str, deeds: list[Any], field: str, value: Any) -> None:
    model: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, LIVES[plug](Path(folder)) as rig:
        for whole, key, fields in deeds:
            if whole or key not in model:
                rig.plug.put("c", key, fields)
                model[key] = fields
            else:
                assert isinstance(rig.plug.patch("c", key, fields, got(rig.plug, "c", key).version), Done)
                model[key] = {**model[key], **fields}
        assert [(doc.key, doc.value) for doc in rig.other.find("c")] == sorted(model.items())
        expected = [key for key in sorted(model) if same(model[key].get(field), value)]
        assert keys(rig.plug.find("c", Where(field, "==", value))) == expected


def same(one: Any, other: Any) -> bool:
    return one is not None and one == other and isinstance(one, bool) == isinstance(other, bool)
