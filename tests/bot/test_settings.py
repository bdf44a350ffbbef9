"""The environment, read once: half sets and wrong values are one sentence, secrets never show."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Secret, Settings, read_settings
from schemas.errors import ConfigError

HTTP = {"SLACK_BOT_TOKEN": "xoxb-very-secret", "SLACK_SIGNING_SECRET": "5e1dea"}


def test_defaults() -> None:
    found = read_settings({})
    assert found == Settings(Path("resilience.yaml"), Path(".resilience"), "local", "127.0.0.1", 8765, None)
    assert found.secrets() == ()


def test_everything_given() -> None:
    found = read_settings(
        {
            **HTTP,
            "RESILIENCE_CONFIG": "/c.yaml",
            "RESILIENCE_HOME": "/h",
            "RESILIENCE_MODE": "local",
            "HOST": "0.0.0.0",
            "PORT": "80",
            "SLACK_API_URL": "http://localhost:1/api",
        }
    )
    assert (found.config, found.home, found.host, found.port) == (Path("/c.yaml"), Path("/h"), "0.0.0.0", 80)
    assert found.slack is not None and found.slack.api_url == "http://localhost:1/api/"
    assert found.slack.bot_token.reveal() == "xoxb-very-secret"
    assert found.secrets() == ("xoxb-very-secret", "5e1dea")


def test_no_repr_shows_a_secret() -> None:
    found = read_settings(HTTP)
    for text in (repr(found), str(found), f"{found.slack}", f"{found.slack.bot_token if found.slack else ''}"):
        assert "very-secret" not in text and "5e1dea" not in text


def test_two_signing_secrets_while_rotating() -> None:
    found = read_settings({**HTTP, "SLACK_SIGNING_SECRET": "old, new"})
    assert found.slack is not None and found.slack.signing_secrets == (Secret("old"), Secret("new"))


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-secret"}, "SLACK_SIGNING_SECRET is not"),
        ({"SLACK_SIGNING_SECRET": "s3cret"}, "SLACK_BOT_TOKEN is not"),
        ({"SLACK_APP_TOKEN": "xapp-secret"}, "SLACK_BOT_TOKEN is not"),
        ({"SLACK_APP_TOKEN": "xapp-secret", "SLACK_BOT_TOKEN": "xoxb-secret"}, "Socket Mode comes later"),
        ({"SLACK_APP_TOKEN": "xapp-secret", "SLACK_SIGNING_SECRET": "s3cret"}, "SLACK_BOT_TOKEN is not"),
        ({**HTTP, "SLACK_SIGNING_SECRET": "a,b,c"}, "two while rotating"),
        ({**HTTP, "SLACK_SIGNING_SECRET": " , "}, "one secret"),
        ({**HTTP, "SLACK_BOT_TOKEN": "xoxb-é"}, "copy it anew"),
        ({**HTTP, "SLACK_API_URL": "slack.com"}, "is no URL"),
        ({"RESILIENCE_MODE": "gcp"}, "comes with the Google backends"),
        ({"RESILIENCE_MODE": "lcoal"}, "say local or gcp"),
        ({"PORT": "http"}, "is no port"),
        ({"PORT": "65536"}, "is no port"),
        ({"PORT": "²"}, "is no port"),
        ({"SLACK_BOT_TOKEN_FILE": "/no/such/file"}, "cannot read /no/such/file"),
    ],
)
def test_what_is_wrong_is_one_sentence(env: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings(env)
    told = str(caught.value)
    assert words in told and "\n" not in told
    assert "xoxb-secret" not in told and "s3cret" not in told and "xapp-secret" not in told


def test_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-file\n")
    found = read_settings({"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"), "SLACK_SIGNING_SECRET": "s"})
    assert found.slack is not None and found.slack.bot_token == Secret("xoxb-from-file")


def test_a_file_and_a_value_or_an_empty_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(ConfigError, match="both set"):
        read_settings({**HTTP, "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})
    with pytest.raises(ConfigError, match="is empty"):
        read_settings({"SLACK_SIGNING_SECRET": "s", "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})
