"""The running bot: the door, the lanes, and in the embedded default the local workspace, on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from control_plane.delivery import Delivery, Draw, Pace
from schemas.alerts import Alert
from schemas.cards import Card, Say
from schemas.errors import ConfigError, UsageError
from schemas.ports import Message

from . import buttons, commands
from .cards.alert import draw_alert
from .cards.lines import draw_line
from .commands import _draw as drawn
from .house import House
from .lanes import Lane
from .press import Does, Press, Refused, Reply
from .presses import PressDesk
from .slack.http import Account, Door, Parts
from .slack.messenger import SlackMessenger
from .slack.openings import Openings
from .slack.voice import Voice
from .turn import Turn
from .words import split

GRACE = timedelta(seconds=8)  # of the ten that SIGTERM leaves
LAST = timedelta(seconds=9.5)
BACKLOG = 1024  # connections that may stand at the door
Mount = Callable[[web.Application], None]


@dataclass(frozen=True)
class Place:
    """Where the port opens."""

    host: str
    port: int


class Service:
    """The house with its lanes and its door. ``started`` is called once the port is open."""

    def __init__(self, house: House, account: Account, place: Place, mounts: tuple[Mount, ...] = ()) -> None:
        self.house, self._place, self._mounts = house, place, mounts
        messenger, openings = SlackMessenger(account.token, account.api_url), Openings()
        routes = buttons.routes(house, Does(self._say))
        lease = house.pipeline.lease
        voice = Voice(messenger, openings)
        presses = PressDesk(house.back.store, house.audit, routes, voice, house.identity, 2 * lease)
        self.delivery = Delivery(house.back.store, messenger, self._drawing(), house.identity, Pace(), lease)
        self.turn = Turn(house, presses, self.delivery)
        self.lanes = self._lanes()
        parts = Parts(routes, house.back.store, house.back.clock, openings, house.nudge, self._health)
        self._door = Door(account, parts)

    def run(self, started: Callable[[], None]) -> None:
        """Serves until SIGTERM or SIGINT; then finishes or hands back what runs, within ten seconds."""
        asyncio.run(self._serve(started))

    async def _serve(self, started: Callable[[], None]) -> None:
        app = web.Application()
        self._door.mount(app)
        for mount in self._mounts:
            mount(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, self._place.host, self._place.port, backlog=BACKLOG)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            why = os.strerror(error.errno or 0).lower()
            words = f"port {self._place.port} on {self._place.host} cannot be opened: {why}"
            raise ConfigError(words, key="PORT", hint="choose another with PORT=…") from None
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, over.set)
        self.house.schedule.register(self.house.back.clock.now())
        for lane in self.lanes:
            lane.start()
        threading.Thread(target=started, name="started", daemon=True).start()
        await over.wait()
        _end_in_time()
        await loop.run_in_executor(None, self._stop)
        await runner.cleanup()

    def _stop(self) -> None:
        """All lanes together have the grace; what hangs is abandoned and its lease lapses."""
        stoppers = [threading.Thread(target=lane.stop, args=(GRACE / 2,), daemon=True) for lane in self.lanes]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join(GRACE.total_seconds() / 2 + 0.5)
        self.delivery.release()

    def _lanes(self) -> list[Lane]:
        turn, lanes = self.turn, []
        for name, step, idle in (
            ("ticks", turn.ticks, 1.0),
            ("presses", turn.presses, 0.5),
            ("passing", turn.passing, 1.0),
            ("heals", turn.heals, 0.5),
            ("cards", turn.cards, 0.25),
            ("books", turn.books, 2.0),
        ):
            wake = threading.Event()
            self.house.wakes.append(wake)
            lanes.append(Lane(name, step, wake, timedelta(seconds=idle)))
        return lanes

    def _drawing(self) -> Draw:
        house, zone = self.house, self.house.pipeline.zone

        def card(alert: Alert, state: Card) -> Message:
            switch = house.back.store.get("switches", "healing")
            paused = bool(switch and switch.value.get("paused"))
            now = house.back.clock.now()
            return draw_alert(alert, zone=zone, now=now, healing_paused=paused, repeated=state.repeated)

        def line(say: Say) -> Message:
            return draw_line(say, zone)

        return Draw(card, line)

    def _say(self, press: Press, now: datetime) -> Reply:
        """A typed word; what is misspelt is answered with the nearest word and its usage."""
        try:
            parts = split(press.text)
            answer, words = commands.say(self.house, parts, person=press.person, source="word", now=now)
        except Refused:
            raise
        except UsageError as error:
            more = "" if "usage: " in str(error) else ". Try /resilience help."
            return Reply(f"{error}{more}", outcome="usage")
        message = drawn.message(answer)
        return Reply(
            message.text,
            message.blocks,
            share=words.share,
            outcome=answer.outcome,
            alert_id=answer.alert_id,
            heal_id=answer.heal_id,
        )

    def _health(self) -> dict[str, object]:
        busy = {lane.name: round(lane.busy().total_seconds(), 1) for lane in self.lanes if lane.alive()}
        return {"instance": self.house.identity, "lanes_busy_s": busy}


def _end_in_time() -> None:
    """Whatever hangs, in a lane, at the door or while closing: the process ends. What was noted is in the store."""

    def cut() -> None:
        structlog.get_logger().error("service.cut", seconds=LAST.total_seconds())
        os._exit(1)

    last = threading.Timer(LAST.total_seconds(), cut)
    last.daemon = True
    last.start()
