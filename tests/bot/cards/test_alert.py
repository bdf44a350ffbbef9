"""The alert's card in every state against its golden, and against anything that data may hold."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards.alert import draw_alert
from bot.cards.blocks import BUDGET, weight
from bot.cards.refs import decode, find_remedy
from bot.workspace.blockkit import check_message
from schemas.alerts import Acknowledgement, Alert
from schemas.heals import HealState, Outcome
from schemas.ports import Message
from schemas.reports import Fact, Remedy

from .made import ALERT, BATCHED, CLOSED, FINDING, NOTE, NOW, SNOOZE, STATES, ZONE

GOLDEN = Path(__file__).parents[2] / "golden" / "cards"


def draw(alert: Alert, **more: bool) -> Message:
    return draw_alert(alert, zone=ZONE, now=NOW, **more)


def plain(message: Message) -> dict[str, Any]:
    return {
        "text": message.text,
        "color": message.color,
        "blocks": list(message.blocks),
        "attached": list(message.attached),
    }


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    found = [one for block in (*message.blocks, *message.attached) for one in block.get("elements", ())]
    return {one["action_id"]: one for one in found if one["type"] == "button"}


def words(message: Message) -> str:
    return json.dumps([*message.blocks, *message.attached], ensure_ascii=False)


def accepted(message: Message) -> None:
    attachments = [{"color": message.color, "blocks": list(message.attached)}] if message.color else []
    check_message(message.text, list(message.blocks), attachments, updating=True)
    assert weight(message.blocks) + weight(message.attached) <= BUDGET
    assert message.text


@pytest.mark.parametrize("name", STATES)
def test_each_state_looks_as_its_golden(name: str) -> None:
    drawn = draw(STATES[name], repeated=name == "first_time", healing_paused=name == "automatic")
    accepted(drawn)
    path, text = GOLDEN / f"alert_{name}.json", json.dumps(plain(drawn), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"run GOLDEN=1 pytest {__file__} when the change is wanted"


OFFERED = {
    "firing_critical": ["heal:0", "snooze", "rerun", "ack"],
    "acknowledged": ["heal:0", "snooze", "rerun"],
    "snoozed": ["heal:0", "wake", "rerun", "ack"],
    "snooze_over": ["heal:0", "snooze", "rerun", "ack"],
    "healing": ["snooze", "rerun", "ack"],
    "approval": ["approve", "decline", "snooze", "rerun", "ack"],
    "ineffective": ["heal:0", "snooze", "rerun", "ack"],
    "automatic": ["heal:0", "snooze", "rerun", "ack"],
    "automatic_failed": ["heal:0", "heal:1", "snooze", "rerun", "ack"],
    "automatic_refused": ["heal:0", "heal:1", "snooze", "rerun", "ack"],
    "resolved": [],
    "broken": ["heal:0", "snooze", "rerun", "ack"],
}


@pytest.mark.parametrize("name", OFFERED)
def test_the_buttons_follow_the_state(name: str) -> None:
    found = buttons(draw(STATES[name]))
    assert list(found) == OFFERED[name]
    assert [one.get("style") for one in found.values()].count("primary") <= 1
    for action, one in found.items():
        ref = decode(one["value"])
        assert ref is not None and (ref.alert_id, ref.episode) == (STATES[name].id, STATES[name].episode)
        assert bool(ref.remedy) == action.startswith("heal:")
        assert bool(ref.heal_id) == (action in ("approve", "decline"))


def test_an_automatic_remedy_is_not_offered_but_the_other_is() -> None:
    (heal,) = [one for action, one in buttons(draw(BATCHED)).items() if action.startswith("heal:")]
    ref = decode(heal["value"])
    assert ref is not None and (remedy := find_remedy(BATCHED, ref.remedy)) is not None
    assert remedy.label == "Force complete" == heal["text"]["text"]


def test_what_the_words_say() -> None:
    assert "and 104 more" in words(draw(STATES["many_members"]))
    assert "player_14," not in words(draw(STATES["many_members"])) and "player_14" in words(
        draw(STATES["many_members"])
    )
    assert "completed players: 125 → 136" in words(draw(STATES["resolved"]))
    assert "is complete: no → yes" in words(draw(STATES["resolved"]))
    assert "Healing, started by <@U0ONCALL>" in words(draw(STATES["healing"]))
    assert "known upstream delay" in words(draw(STATES["snoozed"]))
    assert "until it is resolved" in words(draw(STATES["snoozed_until_resolved"]))
    assert "zzz" not in words(draw(STATES["snooze_over"]))
    assert "Could not look since" in words(draw(STATES["broken"]))
    assert "Could not look since" in words(draw(STATES["blind_for_now"]))
    assert "repeated" in words(draw(ALERT, repeated=True)) and "repeated" not in words(draw(ALERT))
    assert "Healing is paused" in words(draw(ALERT, healing_paused=True))
    assert "Seen*\\n4 times, last" in words(draw(ALERT))


def test_who_did_it_and_when_is_said_for_a_reader() -> None:
    moved = replace(FINDING, facts=(Fact("Last moved", "2026-11-23T21:29:00.000000Z"),))
    healed = replace(CLOSED, by="automatic", before={"seen_at": None}, after={"seen_at": "2026-11-23T21:45:00.000000Z"})
    said = words(draw(replace(ALERT, finding=moved, heal=healed, run_id="canaries@2026-11-23T21:30:00.000000Z")))
    assert "*Heal now* automatically, <!date^" in said and "by automatic" not in said
    assert "T21:" not in said and "run canaries@21:30Z ·" in said
    second = replace(NOTE, by="U0ONCALL", approver="U0COLLEAG")
    assert "started by <@U0ONCALL>, approved by <@U0COLLEAG>" in words(draw(replace(ALERT, heal=second)))
    declined = replace(CLOSED, outcome=Outcome.REFUSED, words="declined", approver="U0COLLEAG", before={}, after={})
    assert "declined by <@U0COLLEAG>" in words(draw(replace(ALERT, heal=declined)))


def test_a_resolved_card_says_how_and_drops_what_no_longer_holds() -> None:
    by_heal = replace(STATES["resolved"], resolved_by="healed, complete with 125 of 136, and consolidated")
    said = words(draw(by_heal))
    assert "after 2 h: healed, complete with 125 of 136, and consolidated" in said and "Found" not in said
    assert "after 2 h by <@U0COLLEAG>." in words(draw(STATES["resolved"]))


def test_a_check_that_could_not_look_is_never_green() -> None:
    for name in ("broken", "blind_for_now"):
        drawn = draw(STATES[name])
        assert drawn.color == "#a30200" and "white_check_mark" not in words(drawn)


def test_colours_tell_the_states_apart() -> None:
    colors = {name: draw(STATES[name]).color for name in STATES}
    assert colors["resolved"] == "#2eb886" and colors["snoozed"] == "#dddddd"
    assert colors["acknowledged"] == "#daa038" and colors["ineffective"] == "#cc0000"
    assert colors["healing"] == colors["approval"]
    assert len({colors[f"firing_{level}"] for level in ("critical", "warning", "info")}) == 3


NASTY = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="`*_~<>&@!#|: \n\u202e\u200b", max_size=400),
    st.sampled_from(
        ["<!channel>", "<!here|x>", "<@U0ONCALL>", "<#C1>", "@here @channel", "@EVERYONE", "```", "*bold*", "_it_"]
    ),
    st.sampled_from(
        ["&lt;!channel&gt;", "\ud800", "x" * 50_000, "&" * 5_000, "😀" * 5_000, "> quote", "<https://a|b>"]
    ),
)
FIRM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def harmless(text: str, *, markdown: bool) -> None:
    """No mention that we did not write, and no marker that the data brought."""
    ours = re.sub(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>|<@U0ONCALL>", "", text)
    assert not re.search(r"@(here|channel|everyone|group)\b", ours, re.IGNORECASE)
    if markdown:
        assert "<" not in ours and ">" not in ours and "`" not in ours
        assert not re.search(r"&(?!(amp|lt|gt);)", ours)
        outside = re.sub(r"^\*[^*\n]*\*\n|\*[^*]*\*(?=[:, ])", "", ours)
        assert not re.search(r"(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])", re.sub(r":[a-z_]+:", "", outside))
    else:
        assert not re.search(r"<[!@#]", ours)


def texts(part: Any, inside: str = "") -> Any:
    if isinstance(part, dict):
        kind = part.get("type")
        if kind in ("mrkdwn", "plain_text"):
            yield kind, part["text"]
        else:
            for inner in part.values():
                yield from texts(inner)
    elif isinstance(part, (list, tuple)):
        for inner in part:
            yield from texts(inner)


@FIRM
@given(NASTY, NASTY, NASTY, NASTY, st.sampled_from(list(HealState)), st.sampled_from([None, *Outcome]))
def test_hostile_words_do_no_harm(a: str, b: str, c: str, d: str, state: HealState, outcome: Outcome | None) -> None:
    finding = replace(
        FINDING, title=a, summary=b, facts=(Fact(c, d),) * 12, members=(a, b, c, d) * 30, members_label=c,
        remedies=(Remedy("rerun_job", d, a), Remedy("rerun_job", c, b)),
    )  # fmt: skip
    note = replace(NOTE, remedy=a, words=b, by=c, state=state, outcome=outcome, before={c: d}, after={c: a, d: b})
    for alert in (
        replace(ALERT, finding=finding, heal=note, subject=a, check=b, run_id=c, error=d, errors_in_row=2),
        replace(ALERT, finding=finding, snooze=replace(SNOOZE, why=a, by=b), ack=Acknowledgement(c, NOW), broken=True),
    ):
        drawn = draw(alert)
        accepted(drawn)
        harmless(drawn.text, markdown=True)
        for kind, text in texts([*drawn.blocks, *drawn.attached]):
            harmless(text, markdown=kind == "mrkdwn")
        json.dumps(plain(drawn)).encode()


def test_ten_thousand_members_and_facts_keep_the_headline_and_the_buttons() -> None:
    worst = "&" * 3_000
    finding = replace(
        FINDING,
        title=worst,
        summary=worst,
        facts=tuple(Fact(worst, worst) for _ in range(1_000)),
        members=tuple(f"{worst}{n}" for n in range(10_000)),
        remedies=tuple(Remedy("rerun_job", worst, str(n)) for n in range(100)),
    )
    figures = {f"{worst}{n}": worst for n in range(500)}
    note = replace(CLOSED, remedy=worst, words=worst, by=worst, before={}, after=figures)
    drawn = draw(replace(ALERT, finding=finding, heal=note, check=worst, subject=worst, run_id=worst, error=worst))
    accepted(drawn)
    assert drawn.blocks[0]["type"] == "header" and len(drawn.blocks) == 2
    assert [*buttons(drawn)][:1] == ["heal:0"] and "ack" in buttons(drawn)
