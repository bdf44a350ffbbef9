"""The parts of one workspace, handed to every method and every press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.workspace.delivery import Delivery
from bot.workspace.errors import Json
from bot.workspace.journal import Journal
from bot.workspace.pace import Pace
from bot.workspace.setup import Limits, Setup
from bot.workspace.state import State
from bot.workspace.stream import Stream
from bot.workspace.triggers import Triggers


@dataclass
class Upload:
    """A file on its way in, or here: ``content`` is None until its bytes have come."""

    id: str
    name: str
    length: int
    content: bytes | None = None


@dataclass
class Response:
    """What a response url stands for. Five uses, thirty minutes."""

    person: str
    channel: str
    ts: str
    ephemeral: bool
    at: float
    uses: int = 0


@dataclass
class Core:
    """Everything there is. ``views`` are the windows open before each person, the topmost last."""

    setup: Setup
    limits: Limits
    clock: Callable[[], float]
    state: State
    journal: Journal
    pace: Pace
    triggers: Triggers
    delivery: Delivery
    stream: Stream
    views: dict[str, list[Json]] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    responses: dict[str, Response] = field(default_factory=dict)


def assemble(setup: Setup, limits: Limits, clock: Callable[[], float], journal: Journal) -> Core:
    state = State(setup, clock)
    journal.replay(state)
    return Core(
        setup=setup,
        limits=limits,
        clock=clock,
        state=state,
        journal=journal,
        pace=Pace(limits, clock),
        triggers=Triggers(clock, limits.trigger_seconds),
        delivery=Delivery(setup, limits, clock),
        stream=Stream(),
    )
