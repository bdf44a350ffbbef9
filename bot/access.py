"""Who may do what: groups of people, by id or by name."""

from __future__ import annotations

from collections.abc import Mapping

EVERYONE = "*"


class Access:
    """``groups`` maps a group's name to its members: person ids, ``@name`` of another group, or ``*`` for everyone.

    A group that does not exist holds nobody.
    """

    def __init__(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        self._members = {name: _spread(name, groups, frozenset()) for name in groups}

    def may(self, person: str, group: str) -> bool:
        """True when ``person`` (an id) belongs to ``group``; the group ``*`` is everyone. No id belongs nowhere."""
        if not person or person == EVERYONE:
            return False
        if group == EVERYONE:
            return True
        members = self._members.get(group, frozenset())
        return EVERYONE in members or person in members

    def groups_of(self, person: str) -> tuple[str, ...]:
        """The names of the groups that ``person`` belongs to."""
        return tuple(name for name in self._members if self.may(person, name))


def _spread(name: str, groups: Mapping[str, tuple[str, ...]], above: frozenset[str]) -> frozenset[str]:
    """The members of a group with the groups inside it laid open; a ring of groups ends where it began."""
    members: set[str] = set()
    for one in groups.get(name, ()):
        inner = one.removeprefix("@")
        if not one.startswith("@"):
            members.add(one)
        elif inner not in above:
            members |= _spread(inner, groups, above | {name})
    return frozenset(members)
