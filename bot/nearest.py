"""The nearest right word, where the bot looks for it."""

from __future__ import annotations

from schemas.nearest import nearest, suggest

__all__ = ["nearest", "suggest"]
