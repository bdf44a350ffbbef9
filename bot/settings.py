"""The one door to the environment: what is set there, checked once, secrets wrapped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigError

MODES = ("local", "gcp")
NEEDED = "HTTP mode needs SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"


class Secret:
    """A secret text that no repr, format or log shows. `reveal` is the one way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    __str__ = __repr__


NONE = Secret("")


@dataclass(frozen=True)
class SlackSettings:
    """An outside Slack over HTTP. ``signing_secrets`` has two while one is being rotated (separated by a comma).
    ``api_url`` is another base URL of the Web API, "" for Slack's own."""

    bot_token: Secret
    signing_secrets: tuple[Secret, ...]
    api_url: str = ""


@dataclass(frozen=True)
class Settings:
    """``slack`` is None when none is configured: the demo then brings its own workspace."""

    config: Path
    home: Path
    mode: str
    host: str
    port: int
    slack: SlackSettings | None

    def secrets(self) -> tuple[str, ...]:
        """Every secret text, for the log's redaction."""
        if self.slack is None:
            return ()
        return tuple(one.reveal() for one in (self.slack.bot_token, *self.slack.signing_secrets))


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of ``environment``, by default the process's own. ConfigError with one sentence for a wrong value
    or half a set."""
    env = os.environ if environment is None else environment
    mode = env.get("RESILIENCE_MODE", "") or "local"
    if mode not in MODES:
        raise ConfigError(f"{mode!r} is no mode", key="RESILIENCE_MODE", hint="say local or gcp")
    if mode == "gcp":
        raise ConfigError("mode gcp comes with the Google backends", key="RESILIENCE_MODE", hint="say local")
    return Settings(
        config=Path(env.get("RESILIENCE_CONFIG", "") or "resilience.yaml"),
        home=Path(env.get("RESILIENCE_HOME", "") or ".resilience"),
        mode=mode,
        host=env.get("HOST", "") or "127.0.0.1",
        port=_port(env.get("PORT", "")),
        slack=_slack(env),
    )


def _slack(env: Mapping[str, str]) -> SlackSettings | None:
    names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN")
    token, signing, app = (_secret(env, name) for name in names)
    if not (token or signing or app):
        return None
    if app and not signing:
        if token:
            words = "Socket Mode comes later"
            raise ConfigError(words, key="SLACK_APP_TOKEN", hint="use SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET")
        raise ConfigError("is set, but SLACK_BOT_TOKEN is not", key="SLACK_APP_TOKEN", hint=NEEDED)
    if not token:
        raise ConfigError("is set, but SLACK_BOT_TOKEN is not", key="SLACK_SIGNING_SECRET", hint=NEEDED)
    if not signing:
        raise ConfigError("is set, but SLACK_SIGNING_SECRET is not", key="SLACK_BOT_TOKEN", hint=NEEDED)
    secrets = tuple(Secret(part.strip()) for part in signing.reveal().split(",") if part.strip())
    if not 1 <= len(secrets) <= 2:
        raise ConfigError("takes one secret, or two while rotating", key="SLACK_SIGNING_SECRET", hint="old,new")
    return SlackSettings(token, secrets, _api_url(env.get("SLACK_API_URL", "")))


def _secret(env: Mapping[str, str], name: str) -> Secret:
    """The value of NAME, or the content of the file that NAME_FILE names."""
    text, file = env.get(name, "").strip(), env.get(f"{name}_FILE", "").strip()
    if text and file:
        raise ConfigError(f"{name} and {name}_FILE are both set", key=name, hint="keep one of them")
    if file:
        try:
            text = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"cannot read {file}", key=f"{name}_FILE", hint="name a readable text file") from None
        if not text:
            raise ConfigError(f"{file} is empty", key=f"{name}_FILE", hint="put the secret into it")
    if not text.isascii() or not text.isprintable() or " " in text.replace(", ", ","):
        raise ConfigError("has a character that no such secret has", key=name, hint="copy it anew")
    return Secret(text)


def _api_url(text: str) -> str:
    if not text:
        return ""
    if not text.startswith(("https://", "http://")):
        raise ConfigError(f"{text!r} is no URL", key="SLACK_API_URL", hint="like https://slack.com/api/")
    return text if text.endswith("/") else text + "/"


def _port(text: str) -> int:
    if not text:
        return 8765
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ConfigError(f"{text!r} is no port", key="PORT", hint="a number from 0 to 65535")
    return int(text)
