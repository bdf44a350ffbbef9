"""Commits that wait for one another travel together: one transaction and one sync for all of them.

So nobody waits for more than the transaction under way and the next one, however many threads write: an
acknowledgement that must be durable does not queue behind every other thread's sync.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.errors import Unavailable

W = TypeVar("W")
A = TypeVar("A")
ENDED = "the thread that wrote was ended; whether the last commit took effect is unknown"


@dataclass(eq=False)
class _Ticket(Generic[W, A]):
    wishes: Sequence[W]
    answers: tuple[A, ...] = ()
    error: BaseException | None = None
    done: bool = field(default=False)


class Convoy(Generic[W, A]):
    """``carry`` writes wishes in one transaction, one answer each, or raises having written none of them; with
    Unavailable it says that it does not know. Any number of threads may `join`."""

    def __init__(self, carry: Callable[[Sequence[W]], tuple[A, ...]], patience: float, most: int = 1024) -> None:
        self._carry, self._patience, self._most = carry, patience, most
        self._change = threading.Condition()
        self._waiting: list[_Ticket[W, A]] = []
        self._under_way = False

    def join(self, wishes: Sequence[W]) -> tuple[A, ...]:
        """The answers to these wishes, once they are written. Raises what ``carry`` raises; Unavailable, with nothing
        written, when the one under way does not end within ``patience`` seconds."""
        ticket: _Ticket[W, A] = _Ticket(wishes)
        with self._change:
            self._waiting.append(ticket)
            in_time = self._change.wait_for(lambda: ticket.done or not self._under_way, self._patience)
            if not in_time and ticket in self._waiting:
                self._waiting.remove(ticket)
                raise Unavailable(f"the store was busy for {self._patience:g} s; nothing was written", part="store")
            self._change.wait_for(lambda: ticket.done or not self._under_way)
            crew = [] if ticket.done else self._crew(ticket)
        if crew:
            self._lead(crew)
        if ticket.error is not None:
            raise ticket.error
        return ticket.answers

    def _crew(self, ticket: _Ticket[W, A]) -> list[_Ticket[W, A]]:
        """The leader's own wishes, and of those who wait as many as one transaction should hold."""
        self._under_way = True
        self._waiting.remove(ticket)
        crew, wishes = [ticket], len(ticket.wishes)
        while self._waiting and wishes + len(self._waiting[0].wishes) <= self._most:
            crew.append(self._waiting.pop(0))
            wishes += len(crew[-1].wishes)
        return crew

    def _lead(self, crew: list[_Ticket[W, A]]) -> None:
        try:
            self._write(crew)
        finally:
            with self._change:
                for ticket in crew:
                    ticket.done = True
                self._under_way = False
                self._change.notify_all()

    def _write(self, crew: list[_Ticket[W, A]]) -> None:
        try:
            answers = self._carry([wish for ticket in crew for wish in ticket.wishes])
        except BaseException as error:
            if len(crew) > 1 and isinstance(error, Exception) and not isinstance(error, Unavailable):
                for ticket in crew:  # one bad wish must not take others with it
                    self._write([ticket])
                return
            for ticket in crew:
                ticket.error = error if isinstance(error, Exception) else Unavailable(ENDED, part="store")
            crew[0].error = error
            return
        taken = 0
        for ticket in crew:
            ticket.answers = answers[taken : taken + len(ticket.wishes)]
            taken += len(ticket.wishes)
