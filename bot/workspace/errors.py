"""The one way a call is refused: Slack's own error code and what goes with it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """A call that Slack would answer with ``{"ok": false, "error": code, ...}``; ``status`` is the HTTP status."""

    def __init__(self, code: str, *, status: int = 200, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.headers = headers or {}
        self.extra: Json = extra

    def body(self) -> Json:
        return {"ok": False, "error": self.code, **self.extra}


def refused_for(code: str, problems: list[str]) -> Refused:
    """``code`` with the checker's findings where Slack puts them, ``response_metadata.messages``."""
    return Refused(code, response_metadata={"messages": problems}, errors=problems)
