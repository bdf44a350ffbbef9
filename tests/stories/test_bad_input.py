"""What must not work: refused in one sentence, with nothing done; over the port and from the shell."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from .demo import ONCALL, OUTSIDER, ROOT, Demo, free_port, now, until
from .test_buttons import CANARY, COVERAGE, now_says, pressed, presses, text

RAW = "Raw player rows out of limits"


def secret(demo: Demo) -> str:
    lines = dict(line.split("=", 1) for line in (demo.home / "demo.env").read_text().splitlines())
    return lines["SLACK_SIGNING_SECRET"]


def signed(demo: Demo, body: str, *, age: int = 0) -> dict[str, str]:
    stamp = str(int(now().timestamp()) - age)
    digest = hmac.new(secret(demo).encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def pause(trigger: str) -> str:
    """A word that would change something if it were believed."""
    return urlencode(
        {
            "command": "/resilience",
            "text": "pause healing forged",
            "user_id": ONCALL,
            "user_name": "oncall",
            "channel_id": "C0X",
            "trigger_id": trigger,
            "response_url": "http://127.0.0.1:9/none",
        }
    )


Bend = Callable[[dict[str, str]], dict[str, str]]
BENT: dict[str, Bend] = {
    "unsigned": lambda _: {"Content-Type": "application/x-www-form-urlencoded"},
    "forged": lambda one: {**one, "X-Slack-Signature": "v0=" + "0" * 64},
    "signature cut": lambda one: {**one, "X-Slack-Signature": one["X-Slack-Signature"][:-1]},
    "signature of another version": lambda one: {**one, "X-Slack-Signature": "v9" + one["X-Slack-Signature"][2:]},
    "stamp no number": lambda one: {**one, "X-Slack-Request-Timestamp": "soon"},
    "stamp not a number": lambda one: {**one, "X-Slack-Request-Timestamp": "nan"},
    "stamp of other digits": lambda one: {**one, "X-Slack-Request-Timestamp": "1²"},
    "stamp empty": lambda one: {**one, "X-Slack-Request-Timestamp": ""},
    "stamp endless": lambda one: {**one, "X-Slack-Request-Timestamp": "9" * 400},
}


@pytest.mark.parametrize("name", BENT)
def test_what_slack_did_not_sign_is_401_and_nothing_is_done(demo: Demo, name: str) -> None:
    body = pause(f"bent-{name}")
    headers = {key: value.encode("utf-8") for key, value in BENT[name](signed(demo, body)).items()}
    answer = requests.post(f"{demo.url}/slack/events", data=body, headers=headers, timeout=5)
    assert answer.status_code == 401
    assert demo.document("status")["paused"] == []


@pytest.mark.parametrize("age", [301, -301])
def test_what_is_over_five_minutes_off_is_401(demo: Demo, age: int) -> None:
    body = pause(f"old{age}")
    answer = requests.post(f"{demo.url}/slack/events", data=body, headers=signed(demo, body, age=age), timeout=5)
    assert answer.status_code == 401 and demo.document("status")["paused"] == []


def test_a_body_changed_after_signing_is_401(demo: Demo) -> None:
    headers = signed(demo, pause("changed"))
    answer = requests.post(f"{demo.url}/slack/events", data=pause("changed") + "&x=1", headers=headers, timeout=5)
    assert answer.status_code == 401


@pytest.mark.parametrize("body", ["", "payload=", "payload={", "payload=[]", "payload=%7B%7D", "x=1", "=&&=", "%ff%00"])
def test_rightly_signed_nonsense_does_nothing(demo: Demo, body: str) -> None:
    before = len(presses(demo))
    answer = requests.post(f"{demo.url}/slack/events", data=body, headers=signed(demo, body), timeout=5)
    assert answer.status_code in (200, 400, 404) and "Traceback" not in answer.text
    assert len(presses(demo)) == before


def test_the_same_request_again_is_200_and_nothing_is_done_twice(demo: Demo) -> None:
    card = demo.card(CANARY, RAW)
    pressed(demo, CANARY, card, "rerun")
    demo.whisper(CANARY, ONCALL, "still fails")
    before = len(presses(demo))
    assert demo.act("again")["status"] == 200
    demo.say("/resilience status")
    demo.whisper("nba-alerts", ONCALL, "open alert")
    assert len(presses(demo)) == before + 1
    assert len(demo.whispers(CANARY, ONCALL, "still fails")) == 1


WORDS = {
    "statsu": ("did you mean 'status'?", "usage: status"),
    "halp": ("did you mean 'help'?", "usage: help"),
    "why": ("an alert or a check is missing", "usage: why"),
    "why phase3_coverge": ("phase3_coverage",),
    "run phase3_coverge": ("did you mean 'phase3_coverage'?",),
    "snooze phase2_raw soon": ("'soon' is no time to snooze for",),
    "events --kind pres": ("did you mean 'press'?",),
    "status now": ("'now' is too much", "usage: status"),
    "resume healing please": ("'please' is too much",),
    'why "phase2': ("the quotes do not close",),
}


@pytest.mark.parametrize("typed", WORDS)
def test_a_wrong_word_is_one_private_sentence_and_the_same_in_the_shell(demo: Demo, typed: str) -> None:
    demo.say(f"/resilience {typed}")
    said = demo.whisper("nba-alerts", ONCALL, WORDS[typed][0])
    assert all(one in said for one in WORDS[typed])
    if '"' in typed:
        return
    done = demo.shell(*typed.split())
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    assert all(one in done.stderr for one in WORDS[typed]) and done.stderr.startswith("resilience: ")
    asked = demo.shell(*typed.split(), "--json")
    found = json.loads(asked.stdout)
    assert asked.returncode == 2 and found["schema_version"] == 1 and WORDS[typed][0] in found["error"]


def test_a_person_who_may_not_is_told_in_private_and_kept(demo: Demo) -> None:
    for typed in ("pause healing", "snooze phase2_raw 1h", "heal phase3_coverage", "resume healing"):
        demo.say(f"/resilience {typed}", OUTSIDER)
    until(lambda: len(demo.whispers("nba-alerts", OUTSIDER, "nothing was changed")) == 4, "four refusals", 20)
    kept = [one["words"] for one in presses(demo) if one["actor"] == OUTSIDER]
    assert len([one for one in kept if one.endswith(": refused")]) == 4
    status = demo.document("status")
    assert status["paused"] == [] and not any(one["snoozed"] for one in status["alerts"])


HOSTILE = [
    "<!channel> <!here> <@U0COLLEAG> <#C1|x> @channel @everyone",
    "*bold* _it_ ~no~ `code` ```block``` > quote",
    "\u202eright to left\u202c \u200f\u0007\u0000 bell",
    "x" * 3000,
    "<https://evil.example|harmless> &lt;!channel&gt; & < >",
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_words_neither_mention_nor_mark(demo: Demo, number: int) -> None:
    nasty = HOSTILE[number]
    card = demo.card(CANARY, RAW)
    answer = demo.act(
        "command", person=ONCALL, channel=demo.channel_id("nba-alerts"), text=f"/resilience zz{number} {nasty}"
    )
    assert answer["ok"], answer
    harmless(demo.whisper("nba-alerts", ONCALL, f"zz{number}"))
    pressed(demo, CANARY, card, "snooze")
    given = demo.submit(demo.view(ONCALL, "Until tomorrow 09:00"), span="1h", why=nasty[:300])
    assert given["ok"], given
    shown = now_says(demo, CANARY, card["ts"], "Snoozed until")
    drawn = [
        block["text"]["text"] for block in blocks(shown) if "Snoozed until" in block.get("text", {}).get("text", "")
    ]
    harmless(drawn[0].split(f"<@{ONCALL}>", 1)[1])
    demo.say("/resilience snoozes")
    demo.whisper("nba-alerts", ONCALL, "1 snoozed")
    pressed(demo, CANARY, card, "wake")
    until(lambda: demo.document("snoozes")["snoozes"] == [], "the snooze to end")


def blocks(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [*card.get("blocks", []), *(block for one in card.get("attachments", []) for block in one.get("blocks", []))]


def harmless(words: str) -> None:
    assert "<!" not in words and "<@" not in words and "<#" not in words and "<http" not in words
    assert "`" not in words and "*bold*" not in words and "@channel" not in words and "@everyone" not in words
    assert not set(words) & set("\u202e\u202c\u200f\u0007\u0000")


# --- the shell ----------------------------------------------------------------------------------------------------


def shell(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in Demo(home).environment.items() if key != "PORT"}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env={**clean, "PORT": str(free_port()), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def one_sentence(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    said = done.stderr.strip().splitlines()
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr and len([one for one in said if one.startswith("resilience: ")]) == 1, said
    assert all(one in said[-1] for one in words), said


SETTINGS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "token without secret": ({"SLACK_BOT_TOKEN": "xoxb-1"}, ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN")),
    "secret without token": ({"SLACK_SIGNING_SECRET": "abc"}, ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN")),
    "app token alone": ({"SLACK_APP_TOKEN": "xapp-1"}, ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN")),
    "port a word": ({"PORT": "http"}, ("PORT", "'http'")),
    "port too high": ({"PORT": "70000"}, ("PORT", "'70000'")),
    "port negative": ({"PORT": "-1"}, ("PORT",)),
    "port in use": ({"PORT": "{port}"}, ("PORT", "address already in use")),
    "open to the world": ({"HOST": "0.0.0.0"}, ("HOST", "0.0.0.0")),
    "mode misspelt": ({"RESILIENCE_MODE": "locl"}, ("RESILIENCE_MODE", "'locl'")),
    "no such configuration": ({"RESILIENCE_CONFIG": "/nowhere/resilience.yaml"}, ("/nowhere/resilience.yaml",)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_wrong_setting_is_one_sentence_and_2(demo: Demo, tmp_path: Path, name: str) -> None:
    environment, words = SETTINGS[name]
    environment = {key: value.format(port=demo.port) for key, value in environment.items()}
    one_sentence(shell("serve", home=tmp_path / "home", **environment), 2, *words)


def test_a_misspelt_key_names_file_key_and_the_nearest(tmp_path: Path) -> None:
    path = ROOT / "resilience.misspelt.yaml"
    path.write_text((ROOT / "resilience.yaml").read_text().replace("\nerrors_channel:", "\nerors_channel:"))
    try:
        for word in ("serve", "demo", "status"):
            done = shell(word, home=tmp_path / "home", RESILIENCE_CONFIG=str(path))
            one_sentence(done, 2, "resilience.misspelt.yaml", "erors_channel", "errors_channel")
        done = shell("validate", "--json", home=tmp_path / "home", RESILIENCE_CONFIG=str(path))
        found = json.loads(done.stdout)
        assert done.returncode == 2 and found["schema_version"] == 1 and found["valid"] is False
    finally:
        path.unlink()


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("mine")
    for word in ("status", "serve", "demo"):
        one_sentence(shell(word, home=file), 2, str(file))
    assert file.read_text() == "mine"


@pytest.fixture(scope="module")
def left(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the demo's store, to be spoilt."""
    folder = tmp_path_factory.mktemp("left")
    with sqlite3.connect(demo.home / "store.sqlite") as source, sqlite3.connect(folder / "store.sqlite") as target:
        source.backup(target)
    yield folder


def test_a_spoilt_store_is_said_and_never_a_silent_new_start(left: Path, tmp_path: Path) -> None:
    spoils: dict[str, Callable[[Path], object]] = {
        "rubbish": lambda path: path.write_bytes(b"rubbish" * 1000),
        "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "another program's": another_program,
    }
    for name, spoil in spoils.items():
        home = tmp_path / name
        home.mkdir()
        shutil.copy(left / "store.sqlite", home / "store.sqlite")
        spoil(home / "store.sqlite")
        before = (home / "store.sqlite").read_bytes()
        done = shell("status", home=home)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr, (name, done)
        assert "store.sqlite" in done.stderr and done.stderr.count("\n") == 1, (name, done.stderr)
        assert (home / "store.sqlite").read_bytes() == before


def another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE accounts (id INTEGER)")


COMMANDS = (
    "help", "status", "events", "patterns", "snoozes", "why phase2_raw", "heal phase3_coverage --dry-run",
    "run phase3_analytics", "help heal",
)  # fmt: skip


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_word_works_the_same_from_slack_and_from_the_shell(demo: Demo, typed: str) -> None:
    demo.card(CANARY, *COVERAGE)
    done = demo.shell(*typed.split(), "--json")
    assert done.returncode == 0 and done.stderr == "", done
    assert json.loads(done.stdout)["schema_version"] == 1
    plain = demo.shell(*typed.split())
    assert plain.returncode == 0 and plain.stdout.strip() and plain.stderr == ""
    title = plain.stdout.splitlines()[0]
    before = len(demo.whispers("nba-alerts", ONCALL))
    assert demo.say(f"/resilience {typed}")["ok"]
    until(lambda: len(demo.whispers("nba-alerts", ONCALL)) > before, "an answer", 20)
    if typed not in ("events", "status"):  # these have moved on by then
        assert title in text({"said": demo.messages("nba-alerts", ONCALL)[-1]})


def test_a_check_that_cannot_look_is_1(demo: Demo, tmp_path: Path) -> None:
    """A store without a warehouse: everything asked is ERROR, and the exit code says so."""
    done = shell("run", "phase3_coverage", "--json", home=tmp_path / "empty")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["schema_version"] == 1


def test_the_demo_is_quiet(demo: Demo) -> None:
    log = (demo.home.parent / f"{demo.home.name}.log").read_text()
    assert log.count("\n") <= 20, log[:3000]


def test_a_folder_in_use_is_never_emptied(demo: Demo) -> None:
    again = Demo(demo.home)
    done = again.shell("demo", "--reset")
    assert done.returncode == 2 and "a running bot uses this folder" in done.stderr
    assert (demo.home / "warehouse.duckdb").exists() and demo.cards(CANARY)
