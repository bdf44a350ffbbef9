"""One file a button. Each gives ``actions(house)`` and, when it opens a modal, ``views(house)``; no entry elsewhere."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from bot.press import Does, Opens, Routes, Submits

if TYPE_CHECKING:
    from bot.house import House


def names() -> tuple[str, ...]:
    """The files of this folder that are buttons."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")))


def routes(house: House, words: Does) -> Routes:
    """The rail's table: all buttons and modals of this folder, and the words."""
    actions: dict[str, Does | Opens] = {}
    views: dict[str, Submits] = {}
    for name in names():
        module = import_module(f"{__name__}.{name}")
        actions.update(module.actions(house))
        views.update(module.views(house) if hasattr(module, "views") else {})
    return Routes(actions, views, words)
