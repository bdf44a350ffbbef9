"""The errors of the house. Adapters translate at the door; nothing else crosses a room's border."""

from __future__ import annotations


class ResilienceError(Exception):
    """One clear sentence for a person: what, where, the nearest right answer."""


class ConfigError(ResilienceError):
    """The configuration is wrong. Exit code 2.

    ``file`` and ``key`` say where (``line`` counts from 1, 0 when unknown), ``hint`` is the nearest right answer.
    """

    def __init__(self, what: str, *, file: str = "", key: str = "", line: int = 0, hint: str = "") -> None:
        self.what, self.file, self.key, self.line, self.hint = what, file, key, line, hint
        place = file + (f":{line}" if file and line else "")
        words = ": ".join(part for part in (place, key, what) if part)
        super().__init__(f"{words} ({hint})" if hint else words)


class UsageError(ResilienceError):
    """A word or an argument is wrong; the message repeats the usage or the nearest right word. Exit code 2."""


class BackendError(ResilienceError):
    """Something outside us answered badly. ``part`` names it: ``warehouse``, ``store``, ``slack``, ``jobs`` …"""

    def __init__(self, what: str, *, part: str = "") -> None:
        self.part = part
        super().__init__(f"{part}: {what}" if part and not what.startswith(part) else what)


class Unavailable(BackendError):
    """No usable answer: whether the request took effect is unknown."""


class Denied(BackendError):
    """The other side understood and refused (permission, limit, precondition of theirs): nothing happened."""


class Missing(BackendError):
    """What was asked for does not exist there."""
