"""What the front door starts: a word, the service, the demo; with the settings read once."""

from __future__ import annotations

import getpass
import json
import os
import signal
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from control_plane.backends.clock import SystemClock
from schemas.errors import ConfigError
from schemas.heals import HealState

from .commands import say
from .commands._draw import text
from .config import every_fault, load_pipeline
from .settings import Settings, read_settings

if TYPE_CHECKING:
    from .house import House
    from .local import Local
    from .slack.http import Account

SCHEMA_VERSION = 1
PATIENCE = timedelta(minutes=20)


def identity() -> str:
    """This process's own name, new at each start."""
    return f"{socket.gethostname()}-{os.getpid()}-{time.monotonic_ns() % 1_000_000}"


def word(parts: list[str]) -> int:
    """Answers one word in the shell; the exit code."""
    as_json = "--json" in parts
    if parts[1:] in (["--help"], ["-h"]):
        parts = ["help", parts[0]]
    house = open_house(read_settings())
    try:
        person = f"shell:{getpass.getuser()}"
        rest = [part for part in parts if part != "--json"]
        answer, _ = say(house, rest, person=person, source="command", now=house.back.clock.now())
        if answer.heal_id and not as_json:
            print(text(answer))
            return _follow(house, answer.heal_id)
        document = {"schema_version": SCHEMA_VERSION, **answer.data}
        print(json.dumps(document, indent=2, default=str) if as_json else text(answer))
        return answer.code
    finally:
        house.close()


def open_house(settings: Settings) -> House:
    """The house over the embedded default, without lanes or a door."""
    from .house import build, open_backends

    pipeline = load_pipeline(settings.config)
    return build(pipeline, settings.home, open_backends(pipeline, settings.home, SystemClock()), identity())


def validate(as_json: bool) -> int:
    """Prints every fault of the configuration; 2 when there is one."""
    settings = read_settings()
    faults = every_fault(settings.config)
    if as_json:
        listed = [
            {"file": one.file, "line": one.line, "key": one.key, "what": one.what, "hint": one.hint} for one in faults
        ]
        print(json.dumps({"schema_version": SCHEMA_VERSION, "valid": not faults, "faults": listed}, indent=2))
    for fault in faults if not as_json else ():
        print(fault)
    if not faults and not as_json:
        print(f"{settings.config} is valid")
    return 2 if faults else 0


def _follow(house: House, heal_id: str) -> int:
    """Moves the heal on from here, step by step, until it is closed; a running bot may take steps as well."""
    until, said = house.back.clock.now() + PATIENCE, ""
    while (now := house.back.clock.now()) < until:
        heal = house.desk.get(heal_id)
        if heal is None or heal.state is HealState.CLOSED:
            break
        if heal.words != said:
            said = heal.words
            print(f"  {heal.state}: {said}", flush=True)
        if heal.state is HealState.APPROVAL:
            print("It waits for a second person's approval in Slack.")
            return 0
        if not house.desk.step(heal_id, now):
            time.sleep(0.3)
    heal = house.desk.get(heal_id)
    if heal is None or heal.outcome is None:
        print("It is still under way; the running bot goes on with it.")
        return 0
    print(f"{heal.outcome}: {heal.words}")
    return 1 if heal.outcome.failure else 0


def _account(settings: Settings, local: Local | None) -> Account:
    """The bot's account: in the workspace of our own, else in the Slack that is configured."""
    from .slack.http import Account

    if local is not None:
        return Account(local.bot_token, (local.signing_secret,), local.api_url)
    assert settings.slack is not None
    signing = tuple(one.reveal() for one in settings.slack.signing_secrets)
    return Account(settings.slack.bot_token.reveal(), signing, settings.slack.api_url)


def serve(*, demo: bool, reset: bool = False) -> None:
    """The service until a signal ends it; with ``demo`` over freshly generated data."""
    from .demo import prepare, tour
    from .local import Local
    from .logs import start_logs
    from .service import Place, Service

    settings = read_settings()
    if demo:
        prepare(settings, reset=reset)
    local = Local.open(settings) if settings.slack is None else None
    account = _account(settings, local)
    start_logs((account.token, *account.signing_secrets))
    house = open_house(settings)
    service = Service(house, account, Place(settings.host, settings.port), (local.mount,) if local else ())
    address = f"http://{settings.host}:{settings.port}/"

    faults: list[ConfigError] = []

    def started() -> None:
        try:
            load_pipeline(settings.config, deep=True)  # reads the queries with sqlglot: once the port is open
        except ConfigError as error:
            faults.append(error)
            signal.raise_signal(signal.SIGTERM)
            return
        if demo:
            tour(house)
        where = "open" if local else "Slack reaches it at"
        print(f"\nresilience is running; {where} {address}", flush=True)

    try:
        service.run(started)
    finally:
        house.close()
    if faults:
        raise faults[0]
