"""What a workspace is made of: its channels, its people, and the app that is installed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class Person:
    """Someone to act as. ``id`` like ``U0ONCALL``, ``name`` the handle, ``role`` a word or two on what they may do."""

    id: str
    name: str
    real_name: str
    role: str


@dataclass(frozen=True)
class Limits:
    """Slack's own times and rates; tests shorten them. Seconds, but for the two rates."""

    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
    burst: int = 8
    """Messages a channel takes at once before it is held to one a second."""
    updates_per_minute: int = 50


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A workspace with one app installed. ``groups`` maps a user group (id or handle) to the ids of its people."""

    team: str
    channels: tuple[str, ...]
    people: tuple[Person, ...]
    bot_token: str
    signing_secret: str
    events_url: str
    manifest: Mapping[str, Any]
    app_token: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def team_id(self) -> str:
        return mint("T", self.team)

    @property
    def app_name(self) -> str:
        return str(self.manifest.get("display_information", {}).get("name", "app"))

    @property
    def app_id(self) -> str:
        return mint("A", self.app_name)

    @property
    def bot_name(self) -> str:
        return str(self._features().get("bot_user", {}).get("display_name", self.app_name.lower()))

    @property
    def bot_user(self) -> str:
        return mint("U", "bot " + self.bot_name)

    @property
    def bot_id(self) -> str:
        return mint("B", self.bot_name)

    @property
    def verification_token(self) -> str:
        return sha256(("verify " + self.signing_secret).encode()).hexdigest()[:24]

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()))

    @property
    def commands(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._features().get("slash_commands", ()))

    @property
    def shortcuts(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._features().get("shortcuts", ()))

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(self.manifest.get("settings", {}).get("event_subscriptions", {}).get("bot_events", ()))

    def person(self, person_id: str) -> Person | None:
        return next((one for one in self.people if one.id == person_id), None)

    def _features(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.manifest.get("features", {})
        return found


def mint(prefix: str, name: str) -> str:
    """A Slack-like id that is the same after every restart."""
    return prefix + "0" + sha256(f"{prefix} {name}".encode()).hexdigest()[:9].upper()
