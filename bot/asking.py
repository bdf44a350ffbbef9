"""Asking the desk for a heal, from a button, a word or the shell: all roads give the same attempt the same id."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from control_plane.requests import next_attempt, request_for
from healing.desk import Asked
from schemas.alerts import Alert
from schemas.heals import HealRequest
from schemas.reports import Remedy

if TYPE_CHECKING:
    from .house import House


def wish(alert: Alert, remedy: Remedy, actor: str, source: str, now: datetime) -> HealRequest:
    """The request for the attempt that a wish of now belongs to."""
    attempt = next_attempt(alert, remedy.healer)
    return request_for(alert, remedy, actor=actor, source=source, attempt=attempt, now=now)


def ask(house: House, alert: Alert, remedy: Remedy, actor: str, source: str, now: datetime) -> Asked:
    """Puts the wish on the desk; who comes second gets the heal that is there."""
    asked = house.desk.ask(wish(alert, remedy, actor, source, now), now)
    house.nudge()
    return asked


def told(house: House, asked: Asked) -> str:
    """What who came second is told: by whom it was started or done, by name where the configuration has one."""
    actor = asked.heal.request.actor
    return asked.words.replace(actor, house.pipeline.people.get(actor, actor))
