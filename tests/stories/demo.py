"""The demo as a newcomer has it: a process of its own, seen and touched only through its port and its commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import requests

ROOT = Path(__file__).parents[2]
ONCALL, COLLEAGUE, OUTSIDER = "U0ONCALL", "U0COLLEAG", "U0OUTSIDE"
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """The first thing that ``look`` finds; fails with what was waited for."""
    tick, left = threading.Event(), seconds
    while left > 0:
        found = look()
        if found:
            return found
        tick.wait(0.1)
        left -= 0.1
    raise AssertionError(f"waited {seconds:g} s in vain for {what}")


@dataclass
class Demo:
    """``home`` is its data folder. ``start`` may be called again after `kill`."""

    home: Path
    port: int = field(default_factory=free_port)
    config: Path = ROOT / "resilience.yaml"
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        names = {"RESILIENCE_HOME": str(self.home), "RESILIENCE_CONFIG": str(self.config), "PORT": str(self.port)}
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "RESILIENCE_"))}
        return clean | names | {"PYTHONUNBUFFERED": "1"}

    def start(self, *, word: str = "demo") -> Demo:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", word],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=(self.home.parent / f"{self.home.name}.log").open("a"),
            text=True,
        )
        running = threading.Event()
        threading.Thread(target=self._listen, args=(self.process, running), daemon=True).start()
        assert running.wait(60), "".join(self.said) + (self.home.parent / f"{self.home.name}.log").read_text()[-3000:]
        return self

    def _listen(self, process: subprocess.Popen[str], running: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line)
            if "resilience is running" in line:
                running.set()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=12)

    # --- what a person sees -----------------------------------------------------------------------------------

    def messages(self, channel: str, person: str = ONCALL) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.url}/workspace/messages", params={"channel": channel, "person": person}, timeout=5
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def cards(self, channel: str, *words: str) -> list[dict[str, Any]]:
        """Top-level messages of the bot in which all the words stand."""
        found = [one for one in self.messages(channel) if not one.get("thread_ts") or one["thread_ts"] == one["ts"]]
        return [one for one in found if all(word in json.dumps(one, ensure_ascii=False) for word in words)]

    def card(self, channel: str, *words: str, seconds: float = 60) -> dict[str, Any]:
        return until(lambda: next(iter(self.cards(channel, *words)), None), f"a card with {words}", seconds)

    def thread(self, channel: str, ts: str) -> list[str]:
        return [one["text"] for one in self.messages(channel) if one.get("thread_ts") == ts and one["ts"] != ts]

    def state(self, person: str = ONCALL) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.url}/workspace/state", params={"person": person}, timeout=5).json()
        return found

    def channel_id(self, name: str) -> str:
        return next(str(one["id"]) for one in self.state()["channels"] if one["name"] == name)

    def whispers(self, channel: str, person: str, *words: str) -> list[str]:
        found = [
            one["text"] for one in self.messages(channel, person) if one.get("ephemeral") or one.get("is_ephemeral")
        ]
        return [text for text in found if all(word in text for word in words)]

    def whisper(self, channel: str, person: str, *words: str) -> str:
        return until(lambda: next(iter(self.whispers(channel, person, *words)), None), f"a whisper with {words}", 20)

    # --- what a person does -----------------------------------------------------------------------------------

    def act(self, what: str, **args: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/workspace/{what}", json=args, timeout=10)
        found: dict[str, Any] = answer.json()
        return found

    def press(self, channel: str, card: dict[str, Any], action: str, person: str = ONCALL) -> dict[str, Any]:
        return self.act("press", person=person, channel=self.channel_id(channel), ts=card["ts"], action_id=action)

    def view(self, person: str, *words: str) -> dict[str, Any]:
        """The open modal in which all the words stand."""

        def look() -> dict[str, Any] | None:
            views: list[dict[str, Any]] = self.state(person)["views"]
            return next((one for one in views if all(word in json.dumps(one) for word in words)), None)

        return until(look, f"a modal with {words}", 15)

    def submit(self, view: dict[str, Any], person: str = ONCALL, **values: Any) -> dict[str, Any]:
        given = {name: {name: value} for name, value in values.items()}
        return self.act("submit", person=person, view_id=view["id"], values=given)

    def say(self, text: str, person: str = ONCALL, channel: str = "nba-alerts") -> dict[str, Any]:
        return self.act("command", person=person, channel=self.channel_id(channel), text=text)

    # --- the same from the shell ------------------------------------------------------------------------------

    def shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60)

    def document(self, *words: str) -> dict[str, Any]:
        done = self.shell(*words, "--json")
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["schema_version"] == 1 and "error" not in found, found
        return found


def buttons(card: dict[str, Any]) -> dict[str, str]:
    """Action ids of a card with the words on them."""
    blocks = [
        *card.get("blocks", []),
        *(block for one in card.get("attachments", []) for block in one.get("blocks", [])),
    ]
    found = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    return {element["action_id"]: element["text"]["text"] for element in found if element["type"] == "button"}


def now() -> datetime:
    return datetime.now(UTC)
