"""How a reply reaches the person: by the press's own response_url, else as an ephemeral line, else as a modal."""

from __future__ import annotations

import structlog

from bot.cards.text import clean
from bot.press import Opens, Press, Reply, Route, View
from schemas.errors import BackendError, Denied, Missing
from schemas.ports import Message, RateLimited

from .messenger import SlackMessenger
from .openings import Openings

LONGEST = 3_000
TRIES = 10  # while another bot, which took the press at its door, may be opening the light view
TOO_LATE = "The window could not be opened in time; please press again."


class Voice:
    """Sends one reply (`bot.presses.Answer`). Raises what the messenger raises when no way was left.

    A reply without blocks is plain words, which may quote data or people: they are made safe here. With blocks, its
    text was drawn together with them.
    """

    def __init__(self, messenger: SlackMessenger, openings: Openings) -> None:
        self._messenger, self._openings = messenger, openings

    def __call__(self, press: Press, route: Route | None, reply: Reply) -> None:
        if isinstance(route, Opens) and reply.view is None:
            self._close_light(press, reply)
            return
        if reply.view is not None:
            self._show(press, route, reply)
        if reply.text or reply.blocks:
            self._say(press, reply)

    def _close_light(self, press: Press, reply: Reply) -> None:
        """A modal that was to be filled, and a plain answer came: it says so in its place, or beside it."""
        words = clean(reply.text, LONGEST) or "There is nothing to show."
        view = {
            "type": "modal",
            "title": {"type": "plain_text", "text": "Resilience"},
            "close": {"type": "plain_text", "text": "Close"},
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": words}}],
        }
        if not self._update(press, view):
            self._say(press, reply)

    def _show(self, press: Press, route: Route | None, reply: Reply) -> None:
        assert reply.view is not None
        if isinstance(route, Opens):
            self._update(press, reply.view)
            return
        try:
            self._messenger.open_view(press.trigger, reply.view)
        except Denied as error:
            structlog.get_logger().warning("voice.not_opened", press=press.id, error=str(error))
            self._say(press, Reply(TOO_LATE))

    def _update(self, press: Press, view: View) -> bool:
        """Fills the light view; False when it never opened (told by the rail) or was closed meanwhile."""
        view_id = self._openings.wait(press.id)
        if view_id == "":
            return False
        for _ in range(1 if view_id else TRIES):
            try:
                self._messenger.update_view(
                    {**view, "external_id": press.id}, view_id=view_id or "", external_id=press.id
                )
                return True
            except Missing:
                self._openings.pause(view_id)
        return False

    def _say(self, press: Press, reply: Reply) -> None:
        text = reply.text if reply.blocks else clean(reply.text, LONGEST)
        if press.response_url:
            try:
                self._messenger.respond(press.response_url, text, reply.blocks, share=reply.share)
                return
            except (BackendError, RateLimited) as error:
                if not press.channel:
                    raise
                structlog.get_logger().warning("voice.no_response_url", press=press.id, error=str(error))
        message, channel = Message(text, reply.blocks), press.channel or reply.channel
        if channel and reply.share:
            self._messenger.post(channel, message)
        elif channel:
            self._messenger.whisper(channel, press.person, message)
        else:
            self._messenger.post(press.person, message)
