"""Who may call: this machine alone. Other names for it (DNS rebinding) and other pages' posts are refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def loopback(host: str) -> bool:
    """Whether a Host header names this machine: localhost, 127.0.0.0/8 or [::1], with any port."""
    try:
        name = urlsplit("//" + host).hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def guarded(inner: Serve) -> Serve:
    async def serve(request: web.Request) -> web.StreamResponse:
        if not loopback(request.host):
            return web.json_response({"ok": False, "error": "not_loopback"}, status=403)
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            return web.json_response({"ok": False, "error": "other_origin"}, status=403)
        elsewhere = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
        if elsewhere and request.headers.get("Sec-Fetch-Mode") != "navigate":
            return web.json_response({"ok": False, "error": "other_origin"}, status=403)
        return await inner(request)

    return serve
