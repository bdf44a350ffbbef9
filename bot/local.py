"""The embedded default's Slack: a workspace of our own on the bot's port, its tokens in ``demo.env`` (mode 0600)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from schemas.errors import ConfigError
from schemas.pipeline import DemoSpec, Pipeline

from .config import load_demo, load_pipeline
from .settings import Settings
from .workspace import Person, Setup, Workspace

ENV = "demo.env"
MANIFEST = "app_manifest.yaml"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Local:
    """A workspace that stands ready to be mounted, and the account that the bot has in it."""

    workspace: Workspace
    bot_token: str
    signing_secret: str
    api_url: str

    @staticmethod
    def open(settings: Settings) -> Local:
        """Reads or makes the tokens. ConfigError when the port would not stay on this machine."""
        if settings.host not in LOOPBACK:
            words = f"the local workspace is for this machine alone, and {settings.host} is not"
            raise ConfigError(words, key="HOST", hint="say 127.0.0.1, or give the tokens of a real Slack")
        token, signing = _tokens(settings.home)
        pipeline, demo = load_pipeline(settings.config), load_demo(settings.config)
        base = f"http://{settings.host}:{settings.port}"
        setup = _setup(pipeline, demo, token, signing, f"{base}/slack/events")
        journal = settings.home / "workspace.jsonl"
        try:
            workspace = Workspace(setup, journal=journal)
        except (ValueError, OSError) as error:
            raise ConfigError(str(error), file=str(journal), hint="RESET=1 starts anew") from None
        return Local(workspace, token, signing, f"{base}/api/")

    def mount(self, app: web.Application) -> None:
        self.workspace.routes(app)


def _setup(pipeline: Pipeline, demo: DemoSpec, token: str, signing: str, events_url: str) -> Setup:
    return Setup(
        team=demo.team,
        channels=tuple(name.removeprefix("#") for name in pipeline.channels),
        people=tuple(Person(one.id, one.name, one.real_name, one.role) for one in demo.people),
        bot_token=token,
        signing_secret=signing,
        events_url=events_url,
        manifest=manifest(),
        groups=dict(pipeline.groups),
    )


def manifest() -> dict[str, Any]:
    """The app's own manifest, as it stands beside the packages."""
    path = Path(str(resources.files("bot"))).parent / MANIFEST
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def _tokens(home: Path) -> tuple[str, str]:
    """The workspace's secrets, made once; the file is readable by its owner alone."""
    path = home / ENV
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            path.touch(mode=0o600)
            token, signing = f"xoxb-local-{secrets.token_hex(16)}", secrets.token_hex(16)
            path.write_text(f"SLACK_BOT_TOKEN={token}\nSLACK_SIGNING_SECRET={signing}\n", "utf-8")
        lines = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines() if "=" in line)
        return lines["SLACK_BOT_TOKEN"], lines["SLACK_SIGNING_SECRET"]
    except OSError as error:
        where = str(error.filename or path)
        raise ConfigError(str(error.strerror), file=where, hint="RESILIENCE_HOME names the folder") from None
    except KeyError as error:
        raise ConfigError(f"lacks {error.args[0]}", file=str(path), hint="remove the file; it is made anew") from None
