"""Logs: one JSON line an event on stderr (plain words on a terminal), secrets taken out by key and by value."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog

HIDDEN = "***"
SECRET_KEYS = re.compile(r"(token|secret|password|response_url|trigger|authorization|signature)", re.IGNORECASE)
SECRET_SHAPES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+"
    r"|https?://[^\s\"'/]+/(?:commands|actions|app|services|response)s?/[^\s\"']+"
)


class Redaction:
    """A structlog processor. ``secrets`` are hidden wherever they stand; so is what looks like a token or a
    response_url, and every value under a telling key."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(sorted((one for one in secrets if len(one) >= 4), key=len, reverse=True))

    def __call__(self, _logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            event[key] = self._clean(key, value)
        return event

    def _clean(self, key: str, value: Any) -> Any:
        if SECRET_KEYS.search(key) and value:
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {str(name): self._clean(str(name), one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._clean("", one) for one in value]
        return value if value is None or isinstance(value, (bool, int, float)) else self.text(repr(value))

    def text(self, words: str) -> str:
        for secret in self._secrets:
            words = words.replace(secret, HIDDEN)
        return SECRET_SHAPES.sub(HIDDEN, words)


def start_logs(secrets: Iterable[str] = (), *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sets up structlog, and the standard library's warnings along with it. Tracebacks go to the log only, redacted."""
    out = stream or sys.stderr
    redact = Redaction(secrets)
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    drawn: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if out.isatty():
        drawn = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, drawn],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    lines = logging.StreamHandler(out)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_unmeta, redact, drawn])
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(max(level, logging.WARNING))


def _unmeta(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
