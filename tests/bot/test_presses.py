"""The press desk: each press once, taken over after a crash, in the trail whatever became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.press import Does, Press, Reply, Route, Routes
from bot.presses import KEEP, LEASE, SWEPT, TRIES, PressDesk, noted_value
from control_plane.backends.clock import FixedClock
from control_plane.backends.local.store import SqliteStore
from healing.audit import Audit
from schemas.codec import dump, load
from schemas.errors import Unavailable
from schemas.ports import Create, Doc
from schemas.trail import TrailRecord

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Bench:
    def __init__(self, path: Path) -> None:
        self.clock = FixedClock(NOW)
        self.store = SqliteStore(path / "store.db", clock=self.clock, durable=False)
        self.audit = Audit(self.store)
        self.ran: list[str] = []
        self.said: list[Reply] = []
        self.during: Callable[[Press], None] = lambda _press: None

    def desk(self, owner: str = "me") -> PressDesk:
        def run(press: Press, _now: datetime) -> Reply:
            self.ran.append(press.id)
            self.during(press)
            return Reply("done it", alert_id="a1")

        def answer(_press: Press, _route: Route | None, reply: Reply) -> None:
            self.said.append(reply)

        return PressDesk(self.store, self.audit, Routes({"heal": Does(run)}, {}, Does(run)), answer, owner)

    def note(self, key: str, after: int = 0, name: str = "heal") -> None:
        at = NOW + timedelta(seconds=after)
        press = Press(
            key, "action", name, "U1", "oncall", "C1", at, trigger="t-secret", response_url="https://r/secret"
        )
        self.store.commit((Create("presses", key, noted_value(press)),))

    def doc(self, key: str) -> Doc:
        doc = self.store.get("presses", key)
        assert doc is not None
        return doc

    def trail(self) -> list[TrailRecord]:
        return self.audit.events(NOW - timedelta(days=1), NOW + timedelta(days=1))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_noted_value_is_what_the_codec_reads() -> None:
    press = Press("p1", "view", "force", "U1", "oncall", "C1", NOW, values={"a": "1"}, meta="{}", view_id="V1")
    assert noted_value(press)["press"] == dump(press)
    assert load(Press, noted_value(press)["press"]) == press


def test_oldest_first_and_each_once(bench: Bench) -> None:
    bench.note("late", 5)
    bench.note("early", 1)
    desk = bench.desk()
    assert [desk.step(NOW), desk.step(NOW), desk.step(NOW)] == [True, True, False]
    assert bench.ran == ["early", "late"] and len(bench.said) == 2
    assert {record.record_id for record in bench.trail()} == {"press-early", "press-late"}


def test_done_forgets_the_secrets(bench: Bench) -> None:
    bench.note("p1")
    bench.desk().step(NOW)
    assert bench.doc("p1").value["state"] == "done" and "secret" not in str(bench.doc("p1").value)


def test_a_press_whose_worker_died_is_run_again_after_its_lease(bench: Bench) -> None:
    bench.note("p1")

    def die(_press: Press) -> None:
        raise KeyboardInterrupt

    bench.during = die
    with pytest.raises(KeyboardInterrupt):
        bench.desk().step(NOW)
    bench.during = lambda _press: None
    assert bench.doc("p1").value["state"] == "working"
    assert bench.desk("other").step(NOW) is False  # the lease holds
    bench.clock.advance(LEASE)
    assert bench.desk("other").step(NOW) is True
    assert bench.doc("p1").value["state"] == "done" and bench.ran == ["p1", "p1"]
    assert len(bench.trail()) == 1 and len(bench.said) == 1


def test_two_workers_do_not_take_the_same_press(bench: Bench) -> None:
    bench.note("p1")
    taken: list[bool] = []
    bench.during = lambda _press: taken.append(bench.desk("other").step(NOW))
    bench.desk().step(NOW)
    assert taken == [False] and bench.ran == ["p1"]


def test_a_worker_that_lost_its_lease_does_not_answer(bench: Bench) -> None:
    bench.note("p1")

    def overtaken(_press: Press) -> None:
        bench.during = lambda _press: None
        bench.clock.advance(LEASE)
        bench.desk("other").step(NOW)

    bench.during = overtaken
    bench.desk().step(NOW)
    assert bench.ran == ["p1", "p1"] and len(bench.said) == 1 and len(bench.trail()) == 1


def test_a_press_that_kills_its_workers_is_given_up(bench: Bench) -> None:
    bench.note("p1")
    bench.note("p2", 1)

    def die(press: Press) -> None:
        if press.id == "p1":
            raise KeyboardInterrupt

    bench.during = die
    for _ in range(TRIES):
        with pytest.raises(KeyboardInterrupt):
            while bench.desk().step(NOW):
                pass
        bench.clock.advance(LEASE)
    assert bench.desk().step(NOW) is True
    assert bench.doc("p1").value["outcome"] == "failed" and bench.ran.count("p1") == TRIES
    assert "quote p1" in bench.said[-1].text and bench.ran.count("p2") == 1


def test_an_answer_that_fails_changes_nothing(bench: Bench) -> None:
    bench.note("p1")

    def deaf(_press: Press, _route: Route | None, _reply: Reply) -> None:
        raise Unavailable("no answer", part="slack")

    table = Routes({"heal": Does(_nothing)}, {}, Does(_nothing))
    desk = PressDesk(bench.store, bench.audit, table, deaf, "me")
    assert desk.step(NOW) is True and desk.step(NOW) is False
    assert bench.doc("p1").value["outcome"] == "done"


def test_an_unknown_name_is_stale(bench: Bench) -> None:
    bench.note("p1", name="gone")
    bench.desk().step(NOW)
    assert bench.doc("p1").value["outcome"] == "stale" and "another version" in bench.said[0].text
    assert bench.trail()[0].words == "action gone: stale"


def test_old_presses_are_forgotten_once_they_are_done(bench: Bench) -> None:
    desk = bench.desk()
    for key, after in (("old", 0), ("waiting", 1), ("young", 2)):
        bench.note(key, after)
    bench.during = lambda press: bench.note("later", 1) if press.id == "old" else None
    desk.step(NOW)
    assert desk.sweep(NOW + KEEP) is False and bench.store.get("presses", "old") is not None
    assert desk.sweep(NOW + KEEP + timedelta(seconds=1)) is False
    assert {doc.key for doc in bench.store.find("presses")} == {"waiting", "later", "young"}  # none of them is done
    while desk.step(NOW):
        pass
    desk.sweep(NOW + KEEP + timedelta(seconds=2))
    assert [doc.key for doc in bench.store.find("presses")] == ["young"]
    assert len(bench.trail()) == 4  # what was done stays there


def test_many_old_presses_are_swept_piece_by_piece(bench: Bench) -> None:
    value = {"state": "done", "at": "2026-11-01T00:00:00.000000Z"}
    bench.store.commit(*((Create("presses", f"p{n:04}", value),) for n in range(SWEPT + 1)))
    desk = bench.desk()
    assert [desk.sweep(NOW), desk.sweep(NOW), bench.store.find("presses")] == [True, False, []]


def _nothing(_press: Press, _now: datetime) -> Reply:
    return Reply()
