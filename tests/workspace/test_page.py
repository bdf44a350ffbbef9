"""The page in a real browser: what it draws, what its buttons do, what it survives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.workspace import Limits
from tests.workspace.cards import card, loading, mrkdwn, option, plain, window
from tests.workspace.conftest import MANIFEST, Make, Running

pytestmark = pytest.mark.browser
Json = dict[str, Any]
Open = Callable[..., Page]


@pytest.fixture
def look(chromium: Any) -> Iterator[Open]:
    """Opens the page; at the end nothing may stand in the console and no request may have left the machine."""
    contexts: list[Any] = []
    said: list[str] = []

    def build(ws: Running, *, width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: said.append(str(one)))
        page.on("request", lambda one: None if one.url.startswith((ws.url, "data:")) else said.append(one.url))
        page.goto(ws.url)
        page.wait_for_selector("body[data-live]")
        return page

    yield build
    for one in contexts:
        one.close()
    assert said == []


def message(page: Page, ts: str) -> Any:
    return page.locator(f"#list [data-ts='{ts}']")


def test_a_card_is_drawn(ws: Running, look: Open) -> None:
    ts = ws.post(**card())["ts"]
    page = look(ws)
    drawn = message(page, ts)
    expect(drawn.locator(".b-header")).to_have_text("🟠 Batch stalled: 2026-11-22")
    expect(drawn.locator("strong").filter(has_text="119 of 136")).to_be_visible()
    expect(drawn.locator("code").filter(has_text="stall_after")).to_be_visible()
    expect(drawn.locator("em")).to_have_text("not")
    expect(drawn.locator("del")).to_have_text("yesterday")
    expect(drawn.locator("a").filter(has_text="the runs")).to_have_attribute("href", "https://example.com/runs")
    expect(drawn.locator(".b-field")).to_have_count(4)
    expect(drawn.locator(".bullet")).to_have_count(2)
    expect(drawn.locator("blockquote")).to_have_text("quoted words")
    expect(drawn.locator("pre")).to_have_text("SELECT 1\nFROM t")
    expect(drawn.locator("time").nth(1)).to_have_attribute("datetime", "2026-09-21T14:13:20.000Z")
    expect(drawn.locator(".mention")).to_have_text("@oncall")
    expect(drawn.locator(".bar")).to_have_css("background-color", "rgb(218, 160, 56)")
    expect(drawn.locator("hr")).to_have_count(1)
    buttons = drawn.locator("[data-block-id=buttons]")
    expect(buttons.locator("[data-action-id=heal]")).to_have_attribute("aria-label", "Heal batch 2026-11-22")
    expect(buttons.locator("button.danger")).to_have_text("Force complete")


def test_a_press_edits_the_card(ws: Running, look: Open) -> None:
    ts = ws.post(**card())["ts"]

    def heal(payload: Json) -> None:
        ws.client.chat_update(
            channel=ws.channel(), ts=ts, text="Healed, before 119, after 136", attachments=[], blocks=[]
        )

    ws.bot.answer = heal
    page = look(ws)
    page.click("[data-action-id=heal]")
    expect(message(page, ts)).to_contain_text("Healed, before 119, after 136")
    expect(message(page, ts)).to_contain_text("(edited)")
    expect(page.locator("[data-action-id=heal]")).to_have_count(0)
    assert ws.bot.heard[0]["user"]["id"] == "U0ONCALL"


def test_a_dangerous_press_asks_first(ws: Running, look: Open) -> None:
    ws.post(**card())
    page = look(ws)
    page.click("[data-action-id=force]")
    expect(page.locator("[role=alertdialog]")).to_contain_text("Force batch 2026-11-22 complete?")
    page.click("[data-confirm=no]")
    page.click("[data-action-id=force]")
    page.keyboard.press("Escape")
    expect(page.locator("[role=alertdialog]")).to_have_count(0)
    expect(page.locator("[data-action-id=force]")).to_be_focused()
    page.click("[data-action-id=force]")
    page.click("[data-confirm=yes]")
    assert [one["actions"][0]["action_id"] for one in ws.bot.wait(1)] == ["force"]


def test_selects_and_menus(ws: Running, look: Open) -> None:
    ws.post(**card())
    page = look(ws)
    page.select_option("[data-action-id=snooze]", "4h")
    ws.bot.wait(1)
    page.click("[data-action-id=more]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heard = ws.bot.wait(2)
    assert [one["actions"][0]["selected_option"]["value"] for one in heard] == ["4h", "runs"]


def test_a_window_loads_complains_and_closes(ws: Running, look: Open) -> None:
    def answer(payload: Json) -> Json | None:
        if payload["type"] == "block_actions":
            view: Any = ws.client.views_open(trigger_id=payload["trigger_id"], view=loading())["view"]
            ws.client.views_update(view_id=view["id"], hash=view["hash"], view=window())
        elif payload["type"] == "view_submission":
            said = payload["view"]["state"]["values"]["reason"]["reason"]["value"]
            if len(said) < 5:
                return {"response_action": "errors", "errors": {"reason": "Say a little more."}}
        return None

    ws.bot.answer = answer
    ws.post(**card())
    page = look(ws)
    page.click("[data-action-id=modal]")
    dialog = page.locator("[data-view-id]")
    expect(dialog.locator("[data-action-id=reason]")).to_be_focused()
    page.click(".dialog [type=submit]")
    expect(dialog.locator("[data-block-id=risk] .field-error")).to_have_text("Please complete this required field.")
    page.fill("[data-action-id=reason]", "no")
    page.select_option("[data-action-id=risk]", "high")
    page.check("[data-action-id=kind] [value=low]")
    page.check("[data-action-id=tell] [value=high]")
    page.fill("[data-action-id=day]", "2026-11-24")
    page.fill("[data-action-id=hour]", "09:30")
    page.fill("[data-action-id=until]", "2026-11-24T09:30")
    page.fill("[data-action-id=count]", "3")
    page.click(".dialog [type=submit]")
    expect(dialog.locator("[data-block-id=reason] .field-error")).to_have_text("Say a little more.")
    page.fill("[data-action-id=reason]", "retired players")
    page.click(".dialog [type=submit]")
    expect(dialog).to_have_count(0)
    values = ws.bot.heard[-1]["view"]["state"]["values"]
    flat = {key: next(iter(one.values())) for key, one in values.items()}
    assert flat["reason"]["value"] == "retired players" and flat["risk"]["selected_option"]["value"] == "high"
    assert flat["kind"]["selected_option"]["value"] == "low" and flat["tell"]["selected_options"][0]["value"] == "high"
    assert flat["day"]["selected_date"] == "2026-11-24" and flat["hour"]["selected_time"] == "09:30"
    assert isinstance(flat["until"]["selected_date_time"], int) and flat["count"]["value"] == "3"


def test_keys_in_a_window(ws: Running, look: Open) -> None:
    page = look(ws)
    page.focus("#composer textarea")
    ws.client.views_open(trigger_id=ws.workspace.core.triggers.mint("U0ONCALL"), view=window())
    expect(page.locator("[data-action-id=reason]")).to_be_focused()
    inside = "document.querySelector('.dialog').contains(document.activeElement)"
    for key in ["Tab"] * 14 + ["Shift+Tab"] * 16:
        page.keyboard.press(key)
        assert page.evaluate(inside)
    page.keyboard.press("Escape")
    expect(page.locator(".dialog")).to_have_count(0)
    expect(page.locator("#composer textarea")).to_be_focused()
    assert ws.bot.wait(1)[0]["type"] == "view_closed"


def test_a_command_is_completed_and_answered_to_one_person(ws: Running, look: Open) -> None:
    ws.bot.answer = lambda payload: {"text": f"You asked: {payload['text']}"}
    page = look(ws)
    page.locator("#composer textarea").press_sequentially("/re")
    expect(page.locator("[role=option]")).to_contain_text("/resilience")
    page.keyboard.press("Tab")
    page.keyboard.type("status")
    page.keyboard.press("Enter")
    whisper = page.locator(".whisper")
    expect(whisper).to_contain_text("You asked: status")
    expect(whisper).to_contain_text("Only visible to you")
    page.click("[data-person=U0COLLEAGUE]")
    page.wait_for_selector("body[data-live=U0COLLEAGUE]")
    expect(page.locator(".whisper")).to_have_count(0)
    page.click("[data-person=U0ONCALL]")
    page.click("[data-dismiss]")
    expect(page.locator(".whisper")).to_have_count(0)


def test_slacks_own_errors_are_shown(make: Make, look: Open) -> None:
    ws = make(limits=Limits(ack_seconds=0.3, burst=100))
    ws.bot.answer = lambda payload: "late"
    ts = ws.post(**card())["ts"]
    page = look(ws)
    page.click("[data-action-id=heal]")
    expect(message(page, ts).locator(".trouble")).to_have_text("⚠ We had some trouble connecting. Try again?")
    page.fill("#composer textarea", "/resilience status")
    page.keyboard.press("Enter")
    expect(page.locator(".whisper")).to_contain_text("/resilience failed because the app did not respond")


def test_threads(ws: Running, look: Open) -> None:
    ts = ws.post(text="root")["ts"]
    ws.post(text="first reply", thread_ts=ts)
    ws.post(text="loud reply", thread_ts=ts, reply_broadcast=True)
    page = look(ws)
    expect(page.locator("#list article")).to_have_count(2)
    expect(message(page, ts).locator(".replies")).to_contain_text("2 replies")
    page.click("[data-open-thread]")
    expect(page.locator("#thread-list article")).to_have_count(3)
    page.fill("#thread textarea", "on it, @resilience")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-list article")).to_have_count(4)
    expect(message(page, ts).locator(".replies")).to_contain_text("3 replies")
    assert ws.bot.wait(1)[0]["event"]["thread_ts"] == ts
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_hidden()


def test_unread_counts(ws: Running, look: Open) -> None:
    page = look(ws)
    row = page.locator(f"[data-channel='{ws.channel('pipeline')}']").first
    for i in range(3):
        ws.post(channel=ws.channel("pipeline"), text=str(i))
    expect(row.locator(".count")).to_have_text("3")
    row.click()
    expect(row.locator(".count")).to_have_count(0)
    expect(page.locator("#list article")).to_have_count(3)


def test_a_lost_connection_comes_back_with_what_was_missed(ws: Running, look: Open) -> None:
    page = look(ws)
    ws.post(text="before")
    expect(page.locator("#list article")).to_have_count(1)
    ws.loop.call_soon_threadsafe(ws.workspace.core.stream.close)
    ws.post(text="meanwhile")
    expect(page.locator("#list article")).to_have_count(2)
    ws.post(text="after")
    expect(page.locator("#list article")).to_have_count(3)


EVIL = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'


def test_hostile_text_stays_text(make: Make, look: Open) -> None:
    manifest = {**MANIFEST, "display_information": {"name": EVIL}}
    ws = make(manifest)
    choices = [{"text": plain(EVIL), "value": EVIL}]
    element = {"type": "static_select", "action_id": "s", "options": choices, "placeholder": plain(EVIL)}
    ws.post(
        text=EVIL,
        blocks=[
            {"type": "header", "text": plain(EVIL)},
            {"type": "section", "text": mrkdwn(EVIL), "fields": [mrkdwn(EVIL), plain(EVIL)]},
            {"type": "section", "text": mrkdwn(f"<javascript:window.hurt=1|press> <{EVIL}|{EVIL}> ```{EVIL}```")},
            {"type": "context", "elements": [mrkdwn(EVIL), {"type": "image", "image_url": EVIL, "alt_text": EVIL}]},
            {"type": "actions", "elements": [element]},
            {"type": "markdown", "text": f"**{EVIL}** [x](javascript:alert(1))"},
            {"type": "image", "image_url": "https://example.com/a.png", "alt_text": EVIL},
        ],
        attachments=[{"title": EVIL, "text": EVIL, "footer": EVIL, "fields": [{"title": EVIL, "value": EVIL}]}],
    )
    ws.act("say", person="U0ONCALL", channel=ws.channel(), text=EVIL)
    page = look(ws)
    view = {**window(), "title": plain("<b>bold</b>"), "blocks": [{"type": "section", "text": mrkdwn(EVIL)}]}
    ws.client.views_open(trigger_id=ws.workspace.core.triggers.mint("U0ONCALL"), view=view)
    expect(page.locator(".dialog h2")).to_have_text("<b>bold</b>")
    assert page.evaluate("window.hurt") is None
    assert page.locator("#app img, #app script, #layer img, #layer script, #layer b").count() == 0
    assert page.locator("a[href^='javascript:']").count() == 0
    expect(page.locator("#list article").last).to_contain_text(EVIL)


def test_shortcuts_from_the_page(ws: Running, look: Open) -> None:
    ts = ws.post()["ts"]
    page = look(ws)
    message(page, ts).hover()
    message(page, ts).locator("[aria-label='More actions']").click()
    page.click("[data-value=snooze_message]")
    page.click("#composer [aria-label=Shortcuts]")
    page.click("[data-value=show_status]")
    assert [one["callback_id"] for one in ws.bot.wait(2)] == ["snooze_message", "show_status"]


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_cut_at_any_width(ws: Running, look: Open, width: int) -> None:
    ws.post(**card())
    wide = {
        "type": "section",
        "text": mrkdwn("`" + "x" * 300 + "` " + "y" * 300),
        "accessory": {"type": "overflow", "action_id": "o", "options": [option("a")]},
    }
    ws.post(blocks=[wide])
    page = look(ws, width=width)
    expect(page.locator("#list article")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('#list').scrollWidth <= document.querySelector('#list').clientWidth")
    if width < 860:
        page.click(".burger")
        page.click(f"#side [data-channel='{ws.channel('pipeline')}']")
        expect(page.locator("#head h1")).to_contain_text("pipeline")
        expect(page.locator("#side")).to_be_hidden()


def test_dark_and_light(ws: Running, look: Open) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        page = look(ws, scheme=scheme)
        shades[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert shades == {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 28, 32)"}


def test_the_apps_own_conversation(ws: Running, look: Open) -> None:
    page = look(ws)
    page.click("#side [data-channel=app]")
    expect(page.locator("#head h1")).to_have_text("Resilience")
    assert ws.bot.wait(1)[0]["event"]["type"] == "app_home_opened"
    ws.client.chat_postMessage(channel="U0ONCALL", text="only for you")
    expect(page.locator("#list article")).to_contain_text("only for you")


def test_reading_further_up_is_not_disturbed(ws: Running, look: Open) -> None:
    for i in range(40):
        ws.post(text=f"message {i}")
    page = look(ws)
    top = "document.querySelector('#list').scrollTop"
    assert page.evaluate(top) > 0
    page.evaluate("document.querySelector('#list').scrollTop = 0")
    expect(page.locator("#jump")).to_be_visible()
    ws.post(text="the newest")
    expect(page.locator("#list article")).to_have_count(41)
    assert page.evaluate(top) == 0
    page.click("#jump")
    expect(page.locator("#list article").last).to_be_in_viewport()
    expect(page.locator("#jump")).to_be_hidden()


def test_the_keyboard_stays_in_a_card_that_changes(ws: Running, look: Open) -> None:
    ts = ws.post(**card())["ts"]

    def refresh(payload: Json) -> None:
        ws.client.chat_update(channel=ws.channel(), ts=ts, **card())

    ws.bot.answer = refresh
    page = look(ws)
    page.focus("[data-action-id=heal]")
    page.keyboard.press("Enter")
    expect(message(page, ts)).to_contain_text("(edited)")
    expect(page.locator("[data-action-id=heal]")).to_be_focused()
