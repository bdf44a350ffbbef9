"""auth.test, users.* and usergroups.*"""

from __future__ import annotations

from bot.workspace.core import Core
from bot.workspace.errors import Json, Refused
from bot.workspace.methods.args import flag, need, page
from bot.workspace.setup import Person, Setup, mint


def auth_test(core: Core, args: Json) -> Json:
    setup = core.setup
    return {
        "url": f"{args['_origin']}/",
        "team": setup.team,
        "user": setup.bot_name,
        "team_id": setup.team_id,
        "user_id": setup.bot_user,
        "bot_id": setup.bot_id,
        "is_enterprise_install": False,
    }


def described(setup: Setup, person: Person, *, bot: bool = False) -> Json:
    return {
        "id": person.id,
        "team_id": setup.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "is_bot": bot,
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": {"display_name": person.name, "real_name": person.real_name, "title": person.role},
    }


def about(core: Core, args: Json) -> Json:
    person_id = need(args, "user", "user_not_found")
    found = next((one for one in _everybody(core) if one["id"] == person_id), None)
    if found is None:
        raise Refused("user_not_found")
    return {"user": found}


def listing(core: Core, args: Json) -> Json:
    shown, cursor = page(_everybody(core), args, 200, 1000)
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


def groups(core: Core, args: Json) -> Json:
    made = []
    for name, people in core.setup.groups.items():
        one: Json = {"id": group_id(name), "team_id": core.setup.team_id, "name": name, "handle": name}
        one["is_usergroup"], one["user_count"] = True, len(people)
        if flag(args, "include_users"):
            one["users"] = list(people)
        made.append(one)
    return {"usergroups": made}


def group_members(core: Core, args: Json) -> Json:
    wanted = need(args, "usergroup", "no_such_subteam")
    for name, people in core.setup.groups.items():
        if group_id(name) == wanted:
            return {"users": list(people)}
    raise Refused("no_such_subteam")


def group_id(name: str) -> str:
    """An id stays as it is, a handle gets one."""
    return name if name.startswith("S") and name.isupper() else mint("S", name)


def _everybody(core: Core) -> list[Json]:
    setup = core.setup
    bot = Person(setup.bot_user, setup.bot_name, setup.app_name, "app")
    return [*(described(setup, one) for one in setup.people), described(setup, bot, bot=True)]
