"""What a person does on a message or with words: presses, commands, shortcuts, talk. Each returns what Slack shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.workspace import messages, payloads
from bot.workspace.blockkit import elements_of
from bot.workspace.core import Core, Response
from bot.workspace.delivery import Answer
from bot.workspace.errors import Json, Refused
from bot.workspace.replies import answer as say_answer
from bot.workspace.replies import response_url
from bot.workspace.state import Channel
from bot.workspace.words import escaped, resolved

TROUBLE = "We had some trouble connecting. Try again?"


def shown(answer: Answer, words: str = TROUBLE) -> Json:
    """What the page tells the person who acted: nothing when the app answered in time."""
    return {"ok": not answer.error, "error": answer.error, "shown": words if answer.error else ""}


async def press(core: Core, origin: str, args: Json) -> Json:
    """``person``, ``channel``, ``ts``, ``action_id``, perhaps ``block_id`` and ``value`` (what was chosen)."""
    person_id, channel = str(args["person"]), core.state.channel(str(args["channel"]))
    message, ephemeral = messages.find(core, channel, str(args["ts"]), person_id)
    found = (one for one in _pressables(message) if _is(one[1], one[2], args))
    attachment_id, block, element = next(found, (None, {}, {}))
    if not element:
        raise Refused("no_such_action")
    action = payloads.action(core, block, element, args.get("value"))
    made = payloads.head(core, "block_actions", person_id)
    made["container"] = payloads.container(channel, message, attachment_id, ephemeral=ephemeral)
    made["trigger_id"] = core.triggers.mint(person_id)
    made["channel"] = payloads.room(channel)
    if not ephemeral:
        made["message"] = message
    given = {block["block_id"]: {element["action_id"]: args.get("value")}}
    made["state"] = {"values": payloads.values([one for _, one, _ in _pressables(message)], given)}
    back = Response(person_id, channel.id, message["ts"], ephemeral, core.clock())
    made["response_url"] = response_url(core, origin, back)
    made["actions"] = [action]
    return shown(await core.delivery.interaction(made, name=element["action_id"]))


async def command(core: Core, origin: str, args: Json) -> Json:
    """``person``, ``channel``, ``text`` beginning with the command. A failure is Slackbot's word to the person."""
    person_id, channel = str(args["person"]), core.state.channel(str(args["channel"]))
    who = payloads.person(core, person_id)
    word, _, rest = str(args["text"]).strip().partition(" ")
    known = next((one for one in core.setup.commands if one["command"] == word), None)
    if known is None:
        said = f"{word} is not a valid command. Messages that start with the / character are commands."
        return _not_sent(core, channel, args, "unknown_command", said)
    if args.get("thread_ts"):
        return _not_sent(core, channel, args, "not_in_threads", f"{word} is not supported in threads. Sorry!")
    text = escaped(rest.strip())
    back = Response(person_id, channel.id, "", True, core.clock())
    fields = {
        "token": core.setup.verification_token,
        "team_id": core.setup.team_id,
        "team_domain": payloads.domain(core),
        "channel_id": channel.id,
        "channel_name": payloads.room(channel)["name"],
        "user_id": person_id,
        "user_name": who["name"],
        "command": word,
        "text": resolved(core, text, labels=True) if known.get("should_escape") else text,
        "api_app_id": core.setup.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(core, origin, back),
        "trigger_id": core.triggers.mint(person_id),
    }
    answer = await core.delivery.form(fields, kind="command", name=word, person=person_id)
    return _after_command(core, channel, back, word, answer)


def _not_sent(core: Core, channel: Channel, args: Json, code: str, said: str) -> Json:
    messages.slackbot(core, channel, str(args["person"]), escaped(said), thread_ts=str(args.get("thread_ts") or ""))
    return {"ok": False, "error": code, "shown": said}


def _after_command(core: Core, channel: Channel, back: Response, word: str, answer: Answer) -> Json:
    """Text or JSON in the acknowledgement is the answer; else a failure is told as Slack tells it."""
    said = f'{word} failed with the error "{answer.error}"'
    if answer.error == "operation_timeout":
        said = f"{word} failed because the app did not respond"
    if not answer.error and answer.text.strip():
        try:
            say_answer(core, back, answer.json() or {"text": answer.text})
        except Refused as error:
            said = f'{word} failed with the error "{error.code}"'
            messages.slackbot(core, channel, back.person, said)
            return {"ok": False, "error": error.code, "shown": said}
    if answer.error:
        messages.slackbot(core, channel, back.person, said)
    return shown(answer, said)


async def shortcut(core: Core, origin: str, args: Json) -> Json:
    """``person``, ``callback_id``; a message shortcut also ``channel`` and ``ts``."""
    person_id = str(args["person"])
    known = next((one for one in core.setup.shortcuts if one["callback_id"] == args["callback_id"]), None)
    if known is None:
        raise Refused("no_such_shortcut")
    kind = "message_action" if known["type"] == "message" else "shortcut"
    made = payloads.head(core, kind, person_id)
    made |= {"callback_id": known["callback_id"], "action_ts": core.state.next_ts()}
    made["trigger_id"] = core.triggers.mint(person_id)
    if kind == "message_action":
        channel = core.state.channel(str(args["channel"]))
        message, ephemeral = messages.find(core, channel, str(args["ts"]), person_id)
        made |= {"channel": payloads.room(channel), "message": message, "message_ts": message["ts"]}
        back = Response(person_id, channel.id, message["ts"], ephemeral, core.clock())
        made["response_url"] = response_url(core, origin, back)
    return shown(await core.delivery.interaction(made, name=known["callback_id"]))


def say(core: Core, args: Json) -> Json:
    """A plain message of a person; a mention or a subscription makes events of it."""
    person_id, channel = str(args["person"]), core.state.channel(str(args["channel"]))
    who = payloads.person(core, person_id)
    typed = str(args["text"]).strip()
    if not typed:
        raise Refused("no_text")
    if channel.archived:
        raise Refused("is_archived")
    message: Json = {
        "type": "message",
        "user": who["id"],
        "team": core.setup.team_id,
        "text": resolved(core, escaped(typed)),
        "ts": core.state.next_ts(),
    }
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
    messages.put(core, channel, message)
    event = {**message, "channel": channel.id, "event_ts": message["ts"]}
    kind = "message.im" if channel.owner else "message.channels"
    if kind in core.setup.events and core.setup.bot_user in channel.members:
        core.delivery.event(payloads.envelope(core, {**event, "channel_type": "im" if channel.owner else "channel"}))
    mentioned = f"<@{core.setup.bot_user}>" in message["text"] and not channel.owner
    if mentioned and "app_mention" in core.setup.events:
        core.delivery.event(payloads.envelope(core, {**event, "type": "app_mention"}))
    return {"ok": True, "error": "", "shown": "", "ts": message["ts"]}


async def again(core: Core, _args: Json) -> Json:
    """The last signed request once more, as a retrying network or an eavesdropper would send it."""
    answer = await core.delivery.again()
    if answer is None:
        raise Refused("nothing_sent")
    return {**shown(answer), "status": answer.status}


def open_home(core: Core, args: Json) -> Json:
    """The person looks at the app's own conversation: ``app_home_opened``, when the manifest subscribes to it."""
    person_id = payloads.person(core, str(args["person"]))["id"]
    channel = core.state.direct(person_id)
    core.journal.channel(channel)
    if "app_home_opened" in core.setup.events:
        event = {"type": "app_home_opened", "user": person_id, "channel": channel.id, "tab": "messages"}
        core.delivery.event(payloads.envelope(core, {**event, "event_ts": core.state.next_ts()}))
    return {"ok": True, "error": "", "shown": "", "channel": channel.id}


def _pressables(message: Json) -> Iterator[tuple[int | None, Json, Json]]:
    """Every interactive element of a message with its block and, if it is in one, its attachment's id."""
    for block in message.get("blocks", ()):
        for element in elements_of(block):
            yield None, block, element
    for one in message.get("attachments", ()):
        for block in one.get("blocks", ()):
            for element in elements_of(block):
                yield one["id"], block, element


def _is(block: Json, element: Json, args: dict[str, Any]) -> bool:
    block_id = args.get("block_id")
    return element["action_id"] == args["action_id"] and block_id in (None, "", block["block_id"])
