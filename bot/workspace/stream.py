"""Live updates to the open pages, as server-sent events. A page that comes back asks for the whole state anew."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from bot.workspace.errors import Json


class Stream:
    """Every open page has a queue; ``tell`` puts a change into those whose person may see it."""

    def __init__(self) -> None:
        self._pages: dict[asyncio.Queue[str | None], str] = {}

    def tell(self, kind: str, body: Json, *, only: str = "") -> None:
        line = f"event: {kind}\ndata: {json.dumps(body)}\n\n"
        for page, person_id in list(self._pages.items()):
            if only in ("", person_id):
                page.put_nowait(line)

    def close(self) -> None:
        for page in self._pages:
            page.put_nowait(None)

    async def serve(self, request: web.Request, person_id: str) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await answer.prepare(request)
        page: asyncio.Queue[str | None] = asyncio.Queue()
        self._pages[page] = person_id
        try:
            await answer.write(b"retry: 500\nevent: hello\ndata: {}\n\n")
            while True:
                try:
                    line = await asyncio.wait_for(page.get(), 20)
                except TimeoutError:
                    line = ": still here\n\n"
                if line is None:
                    break
                await answer.write(line.encode())
        except ConnectionError:
            pass
        finally:
            del self._pages[page]
        return answer
