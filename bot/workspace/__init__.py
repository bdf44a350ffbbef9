"""The local workspace: a strict, Slack-like server and its page, for the demo and the tests. It knows no bot."""

from bot.workspace.server import Workspace
from bot.workspace.setup import Limits, Person, Setup

__all__ = ["Limits", "Person", "Setup", "Workspace"]
