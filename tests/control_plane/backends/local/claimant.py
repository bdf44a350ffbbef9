"""A process that claims, started by test_processes: ``claimant.py race|press <file> <name> <number>``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from control_plane.backends.clock import SystemClock
from control_plane.backends.local.store import SqliteStore
from schemas.ports import Batch, Count, Create, Done, Replace

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def race(store: SqliteStore, name: str, number: int) -> None:
    """Claims ``number`` ticks that others claim too; says those it won."""
    for n in range(number):
        claim = (
            Create("ticks", f"tick-{n:04}", {"by": name}),
            Create("trail", f"{name}-{n:04}", {"kind": "claim"}),
            Count("decisions", "claimed", AT),
        )
        if isinstance(store.commit(claim)[0], Done):
            say(str(n))


def press(store: SqliteStore, name: str, number: int) -> None:
    """Notes presses for ever in groups of ``number``, each with its event, its count and the moved head; says each
    one that was acknowledged."""
    turn = 0
    store.commit((Create("heads", name, {"seq": 0}),))
    while True:
        group: list[Batch] = []
        for n in range(number):
            key = f"{name}-{turn}-{n}"
            group.append((Create("presses", key, {"state": "noted"}), Create("trail", key, {}), count()))
        head = store.get("heads", name)
        assert head is not None
        moved = Replace("heads", name, {"seq": head.value["seq"] + number}, head.version)
        answers = store.commit(*group, (moved,))
        assert all(isinstance(answer, Done) for answer in answers), answers
        say(*(f"{name}-{turn}-{n}" for n in range(number)))
        turn += 1


def count() -> Count:
    return Count("decisions", "pressed", AT)


def say(*words: str) -> None:
    sys.stdout.write("".join(f"{word}\n" for word in words))
    sys.stdout.flush()


if __name__ == "__main__":
    deed, path, name, number = sys.argv[1:]
    say("ready")
    sys.stdin.readline()
    store = SqliteStore(Path(path), clock=SystemClock())
    {"race": race, "press": press}[deed](store, name, int(number))
