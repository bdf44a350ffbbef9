"""Works abreast: answers in order, two at a time, errors in their place, none begun for one who has left."""

from __future__ import annotations

import threading

import pytest

from bot.within import abreast

DEADLINE = 10


def test_two_are_under_way_and_answers_keep_their_order() -> None:
    first_may_end, order = threading.Event(), []

    def slow() -> str:
        assert first_may_end.wait(DEADLINE)
        return "first"

    def quick() -> str:
        order.append("second ran")
        first_may_end.set()
        return "second"

    assert list(abreast([slow, quick])) == ["first", "second"]
    assert order == ["second ran"]


def test_never_more_than_two() -> None:
    gate, now, most = threading.Lock(), 0, 0
    met = threading.Barrier(2)

    def work() -> int:
        nonlocal now, most
        with gate:
            now += 1
            most = max(most, now)
        met.wait(DEADLINE)
        with gate:
            now -= 1
        return 1

    assert list(abreast([work] * 8)) == [1] * 8
    assert most == 2


def test_an_error_is_raised_in_its_place() -> None:
    def bad() -> str:
        raise LookupError("no")

    answers = abreast([lambda: "one", bad, lambda: "three"])
    assert next(answers) == "one"
    with pytest.raises(LookupError, match="no"):
        next(answers)


def test_whoever_leaves_lets_nothing_more_begin() -> None:
    begun, left, last = [], threading.Event(), threading.Event()

    def held(number: int) -> int:
        begun.append(number)
        assert left.wait(DEADLINE)
        last.set()
        return number

    def one() -> int:
        return 0

    answers = abreast([one, lambda: held(1), lambda: held(2), lambda: held(3), lambda: held(4)])
    assert next(answers) == 0
    answers.close()  # type: ignore[attr-defined]
    left.set()
    assert last.wait(DEADLINE)
    for thread in [one for one in threading.enumerate() if one.name == "abreast"]:
        thread.join(DEADLINE)
    assert not {3, 4} & set(begun)


def test_nothing_to_do() -> None:
    assert list(abreast([])) == []
