"""The contract of `schemas.ports.Store`, the same for every plug."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import UsageError
from schemas.ports import Batch, Count, Create, Delete, Doc, Done, Lost, Put, Replace, Store, Where
from schemas.times import to_text

from .rigs import NOON, STORES, Rig


@pytest.fixture(params=sorted(STORES))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig[Store]]:
    with STORES[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def store(rig: Rig[Store]) -> Store:
    return rig.plug


def write(store: Store, *batch: Any) -> Done:
    (answer,) = store.commit(batch)
    assert isinstance(answer, Done), answer
    return answer


def got(store: Store, collection: str, key: str) -> Doc:
    doc = store.get(collection, key)
    assert doc is not None
    return doc


def keys(docs: list[Doc]) -> list[str]:
    return [doc.key for doc in docs]


# --- One write ------------------------------------------------------------------------------------------------


def test_what_was_created_is_read_back_whole(store: Store) -> None:
    value = {
        "state": "open",
        "text": 'Luka Dončić "77" 🏀 \\u0000',
        "n": 1,
        "f": 0.1,
        "b": True,
        "no": None,
        "l": [1, {}],
    }
    done = write(store, Create("alerts", "a/1", value))
    doc = got(store, "alerts", "a/1")
    assert (doc.key, doc.value) == ("a/1", value)
    assert done.versions == {("alerts", "a/1"): doc.version}


def test_absent_is_none(store: Store) -> None:
    assert store.get("alerts", "nobody") is None
    write(store, Create("cards", "a", {}))
    assert store.get("alerts", "a") is None


def test_a_second_create_is_lost_and_changes_nothing(store: Store) -> None:
    write(store, Create("leases", "desk", {"owner": "one"}))
    again = Create("leases", "desk", {"owner": "two"})
    assert store.commit((again,)) == (Lost(again),)
    assert got(store, "leases", "desk").value == {"owner": "one"}


def test_replace_and_delete_need_the_version_they_saw(store: Store) -> None:
    first = write(store, Create("notes", "n", {"x": 1})).versions[("notes", "n")]
    second = write(store, Replace("notes", "n", {"y": 2}, first)).versions[("notes", "n")]
    stale, late = Replace("notes", "n", {"x": 9}, first), Delete("notes", "n", first)
    assert store.commit((stale,), (late,)) == (Lost(stale), Lost(late))
    assert got(store, "notes", "n").value == {"y": 2}
    assert write(store, Delete("notes", "n", second)).versions == {}
    assert store.get("notes", "n") is None
    gone, dead = Replace("notes", "n", {}, second), Delete("notes", "n", second)
    assert store.commit((gone,), (dead,)) == (Lost(gone), Lost(dead))


def test_put_asks_nothing(store: Store) -> None:
    write(store, Put("notes", "n", {"x": 1}))
    write(store, Put("notes", "n", {"x": 2}))
    assert got(store, "notes", "n").value == {"x": 2}


def test_a_version_never_comes_back(store: Store) -> None:
    seen = []
    for _ in range(3):
        seen.append(write(store, Create("notes", "n", {})).versions[("notes", "n")])
        seen.append(write(store, Replace("notes", "n", {}, seen[-1])).versions[("notes", "n")])
        seen.append(write(store, Put("notes", "n", {})).versions[("notes", "n")])
        write(store, Delete("notes", "n", seen[-1]))
    assert len(set(seen)) == len(seen)


def test_a_write_that_changes_no_value_changes_the_version(store: Store) -> None:
    first = write(store, Create("leases", "l", {"n": 1})).versions[("leases", "l")]
    assert write(store, Replace("leases", "l", {"n": 1}, first)).versions[("leases", "l")] != first


# --- Batches --------------------------------------------------------------------------------------------------


def test_a_batch_is_all_or_nothing(store: Store) -> None:
    write(store, Create("alerts", "taken", {"n": 0}))
    taken = Create("alerts", "taken", {"n": 1})
    batch = (Put("notes", "before", {}), taken, Create("trail", "after", {}), Count("decisions", "new", NOON))
    assert store.commit(batch) == (Lost(taken),)
    assert store.get("notes", "before") is None
    assert store.get("trail", "after") is None
    assert store.tally("decisions", NOON, NOON + timedelta(days=1)) == {}
    assert got(store, "alerts", "taken").value == {"n": 0}


def test_one_lost_batch_of_many_leaves_the_others(store: Store) -> None:
    write(store, Create("presses", "p2", {}))
    batches: list[Batch] = [
        (Create("presses", f"p{i}", {"n": i}), Create("trail", f"t{i}", {}), Count("decisions", "x", NOON))
        for i in range(5)
    ]
    answers = store.commit(*batches)
    assert [type(answer) for answer in answers] == [Done, Done, Lost, Done, Done]
    assert keys(store.find("trail")) == ["t0", "t1", "t3", "t4"]
    assert store.tally("decisions", NOON, NOON + timedelta(seconds=1)) == {"x": 4}
    for i, answer in enumerate(answers):
        if isinstance(answer, Done):
            assert answer.versions[("presses", f"p{i}")] == got(store, "presses", f"p{i}").version


def test_one_torn_batch_of_many_leaves_the_others(store: Store) -> None:
    """Its first writes went well and a later one lost: they are undone, and what stood around them is not."""
    write(store, Create("trail", "t2", {}))
    batches: list[Batch] = [
        (Put("notes", f"n{i}", {"n": i}), Create("trail", f"t{i}", {}), Count("decisions", "x", NOON)) for i in range(5)
    ]
    answers = store.commit(*batches)
    assert [type(answer) for answer in answers] == [Done, Done, Lost, Done, Done]
    assert keys(store.find("notes")) == ["n0", "n1", "n3", "n4"]
    assert store.tally("decisions", NOON, NOON + timedelta(seconds=1)) == {"x": 4}
    for i, answer in enumerate(answers):
        if isinstance(answer, Done):
            assert answer.versions[("notes", f"n{i}")] == got(store, "notes", f"n{i}").version


def test_batches_take_effect_in_their_order(store: Store) -> None:
    first, second = Create("presses", "same", {"by": 1}), Create("presses", "same", {"by": 2})
    one, two = store.commit((first,), (second,))
    assert isinstance(one, Done)
    assert two == Lost(second)
    assert got(store, "presses", "same").value == {"by": 1}


def test_no_batch_and_an_empty_batch(store: Store) -> None:
    assert store.commit() == ()
    assert store.commit(()) == (Done({}),)


def test_what_one_client_committed_the_other_sees_at_once(rig: Rig[Store]) -> None:
    for n in range(20):
        write(rig.plug, Put("notes", "n", {"n": n}))
        assert got(rig.other, "notes", "n").value == {"n": n}
        assert keys(rig.other.find("notes")) == ["n"]


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (tuple(Put("notes", f"n{i}", {}) for i in range(401)), "at most 400"),
        ((Put("notes", "n", {}), Create("notes", "n", {})), "written twice"),
        ((Count("decisions", "x", NOON),), "needs a Create"),
        ((Put("notes", "n", {}), Count("decisions", "x", NOON)), "needs a Create"),
        ((Create("allerts", "a", {}),), "did you mean alerts"),
        ((Create("notes", "a", {}), Count("decision", "x", NOON)), "did you mean decisions"),
        ((Create("notes", "", {}),), "key"),
        ((Create("notes", "n", {"x": float("nan")}),), "notes/n"),
        ((Create("notes", "n", {"x": object()}),), "notes/n"),
        ((Create("alerts", "n", {"state": ["open"]}),), "alerts.state"),
        ((Create("notes", "n", {}), Count("decisions", "x", datetime(2026, 1, 1))), "zone"),
    ],
)
def test_a_malformed_batch_is_refused_in_words_and_nothing_is_written(store: Store, batch: Batch, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        store.commit((Create("leases", "good", {}),), batch)
    assert store.get("leases", "good") is None
    assert store.find("notes") == []


def test_four_hundred_writes_are_a_batch(store: Store) -> None:
    done = write(store, *(Create("notes", f"n{i:03}", {}) for i in range(400)))
    assert len(done.versions) == 400
    assert len(store.find("notes")) == 400


# --- Age ------------------------------------------------------------------------------------------------------


def test_age_grows_with_the_clock_and_a_write_resets_it(rig: Rig[Store]) -> None:
    store = rig.plug
    version = write(store, Create("leases", "l", {})).versions[("leases", "l")]
    assert timedelta(0) <= got(store, "leases", "l").age < timedelta(minutes=1)
    rig.later(timedelta(minutes=5))
    assert timedelta(minutes=5) <= got(store, "leases", "l").age < timedelta(minutes=6)
    assert store.find("leases")[0].age >= timedelta(minutes=5)
    lost = Create("leases", "l", {})
    store.commit((lost,))
    assert got(store, "leases", "l").age >= timedelta(minutes=5)
    write(store, Replace("leases", "l", {}, version))
    assert got(rig.other, "leases", "l").age < timedelta(minutes=1)
    rig.later(timedelta(minutes=5))
    write(store, Put("leases", "l", {}))
    assert got(rig.other, "leases", "l").age < timedelta(minutes=1)


# --- find -----------------------------------------------------------------------------------------------------


@pytest.fixture
def heals(store: Store) -> Store:
    rows: list[tuple[str, dict[str, Any]]] = [
        ("a", {"state": "requested", "open": True, "next_at": to_text(NOON), "untold": 1}),
        ("b", {"state": "running", "open": True, "next_at": to_text(NOON + timedelta(microseconds=1)), "untold": 2.5}),
        ("c", {"state": "closed", "open": False, "next_at": None, "untold": 3}),
        ("d", {"state": "closed", "open": False, "untold": -1}),
        ("e", {"state": "running", "open": True, "next_at": to_text(NOON - timedelta(days=400)), "untold": 1}),
    ]
    write(store, *(Create("heals", key, value) for key, value in rows))
    return store


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ([Where("state", "==", "running")], "be"),
        ([Where("open", "==", True)], "abe"),
        ([Where("open", "==", False)], "cd"),
        ([Where("state", "in", ["running", "requested"])], "abe"),
        ([Where("state", "in", ("nothing",))], ""),
        ([Where("state", "in", [])], ""),
        ([Where("state", "in", [None, "closed"])], "cd"),
        ([Where("state", "==", None)], ""),
        ([Where("next_at", "<=", to_text(NOON))], "ae"),
        ([Where("next_at", "<=", NOON)], "ae"),
        ([Where("next_at", "<", to_text(NOON))], "e"),
        ([Where("next_at", ">", to_text(NOON))], "b"),
        ([Where("next_at", ">=", to_text(NOON))], "ab"),
        ([Where("untold", ">", 1)], "bc"),
        ([Where("untold", ">=", 1)], "abce"),
        ([Where("untold", "<", 1)], "d"),
        ([Where("untold", "<=", 2.5)], "abde"),
        ([Where("untold", "==", 1.0)], "ae"),
        ([Where("untold", "<", "z")], ""),
        ([Where("untold", ">", "")], ""),
        ([Where("next_at", ">", 0)], ""),
        ([Where("open", "==", True), Where("next_at", "<=", to_text(NOON)), Where("state", "==", "running")], "e"),
        ([Where("alert_id", "==", "x")], ""),
        ([Where("alert_id", "<", "x")], ""),
    ],
)
def test_find_meets_all_conditions_in_key_order(heals: Store, where: list[Where], expected: str) -> None:
    assert keys(heals.find("heals", *where)) == list(expected)


def test_find_orders_by_a_field_ties_by_key_and_reverses_whole(heals: Store) -> None:
    assert keys(heals.find("heals", order_by="untold")) == list("daebc")
    assert keys(heals.find("heals", order_by="untold", descending=True)) == list("cbead")
    assert keys(heals.find("heals", descending=True)) == list("edcba")
    assert keys(heals.find("heals", order_by="next_at")) == list("cdeab")  # without the field: first
    assert keys(heals.find("heals", order_by="next_at", descending=True)) == list("baedc")
    assert keys(heals.find("heals", Where("open", "==", True), order_by="next_at")) == list("eab")


def test_find_takes_at_most_its_limit(heals: Store) -> None:
    assert keys(heals.find("heals", order_by="untold", limit=2)) == ["d", "a"]
    assert heals.find("heals", limit=0) == []
    with pytest.raises(UsageError, match="limit"):
        heals.find("heals", limit=-1)


def test_find_follows_a_write(store: Store) -> None:
    version = write(store, Create("alerts", "a", {"state": "open"})).versions[("alerts", "a")]
    version = write(store, Replace("alerts", "a", {"state": "resolved"}, version)).versions[("alerts", "a")]
    assert store.find("alerts", Where("state", "==", "open")) == []
    assert store.find("alerts", Where("state", "==", "resolved"))[0].version == version
    write(store, Put("alerts", "a", {}))
    assert store.find("alerts", Where("state", "==", "resolved")) == []


def test_find_refuses_what_is_not_indexed_with_the_nearest_word(store: Store) -> None:
    with pytest.raises(UsageError, match="did you mean state"):
        store.find("alerts", Where("staet", "==", "open"))
    with pytest.raises(UsageError, match="did you mean next_at"):
        store.find("alerts", order_by="nextat")
    with pytest.raises(UsageError, match="did you mean alerts"):
        store.find("alert")
    with pytest.raises(UsageError, match="operator"):
        store.find("alerts", Where("state", "!=", "open"))
    with pytest.raises(UsageError, match="in takes a list"):
        store.find("alerts", Where("state", "in", "open"))
    with pytest.raises(UsageError, match="did you mean alerts"):
        store.get("alert", "a")


# --- Counting -------------------------------------------------------------------------------------------------


def test_a_batch_sent_twice_counts_once(store: Store) -> None:
    batch = (Create("trail", "t", {}), Count("heals", "job_rerun|healed", NOON), Count("heals", "x|failed", NOON, by=3))
    assert [type(answer) for answer in store.commit(batch, batch)] == [Done, Lost]
    assert isinstance(store.commit(batch)[0], Lost)
    assert store.tally("heals", NOON, NOON + timedelta(hours=1)) == {"job_rerun|healed": 1, "x|failed": 3}


def test_a_series_keeps_to_itself(store: Store) -> None:
    write(store, Create("trail", "t", {}), Count("heals", "x", NOON), Count("heal_runs", "x", NOON, by=2))
    assert store.tally("heals", NOON, NOON + timedelta(1)) == {"x": 1}
    assert store.tally("heal_runs", NOON, NOON + timedelta(1)) == {"x": 2}
    assert store.tally("decisions", NOON, NOON + timedelta(1)) == {}


def test_a_tally_includes_since_and_excludes_until(store: Store) -> None:
    tiny = timedelta(microseconds=1)
    hour, day = datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    moments = [edge + step for edge in (hour, day) for step in (-tiny, timedelta(0), tiny)]
    for n, at in enumerate(moments):
        write(store, Create("trail", f"t{n}", {}), Count("heals", f"m{n}", at))
    for i, since in enumerate(moments):
        for j, until in enumerate(moments):
            assert set(store.tally("heals", since, until)) == {f"m{n}" for n in range(i, j)}, (since, until)


def test_a_tally_reads_moments_of_any_zone_as_moments(store: Store) -> None:
    local = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York"))  # the second 01:30 of the night
    write(store, Create("trail", "t", {}), Count("heals", "x", local))
    at = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert store.tally("heals", at, at + timedelta(microseconds=1)) == {"x": 1}
    assert store.tally("heals", local.astimezone(ZoneInfo("Asia/Tokyo")), at + timedelta(seconds=1)) == {"x": 1}


def test_a_tally_without_width_or_with_no_zone(store: Store) -> None:
    write(store, Create("trail", "t", {}), Count("heals", "x", NOON))
    assert store.tally("heals", NOON, NOON) == {}
    assert store.tally("heals", NOON + timedelta(1), NOON) == {}
    with pytest.raises(UsageError, match="did you mean heals"):
        store.tally("heal", NOON, NOON)
    with pytest.raises(UsageError, match="zone"):
        store.tally("heals", datetime(2026, 1, 1), NOON)


moments = st.datetimes(datetime(2026, 11, 20), datetime(2026, 11, 26), timezones=st.just(UTC)) | st.builds(
    lambda hours, micros: datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hours, microseconds=micros),
    st.integers(0, 140),
    st.integers(-2, 2),
)


@pytest.mark.parametrize("plug", sorted(STORES))
@given(
    counts=st.lists(st.tuples(moments, st.sampled_from("xyz"), st.integers(-2, 3)), max_size=25),
    windows=st.lists(st.tuples(moments, moments), min_size=1, max_size=8),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_tally_is_the_sum_of_what_was_counted(
    plug: str, counts: list[tuple[datetime, str, int]], windows: list[tuple[datetime, datetime]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, STORES[plug](Path(folder)) as rig:
        batches = [
            (Create("trail", f"t{n}", {}), Count("heals", label, at, by)) for n, (at, label, by) in enumerate(counts)
        ]
        rig.plug.commit(*batches)
        for since, until in windows:
            expected: dict[str, int] = {}
            for at, label, by in counts:
                if since <= at < until:
                    expected[label] = expected.get(label, 0) + by
            assert rig.plug.tally("heals", since, until) == {label: n for label, n in expected.items() if n}


# --- Races ----------------------------------------------------------------------------------------------------


def race(rig: Rig[Store], contenders: int, attempt: Callable[[Store, int], Done | Lost]) -> list[int]:
    """Numbers of the contenders that won; half of them on a second client."""
    gate, won, failed = threading.Barrier(contenders), [], []

    def contend(n: int) -> None:
        try:
            gate.wait(30)
            if isinstance(attempt(rig.plug if n % 2 else rig.other, n), Done):
                won.append(n)
        except BaseException as wrong:
            failed.append(wrong)

    threads = [threading.Thread(target=contend, args=(n,), daemon=True) for n in range(contenders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed
    return won


def tick(key: str, store: Store, n: int) -> Done | Lost:
    return store.commit((Create("ticks", key, {"by": n}),))[0]


def lease(seen: int, store: Store, n: int) -> Done | Lost:
    return store.commit((Replace("leases", "l", {"by": n}, seen), Count("decisions", "won", NOON)))[0]


def test_of_ten_that_create_one_wins(rig: Rig[Store]) -> None:
    for turn in range(10):
        key = f"tick-{turn}"
        won = race(rig, 10, partial(tick, key))
        assert len(won) == 1
        assert got(rig.plug, "ticks", key).value == {"by": won[0]}


def test_of_ten_that_replace_one_wins_and_counts_once(rig: Rig[Store]) -> None:
    version = write(rig.plug, Create("leases", "l", {"by": None})).versions[("leases", "l")]
    for turn in range(1, 11):
        won = race(rig, 10, partial(lease, version))
        doc = got(rig.plug, "leases", "l")
        assert [doc.value["by"]] == won
        version = doc.version
        assert rig.plug.tally("decisions", NOON, NOON + timedelta(seconds=1)) == {"won": turn}


def test_readers_see_both_documents_of_a_batch_or_neither_change(rig: Rig[Store]) -> None:
    write(rig.plug, Create("alerts", "a", {"subject": 0}), Create("alerts", "b", {"subject": 0}))
    stop, wrong = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen = [doc.value["subject"] for doc in rig.other.find("alerts")]
            if len(set(seen)) != 1:
                wrong.append(seen)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    for n in range(1, 150):
        write(rig.plug, Put("alerts", "a", {"subject": n}), Put("alerts", "b", {"subject": n}))
    stop.set()
    watcher.join(30)
    assert not wrong


# --- Against a model ------------------------------------------------------------------------------------------

Model = dict[str, tuple[Mapping[str, Any], int]]
KEYS = ("a", "b", "é", "B", "a/b")
values = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["open", "resolved", "Open", ""]) | st.none(),
        "severity": st.integers(-2, 2) | st.sampled_from([0.5, "high"]),
        "text": st.text(max_size=5),
        "nested": st.lists(st.integers(), max_size=2) | st.dictionaries(st.text(max_size=2), st.booleans(), max_size=2),
    },
)
deeds = st.tuples(
    st.sampled_from(["create", "replace", "replace", "delete", "put"]), st.sampled_from(KEYS), values, st.booleans()
)


@pytest.mark.parametrize("plug", sorted(STORES))
@given(
    commits=st.lists(
        st.lists(st.lists(deeds, max_size=4, unique_by=lambda deed: deed[1]), min_size=1, max_size=3), max_size=8
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_history_leaves_what_a_plain_dict_would_hold(plug: str, commits: list[Any]) -> None:
    model: Model = {}
    given_out: set[int] = set()
    with tempfile.TemporaryDirectory() as folder, STORES[plug](Path(folder)) as rig:
        for commit in commits:
            batches = [tuple(as_write(deed, model) for deed in batch) for batch in commit]
            for batch, answer in zip(batches, rig.plug.commit(*batches), strict=True):
                lost = next((one for one in batch if not holds(one, model)), None)
                if lost is not None:
                    assert isinstance(answer, Lost)
                    assert answer.write == lost
                    continue
                assert isinstance(answer, Done)
                assert not given_out & set(answer.versions.values())
                given_out |= set(answer.versions.values())
                for one in batch:
                    if isinstance(one, Delete):
                        del model[one.key]
                    else:
                        model[one.key] = (one.value, answer.versions[("alerts", one.key)])
                assert len(answer.versions) == sum(not isinstance(one, Delete) for one in batch)
            found = rig.plug.find("alerts")
            assert [(doc.key, doc.value, doc.version) for doc in found] == [(k, *model[k]) for k in sorted(model)]
            for state in ("open", ""):
                assert keys(rig.plug.find("alerts", Where("state", "==", state))) == sorted(
                    key for key, (value, _) in model.items() if value.get("state") == state
                )
            assert keys(rig.plug.find("alerts", Where("severity", ">=", 0))) == sorted(
                key for key, (value, _) in model.items() if number(value.get("severity")) >= 0
            )


def number(value: Any) -> float:
    return value if isinstance(value, (int, float)) else float("-inf")


def as_write(deed: Any, model: Model) -> Create | Replace | Delete | Put:
    kind, key, value, fresh = deed
    version = model[key][1] if key in model and fresh else 0
    if kind == "create":
        return Create("alerts", key, value)
    if kind == "put":
        return Put("alerts", key, value)
    return Replace("alerts", key, value, version) if kind == "replace" else Delete("alerts", key, version)


def holds(one: Any, model: Model) -> bool:
    if isinstance(one, Create):
        return one.key not in model
    if isinstance(one, Put):
        return True
    return one.key in model and model[one.key][1] == one.version
