"""Who may do what."""

from __future__ import annotations

import pytest

from bot.access import Access

ACCESS = Access(
    {
        "everyone": ("*",),
        "oncall": ("U1", "U2"),
        "leads": ("U9", "@oncall"),
        "ring": ("@gnir", "U5"),
        "gnir": ("@ring", "U6"),
        "nobody": (),
        "odd": ("@missing", ""),
    }
)


@pytest.mark.parametrize(
    ("person", "group", "may"),
    [
        ("U1", "oncall", True),
        ("U3", "oncall", False),
        ("U3", "everyone", True),
        ("U3", "*", True),
        ("U2", "leads", True),
        ("U9", "oncall", False),
        ("U6", "ring", True),
        ("U5", "gnir", True),
        ("U1", "nobody", False),
        ("U1", "no-such-group", False),
        ("", "everyone", False),
        ("", "*", False),
        ("", "odd", False),
        ("*", "everyone", False),
        ("u1", "oncall", False),
        ("@oncall", "leads", False),
    ],
)
def test_may(person: str, group: str, may: bool) -> None:
    assert ACCESS.may(person, group) is may


def test_groups_of() -> None:
    assert ACCESS.groups_of("U1") == ("everyone", "oncall", "leads")
