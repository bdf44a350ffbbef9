"""All that a decision may know, and the three things that can call for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.alerts import Alert, Mark
from schemas.pipeline import CheckSpec, HealerSpec
from schemas.reports import SubjectResult


@dataclass(frozen=True)
class Scene:
    """``alert`` is the one of this (check, subject), or None. ``mode`` is the calendar's; ``muted`` and ``paused``
    are the two kill switches (messages; heals)."""

    spec: CheckSpec
    alert: Alert | None
    mode: str = ""
    muted: bool = False
    paused: bool = False
    healers: Mapping[str, HealerSpec] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """First inlet: a report's result for one subject."""

    result: SubjectResult
    run_id: str
    at: datetime
    cause: str = "tick"


@dataclass(frozen=True)
class Due:
    """Third inlet: time has passed (the alert's ``next_at``)."""


What = Seen | Mark | Due
