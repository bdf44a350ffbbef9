"""Block elements and composition objects, with the limits of Slack's own reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.workspace.shapes import (
    Check,
    anything,
    boolean,
    integer,
    listing,
    one_of,
    plain,
    problem,
    shape,
    string,
    text,
)

ACTION_ID = string(255)
URL = string(3000)
DATE = string(10, pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", like="a date in the format YYYY-MM-DD")
TIME = string(5, pattern=r"([01]\d|2[0-3]):[0-5]\d", like="a time in the format HH:mm")
NUMBER = string(255, pattern=r"-?\d+(\.\d+)?", like="a number in a string")

CONFIRM = shape(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": one_of("primary", "danger"),
    },
    ("title", "text", "confirm", "deny"),
)


def option(*, rich: bool = False, link: bool = False) -> Check:
    """One choice. Radio buttons and checkboxes may use mrkdwn; only an overflow menu's option may have a url."""
    words = text(75) if rich else plain(75)
    keys: dict[str, Check] = {"text": words, "value": string(150), "description": words}
    if link:
        keys["url"] = URL
    return shape(keys, ("text", "value"))


GROUP = shape({"label": plain(75), "options": listing(option(), 1, 100)}, ("label", "options"))


def _offered(value: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    groups = value.get("option_groups", ())
    options = list(value.get("options", ())) + [one for group in groups for one in group["options"]]
    return [_same(one) for one in options]


def _same(one: Mapping[str, Any]) -> tuple[Any, Any]:
    return one["value"], one["text"]["text"]


def _initials(value: Mapping[str, Any], at: str, problems: list[str]) -> None:
    """What is chosen at first must be one of what can be chosen."""
    offered = _offered(value)
    first = [value["initial_option"]] if "initial_option" in value else list(value.get("initial_options", ()))
    if any(_same(one) not in offered for one in first):
        key = "initial_option" if "initial_option" in value else "initial_options"
        problem(problems, f"{at}/{key}", "must be one of the provided options")


def _one_source(value: Any, at: str, problems: list[str]) -> None:
    if ("options" in value) == ("option_groups" in value):
        problem(problems, at, "must provide either `options` or `option_groups`, not both")
    else:
        _initials(value, at, problems)


def _element(keys: Mapping[str, Check], required: tuple[str, ...] = (), *, then: Check | None = None) -> Check:
    shared: dict[str, Check] = {"type": anything, "action_id": ACTION_ID}
    return shape({**shared, **keys}, ("type", *required), then=then)


_PLACE: dict[str, Check] = {"placeholder": plain(150), "focus_on_load": boolean}
_ASK: dict[str, Check] = {**_PLACE, "confirm": CONFIRM}
_OPTIONS: dict[str, Check] = {"options": listing(option(), 1, 100), "option_groups": listing(GROUP, 1, 100)}


def _lengths(value: Any, at: str, problems: list[str]) -> None:
    if value.get("min_length", 0) > value.get("max_length", 3000):
        problem(problems, at, "min_length must not be more than max_length")


def _range(value: Any, at: str, problems: list[str]) -> None:
    if "min_value" in value and "max_value" in value and float(value["min_value"]) > float(value["max_value"]):
        problem(problems, at, "min_value must not be more than max_value")
    if value["is_decimal_allowed"] is False and any(
        "." in value.get(key, "") for key in ("initial_value", "min_value", "max_value")
    ):
        problem(problems, at, "must be integers when is_decimal_allowed is false")


BUTTON = _element(
    {
        "text": plain(75),
        "url": URL,
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
    ("text",),
)
STATIC_SELECT = _element({**_ASK, **_OPTIONS, "initial_option": option()}, then=_one_source)
MULTI_STATIC_SELECT = _element(
    {**_ASK, **_OPTIONS, "initial_options": listing(option(), 1, 100), "max_selected_items": integer(1, 100)},
    then=_one_source,
)
OVERFLOW = _element({"options": listing(option(link=True), 1, 5), "confirm": CONFIRM}, ("options",))
_RICH = option(rich=True)
RADIO = _element(
    {
        "options": listing(_RICH, 1, 10),
        "initial_option": _RICH,
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
    ("options",),
    then=_initials,
)
CHECKBOXES = _element(
    {
        "options": listing(_RICH, 1, 10),
        "initial_options": listing(_RICH, 1, 10),
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
    ("options",),
    then=_initials,
)
USERS_SELECT = _element({**_ASK, "initial_user": string(255)})
CHANNELS_SELECT = _element({**_ASK, "initial_channel": string(255)})
DATEPICKER = _element({**_ASK, "initial_date": DATE})
TIMEPICKER = _element({**_ASK, "initial_time": TIME, "timezone": string(255)})
DATETIMEPICKER = _element(
    {
        "initial_date_time": integer(1_000_000_000, 9_999_999_999),
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    }
)
_DISPATCH = shape(
    {"trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}, ("trigger_actions_on",)
)
TEXT_INPUT = _element(
    {
        **_PLACE,
        "initial_value": string(3000, 0),
        "multiline": boolean,
        "min_length": integer(0, 3000),
        "max_length": integer(1, 3000),
        "dispatch_action_config": _DISPATCH,
    },
    then=_lengths,
)
NUMBER_INPUT = _element(
    {
        **_PLACE,
        "is_decimal_allowed": boolean,
        "initial_value": NUMBER,
        "min_value": NUMBER,
        "max_value": NUMBER,
        "dispatch_action_config": _DISPATCH,
    },
    ("is_decimal_allowed",),
    then=_range,
)
_FILE = shape({"id": string(255), "url": URL})


def pictured(value: Any, at: str, problems: list[str]) -> None:
    """An image names its source once."""
    if ("image_url" in value) == ("slack_file" in value):
        problem(problems, at, "must provide either `image_url` or `slack_file`, not both")


IMAGE_KEYS: dict[str, Check] = {"type": anything, "image_url": URL, "slack_file": _FILE, "alt_text": string(2000)}
IMAGE = shape(IMAGE_KEYS, ("type", "alt_text"), then=pictured)

CHOOSERS: dict[str, Check] = {
    "static_select": STATIC_SELECT,
    "multi_static_select": MULTI_STATIC_SELECT,
    "users_select": USERS_SELECT,
    "channels_select": CHANNELS_SELECT,
    "radio_buttons": RADIO,
    "checkboxes": CHECKBOXES,
    "datepicker": DATEPICKER,
    "timepicker": TIMEPICKER,
}
IN_SECTION: dict[str, Check] = {**CHOOSERS, "button": BUTTON, "overflow": OVERFLOW, "image": IMAGE}
_NO_MULTI = {kind: check for kind, check in CHOOSERS.items() if not kind.startswith("multi_")}
IN_ACTIONS: dict[str, Check] = {**_NO_MULTI, "datetimepicker": DATETIMEPICKER, "button": BUTTON, "overflow": OVERFLOW}
IN_INPUT: dict[str, Check] = {
    **CHOOSERS,
    "datetimepicker": DATETIMEPICKER,
    "plain_text_input": TEXT_INPUT,
    "number_input": NUMBER_INPUT,
}
INTERACTIVE = frozenset(IN_SECTION) - {"image"} | frozenset(IN_ACTIONS) | frozenset(IN_INPUT)
