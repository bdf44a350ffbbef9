"""What a person did in Slack, what we answer, and the table that says who answers what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.errors import ResilienceError

View = Mapping[str, Any]


@dataclass(frozen=True)
class Press:
    """What a person did, as noted durably (collection ``presses``, key ``id``).

    ``id`` comes from the trigger or event id: a replay anywhere is the same press. ``kind`` is action or view or word.
    ``name`` is the action_id's part before ``:``, the view's callback_id, or the command without its slash.
    ``value`` is the button's value or the selected one; ``values`` maps action_id → typed or selected value of the
    message's or modal's inputs (several are joined by commas). ``text`` is what stands behind a command. ``meta`` is
    a modal's private_metadata; when it is a JSON object, its ``channel`` and ``ts`` fill those fields. ``trigger`` and
    ``response_url`` are secrets, and are forgotten once the press is done.
    """

    id: str
    kind: str
    name: str
    person: str
    person_name: str
    channel: str
    at: datetime
    value: str = ""
    ts: str = ""
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    meta: str = ""
    trigger: str = field(default="", repr=False)
    response_url: str = field(default="", repr=False)
    view_id: str = ""


@dataclass(frozen=True)
class Reply:
    """What a plug-in answers; the rail sends it and never raises into Bolt.

    ``share`` shows it to the channel instead of the presser alone. ``outcome`` is done, refused, stale, failed or
    usage, for the trail. ``view`` fills the opened modal (or opens one, while the trigger lives). Without text,
    blocks and view nothing is said. ``channel`` is where a modal's answer is whispered, as a modal stands in none.
    """

    text: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()
    view: View | None = None
    share: bool = False
    outcome: str = "done"
    alert_id: str = ""
    heal_id: str = ""
    channel: str = ""


class Refused(ResilienceError):
    """This person may not do that: told privately, and kept in the trail as refused."""


Run = Callable[[Press, datetime], Reply]


@dataclass(frozen=True)
class Does:
    """Noted, acknowledged, then run by a lane. ``run`` may be called again after a crash: same press, same effect."""

    run: Run


@dataclass(frozen=True)
class Opens:
    """``view`` draws a light modal at once, from the press alone (pure); ``fill`` answers with the whole one."""

    view: Callable[[Press], View]
    fill: Run


@dataclass(frozen=True)
class Submits:
    """``check`` is pure, inside the acknowledgement: block_id → error. Without errors, then as `Does`."""

    check: Callable[[Press], Mapping[str, str]]
    run: Run


Route = Does | Opens | Submits


@dataclass(frozen=True)
class Routes:
    """The table of the rail: action names, views' callback_ids, and the one command's words."""

    actions: Mapping[str, Does | Opens]
    views: Mapping[str, Submits]
    words: Does

    def find(self, press: Press) -> Route | None:
        """Who answers; None for a button or a modal that this version does not know."""
        if press.kind == "action":
            return self.actions.get(press.name)
        if press.kind == "view":
            return self.views.get(press.name)
        return self.words if press.kind == "word" else None
