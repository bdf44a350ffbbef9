"""Small pieces that the Block Kit checker is made of. Each is ``(value, pointer, problems) -> None`` and only adds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[Any, str, list[str]], None]


def problem(problems: list[str], at: str, what: str) -> None:
    """A finding in Slack's form: ``[ERROR] what [json-pointer:/blocks/0/text]``."""
    problems.append(f"[ERROR] {what} [json-pointer:{at}]")


def string(most: int, least: int = 1, *, pattern: str = "", like: str = "") -> Check:
    def check(value: Any, at: str, problems: list[str]) -> None:
        if not isinstance(value, str):
            problem(problems, at, "must be a string")
        elif len(value) > most:
            problem(problems, at, f"must be less than {most + 1} characters")
        elif len(value) < least:
            problem(problems, at, f"must be more than {least - 1} characters")
        elif pattern and not re.fullmatch(pattern, value):
            problem(problems, at, f"must be {like}")

    return check


def integer(least: int, most: int) -> Check:
    def check(value: Any, at: str, problems: list[str]) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problem(problems, at, "must be an integer")
        elif not least <= value <= most:
            problem(problems, at, f"must be between {least} and {most}")

    return check


def boolean(value: Any, at: str, problems: list[str]) -> None:
    if not isinstance(value, bool):
        problem(problems, at, "must be a boolean")


def one_of(*allowed: str) -> Check:
    def check(value: Any, at: str, problems: list[str]) -> None:
        if value not in allowed:
            problem(problems, at, f"must be a valid enum value: {', '.join(allowed)}")

    return check


def listing(each: Check, least: int, most: int) -> Check:
    def check(value: Any, at: str, problems: list[str]) -> None:
        if not isinstance(value, list):
            problem(problems, at, "must be an array")
            return
        if len(value) > most:
            problem(problems, at, f"no more than {most} items allowed")
        if len(value) < least:
            problem(problems, at, f"no fewer than {least} items allowed")
        for i, item in enumerate(value[:most]):
            each(item, f"{at}/{i}", problems)

    return check


def shape(keys: Mapping[str, Check], required: Sequence[str] = (), *, then: Check | None = None) -> Check:
    """An object with these keys and no others; ``then`` looks at the whole when the keys are right."""

    def check(value: Any, at: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            problem(problems, at, "must be an object")
            return
        before = len(problems)
        for key in required:
            if key not in value:
                problem(problems, at, f"missing required field: {key}")
        for key, inner in value.items():
            if key in keys:
                keys[key](inner, f"{at}/{key}", problems)
            else:
                problem(problems, at, f"invalid additional property: {key}")
        if then is not None and len(problems) == before:
            then(value, at, problems)

    return check


def kinds(known: Mapping[str, Check], *, what: str = "type") -> Check:
    """An object told apart by its ``type``."""

    def check(value: Any, at: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            problem(problems, at, "must be an object")
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            problem(problems, at, "missing required field: type")
        elif kind not in known:
            problem(problems, f"{at}/type", f"unsupported {what}: {kind}")
        else:
            known[kind](value, at, problems)

    return check


def anything(value: Any, at: str, problems: list[str]) -> None:
    """For keys whose value is looked at elsewhere."""


def plain(most: int) -> Check:
    """A ``plain_text`` object: ``emoji`` is its only option."""
    return shape({"type": one_of("plain_text"), "text": string(most), "emoji": boolean}, ("type", "text"))


def text(most: int) -> Check:
    """A ``plain_text`` or ``mrkdwn`` object: ``verbatim`` belongs to mrkdwn only, ``emoji`` to plain_text only."""
    mrkdwn = shape({"type": anything, "text": string(most), "verbatim": boolean}, ("type", "text"))
    return kinds({"plain_text": plain(most), "mrkdwn": mrkdwn}, what="text type")
