"""A workspace that outlives the bots, and bots as real processes on one data folder.

The workspace runs in the test's own process. What people press goes to whichever bot is up (as a load balancer would
send it), and every acknowledged delivery is remembered. The Web API may be told to answer 429 or to lose its answers.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from bot.config import load_demo, load_pipeline
from bot.local import manifest
from bot.workspace import Limits, Person, Setup, Workspace
from control_plane.backends.clock import SystemClock
from schemas.times import to_text
from tests.stories.demo import ROOT, Demo, free_port, until

TOKEN, SECRET = "xoxb-of-the-town", "signing-secret-of-the-town"
PLENTY = Limits(burst=1000, updates_per_minute=1000)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Town:
    """The workspace and the balancer on one loop in one thread. ``fates`` are those of the next posts and edits: None
    (well), "429", "swallow" (done, and the answer is lost), "lose" (not done, and no answer)."""

    def __init__(self, config: Path = ROOT / "resilience.yaml", limits: Limits = PLENTY) -> None:
        self.loop = asyncio.new_event_loop()
        self.fates: deque[str | None] = deque()
        self.ports: list[int] = []
        self.acknowledged: list[str] = []  # typed words that a bot has acknowledged
        self._here, self._there = _bound(), _bound()
        self.port = int(self._here.getsockname()[1])
        pipeline, demo = load_pipeline(config), load_demo(config)
        setup = Setup(
            team=demo.team,
            channels=tuple(name.removeprefix("#") for name in pipeline.channels),
            people=tuple(Person(one.id, one.name, one.real_name, one.role) for one in demo.people),
            bot_token=TOKEN,
            signing_secret=SECRET,
            events_url=f"http://127.0.0.1:{self._there.getsockname()[1]}/slack/events",
            manifest=manifest(),
            groups=dict(pipeline.groups),
        )
        self.workspace = Workspace(setup, limits=limits)
        self._runners: list[web.AppRunner] = []
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self._do(self._open())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def person(self) -> Demo:
        """The workspace as a person sees and touches it."""
        return Demo(Path(), self.port)

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """All messages of a channel as they stand, thread lines included."""

        async def look() -> list[dict[str, Any]]:
            room = self.workspace.core.state.channel(channel, by_name=True)
            return [dict(one) for one in room.posts.values()]

        found: list[dict[str, Any]] = self._do(look())
        return found

    def close(self) -> None:
        async def down() -> None:
            for runner in self._runners:
                await runner.cleanup()

        self._do(down())
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _open(self) -> None:
        here, there = web.Application(middlewares=[self._fated]), web.Application()
        self.workspace.routes(here)
        there.router.add_post("/slack/events", self._balance)
        for app, sock in ((here, self._here), (there, self._there)):
            runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
            await runner.setup()
            await web.SockSite(runner, sock).start()
            self._runners.append(runner)

    @property
    def _fated(self) -> Any:
        @web.middleware
        async def fated(request: web.Request, handler: Answer) -> web.StreamResponse:
            sends = request.path in ("/api/chat.postMessage", "/api/chat.update")
            fate = self.fates.popleft() if sends and self.fates else None
            if fate == "429":
                return web.json_response(
                    {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
                )
            said = await handler(request) if fate != "lose" else web.Response()
            if fate in ("swallow", "lose") and request.transport is not None:
                request.transport.close()
            return said

        return fated

    async def _balance(self, request: web.Request) -> web.Response:
        """To the first bot that answers; a bot that is dead or stopped is passed over."""
        body = await request.read()
        headers = {
            key: value for key, value in request.headers.items() if key.lower() not in ("host", "content-length")
        }
        for port in list(self.ports):
            try:
                limit = aiohttp.ClientTimeout(total=1.2)
                async with (
                    aiohttp.ClientSession(timeout=limit) as session,
                    session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as got,
                ):
                    text = await got.text()
            except (aiohttp.ClientError, TimeoutError):
                continue
            if got.status == 200 and not text:
                self._note(body)
            return web.Response(status=got.status, text=text, content_type=got.content_type)
        return web.Response(status=503)

    def _note(self, body: bytes) -> None:
        """A word is told to be unconfirmed in the acknowledgement itself, so an empty one is a promise."""
        self.acknowledged += parse_qs(body.decode()).get("text", [])


def _bound() -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


@dataclass
class Bot:
    """One ``resilience serve`` on a data folder that it shares, with the town's tokens."""

    home: Path
    town: Town
    config: Path
    name: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home.parent / f"{self.home.name}-{self.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "RESILIENCE_"))}
        return clean | {
            "RESILIENCE_HOME": str(self.home),
            "RESILIENCE_CONFIG": str(self.config),
            "PORT": str(self.port),
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self.town.url}/api/",
            "PYTHONUNBUFFERED": "1",
        }

    def launch(self) -> Bot:
        """Starts the process without waiting for it."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot", "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        return self

    def start(self) -> Bot:
        self.launch()
        self.await_up()
        return self

    def await_up(self) -> None:
        until(lambda: self._up() or self._died(), f"{self.name} to be up: {self.log.read_text()[-2000:]}", 60)
        assert self.process is not None and self.process.poll() is None, self.log.read_text()[-3000:]
        self.town.ports.append(self.port)

    def _up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.port in self.town.ports:
            self.town.ports.remove(self.port)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=15)

    def shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60)


def quick_config(folder: Path, *, lease: str = "1s", limit: str = "6s", cron: str = "*/3 * * * * *") -> Path:
    """The worked example with short times: leases, time limits, and a tick every few seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("checks", "examples"):
        (folder / name).symlink_to(ROOT / name)
    lines = []
    for line in (ROOT / "resilience.yaml").read_text("utf-8").splitlines():
        if line.startswith("    cron:"):
            line = f'    cron: "{cron}"'
        lines.append(line)
        if line.startswith("    kind:"):
            lines.append(f"    time_limit: {limit}")
    path = folder / "resilience.yaml"
    path.write_text("\n".join([*lines, f"lease: {lease}", ""]), "utf-8")
    return path


def seeded(home: Path) -> Path:
    """A data folder with the reference pipeline and its planted faults, as of now."""
    now = to_text(SystemClock().now())
    command = [sys.executable, "examples/nba/seed.py", "--home", str(home), "--now", now, "--seed", "7"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return home


def copied(template: Path, home: Path) -> Path:
    shutil.copytree(template, home, symlinks=True)
    return home
