"""The workspace as a part of an aiohttp application: the page, the Web API, the page's calls, files, response urls."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from bot.workspace import page_api, web_api
from bot.workspace.core import assemble
from bot.workspace.errors import Refused
from bot.workspace.guard import Serve, guarded
from bot.workspace.journal import Journal
from bot.workspace.setup import Limits, Setup

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


class Workspace:
    """A strict, Slack-like server. ``clock`` gives seconds since the epoch; ``journal`` is the file that remembers.

    Raises ``ValueError`` for a damaged journal and ``OSError`` for one that cannot be read or written.
    """

    def __init__(
        self,
        setup: Setup,
        *,
        clock: Callable[[], float] = time.time,
        journal: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.core = assemble(setup, limits or Limits(), clock, Journal(journal))

    def routes(self, app: web.Application) -> None:
        """Mounts everything on ``app``: ``/``, ``/page/…``, ``/api/{method}``, ``/workspace/…``."""
        for path in ("/api/{method}", "/workspace/response/{key}", "/workspace/upload/{id}"):
            app.router.add_post(path, guarded(self._posts(path)))
        app.router.add_get("/api/{method}", guarded(self._api))
        app.router.add_get("/", guarded(self._page))
        app.router.add_get("/page/{name}", guarded(self._page))
        app.router.add_get("/workspace/files/{id}", guarded(self._file))
        app.router.add_get("/workspace/stream", guarded(self._stream))
        app.router.add_get("/workspace/{what}", guarded(self._look))
        app.router.add_post("/workspace/{act}", guarded(self._act))
        app.on_shutdown.append(self._shut)
        app.on_cleanup.append(self._clean)

    def _posts(self, path: str) -> Serve:
        if path.startswith("/api"):
            return self._api
        return self._respond if "response" in path else self._upload

    async def _api(self, request: web.Request) -> web.StreamResponse:
        return await web_api.call(self.core, request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        return await page_api.response(self.core, request)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        return await page_api.upload(self.core, request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return page_api.download(self.core, request)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        return await page_api.act(self.core, request)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await self.core.stream.serve(request, request.query.get("person", ""))

    async def _look(self, request: web.Request) -> web.StreamResponse:
        """``state``, ``messages`` (person, channel), ``deliveries``, ``failures``."""
        what = request.match_info["what"]
        try:
            if what == "state":
                return web.json_response(page_api.state(self.core, request))
            if what == "messages":
                return web.json_response(page_api.seen(self.core, request))
        except Refused as error:
            return web.json_response(error.body(), status=404)
        if what in ("deliveries", "failures"):
            return web.json_response({what: self.core.delivery.lines(failed=what == "failures")})
        return web.json_response({"ok": False, "error": "not_found"}, status=404)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "page.html")
        kind = KINDS.get(Path(name).suffix)
        found = files("bot.workspace").joinpath(name)
        if kind is None or Path(name).name != name or not found.is_file():
            return web.Response(status=404, text="not found")
        headers = {
            "Content-Security-Policy": CSP,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        }
        return web.Response(text=found.read_text(encoding="utf-8"), content_type=kind, charset="utf-8", headers=headers)

    async def _shut(self, _app: web.Application) -> None:
        self.core.stream.close()

    async def _clean(self, _app: web.Application) -> None:
        await self.core.delivery.close()
