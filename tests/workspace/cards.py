"""Messages and windows as a bot would send them, for the tests of the page."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.capitalize()), "value": value}


CONFIRM: Json = {
    "title": plain("Force batch 2026-11-22 complete?"),
    "text": mrkdwn("Phase 3 runs with *119 of 136* players. Six are missing."),
    "confirm": plain("Force complete"),
    "deny": plain("Leave it"),
    "style": "danger",
}


def card() -> Json:
    return {
        "text": "Batch stalled at 119/136",
        "blocks": [
            {"type": "header", "text": plain(":large_orange_circle: Batch stalled: 2026-11-22")},
            {
                "type": "section",
                "text": mrkdwn(
                    "The batch has *119 of 136* players and nothing new since <!date^1790000000^{time}|14:02>. "
                    "It is past `stall_after` (15 min). See <https://example.com/runs|the runs>, _not_ ~yesterday~."
                ),
                "accessory": {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("why"), option("runs")],
                },
            },
        ],
        "attachments": [
            {
                "color": "#daa038",
                "blocks": [
                    {
                        "type": "section",
                        "fields": [
                            mrkdwn("*Batch*\n2026-11-22"),
                            mrkdwn("*Coverage*\n87.5 %"),
                            mrkdwn("*Owner*\n<@U0ONCALL>"),
                            mrkdwn("*Since*\n16 min"),
                        ],
                    },
                    {
                        "type": "section",
                        "text": mrkdwn(
                            "Missing:\n• player 4411\n• player 5120\n> quoted words\n```SELECT 1\nFROM t```"
                        ),
                    },
                    {"type": "context", "elements": [mrkdwn("stalled_batches · run 42 · seen 2 times")]},
                    {"type": "divider"},
                    {
                        "type": "actions",
                        "block_id": "buttons",
                        "elements": [
                            {
                                "type": "button",
                                "action_id": "heal",
                                "text": plain("Heal now"),
                                "value": "alert-1",
                                "style": "primary",
                                "accessibility_label": "Heal batch 2026-11-22",
                            },
                            {"type": "button", "action_id": "modal", "text": plain("Force…"), "value": "alert-1"},
                            {
                                "type": "static_select",
                                "action_id": "snooze",
                                "placeholder": plain("Snooze"),
                                "options": [option("1h"), option("4h"), option("resolved")],
                            },
                            {
                                "type": "button",
                                "action_id": "force",
                                "text": plain("Force complete"),
                                "style": "danger",
                                "value": "alert-1",
                                "confirm": CONFIRM,
                            },
                        ],
                    },
                ],
            }
        ],
    }


def loading() -> Json:
    return {
        "type": "modal",
        "title": plain("Force complete"),
        "blocks": [{"type": "section", "text": mrkdwn(":hourglass_flowing_sand: Looking at the batch…")}],
    }


def _input(name: str, label: str, element: Json, **more: Any) -> Json:
    element = {"action_id": name, **element}
    return {"type": "input", "block_id": name, "label": plain(label), "element": element, **more}


def window() -> Json:
    picks = [option("low"), option("high")]
    return {
        "type": "modal",
        "callback_id": "force_complete",
        "private_metadata": "alert-1",
        "title": plain("Force complete"),
        "submit": plain("Force"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "text": mrkdwn("The batch *2026-11-22* misses 17 players.")},
            _input("reason", "Reason", {"type": "plain_text_input", "multiline": True}, hint=plain("For the trail")),
            _input("risk", "Risk", {"type": "static_select", "options": picks}),
            _input("kind", "Kind", {"type": "radio_buttons", "options": picks}, optional=True),
            _input("tell", "Tell", {"type": "checkboxes", "options": picks}, optional=True),
            _input("day", "Day", {"type": "datepicker"}, optional=True),
            _input("hour", "Hour", {"type": "timepicker"}, optional=True),
            _input("until", "Until", {"type": "datetimepicker"}, optional=True),
            _input("count", "Count", {"type": "number_input", "is_decimal_allowed": False}, optional=True),
        ],
    }
