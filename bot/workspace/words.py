"""What a person types, as Slack hands it on: escaped, names turned into ids."""

from __future__ import annotations

import re

from bot.workspace.core import Core


def escaped(said: str) -> str:
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def resolved(core: Core, said: str, *, labels: bool = False) -> str:
    """``@name`` and ``#channel`` as ``<@U…>`` and ``<#C…|channel>``; ``labels`` adds a person's name (commands)."""
    people = {one.name: one.id for one in core.setup.people} | {core.setup.bot_name: core.setup.bot_user}
    rooms = {one.name: one.id for one in core.state.channels.values() if not one.owner}

    def at(found: re.Match[str]) -> str:
        name = found[1]
        if name not in people:
            return found[0]
        return f"<@{people[name]}|{name}>" if labels else f"<@{people[name]}>"

    def hash_(found: re.Match[str]) -> str:
        return f"<#{rooms[found[1]]}|{found[1]}>" if found[1] in rooms else found[0]

    said = re.sub(r"(?<![\w&<])@([\w.-]*\w)", at, said)
    return re.sub(r"(?<![\w&<])#([\w-]+)", hash_, said)
