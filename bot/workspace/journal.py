"""Channels and messages on disk: one append-only file of JSON lines, written by one thread, before the API answers."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from pathlib import Path

from bot.workspace.errors import Json
from bot.workspace.state import Channel, State


class Journal:
    """A change is handed to the writing thread at once; ``settled`` waits until all of them are in the file.

    A line that was cut off by a kill is dropped at the next start; a broken line before the last is a ``ValueError``.
    ``replay`` rewrites the file, so that edits do not pile up for ever. Errors of the disk come out of ``settled`` as
    ``OSError``.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines: queue.SimpleQueue[tuple[str, asyncio.Future[None] | None]] = queue.SimpleQueue()
        self._started = False

    def post(self, channel: Channel, message: Json) -> None:
        self._note({"op": "post", "channel": channel.id, "message": message})

    def gone(self, channel: Channel, ts: str) -> None:
        self._note({"op": "gone", "channel": channel.id, "ts": ts})

    def channel(self, channel: Channel) -> None:
        self._note(_channel_line(channel))

    async def settled(self) -> None:
        if self._path is None:
            return
        self._start()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.put(("", done))
        await done

    def replay(self, state: State) -> None:
        """Fills the state from the file, then rewrites the file to what is left of it."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            lines = self._path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    if number == len(lines):
                        break
                    raise ValueError(f"{self._path}, line {number}: damaged, not JSON") from None
                try:
                    _apply(state, entry)
                except (KeyError, TypeError, AttributeError):
                    raise ValueError(f"{self._path}, line {number}: damaged, not the workspace's") from None
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            for channel in state.channels.values():
                out.write(json.dumps(_channel_line(channel)) + "\n")
                for message in channel.posts.values():
                    out.write(json.dumps({"op": "post", "channel": channel.id, "message": message}) + "\n")
        fresh.replace(self._path)

    def _note(self, entry: Json) -> None:
        if self._path is not None:
            self._start()
            self._lines.put((json.dumps(entry) + "\n", None))

    def _start(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._write, name="workspace-journal", daemon=True).start()

    def _write(self) -> None:
        assert self._path is not None
        trouble: OSError | None = None
        while True:
            line, waiting = self._lines.get()
            try:
                if line:
                    with self._path.open("a", encoding="utf-8") as out:
                        out.write(line)
            except OSError as error:
                trouble = error
            if waiting is not None:
                _resolve(waiting, trouble)
                trouble = None


def _resolve(waiting: asyncio.Future[None], trouble: OSError | None) -> None:
    def set_it() -> None:
        if waiting.done():
            return
        if trouble is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(trouble)

    loop = waiting.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(set_it)


def _channel_line(channel: Channel) -> Json:
    return {
        "op": "channel",
        "channel": channel.id,
        "name": channel.name,
        "created": channel.created,
        "members": sorted(channel.members),
        "archived": channel.archived,
        "owner": channel.owner,
    }


def _apply(state: State, entry: Json) -> None:
    if entry["op"] == "channel":
        known = state.channels.get(entry["channel"])
        made = known or Channel(entry["channel"], entry["name"], entry["created"], owner=entry["owner"])
        made.created, made.archived = entry["created"], entry["archived"]
        made.members = made.members | set(entry["members"]) if known else set(entry["members"])
        state.channels[made.id] = made
        return
    channel = state.channels[entry["channel"]]
    if entry["op"] == "post":
        channel.posts[entry["message"]["ts"]] = entry["message"]
        state.seen_ts(entry["message"]["ts"])
    else:
        channel.posts.pop(entry["ts"], None)
        state.seen_ts(entry["ts"])
