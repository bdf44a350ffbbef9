"""The rules of the house: who may import whom, how large a thing may grow, and the one door of each banned name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("schemas", "checks", "control_plane", "healing", "bot")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "checks": {"checks", "schemas"},
    "control_plane": {"control_plane", "schemas"},
    "healing": {"healing", "schemas"},
    "bot": set(ROOMS),
}
LINES, FUNCTION, PARAMETERS = 300, 40, 7
DOORS = {
    "datetime.now": {"control_plane/backends/clock.py"},
    "datetime.utcnow": set(),
    "time.time": {"control_plane/backends/clock.py"},
    "os.environ": {"bot/settings.py"},
    "os.getenv": set(),
    "random": set(),
    "uuid": set(),
}
STANDALONE = ("bot/workspace/", "examples/", "benchmarks/", "control_plane/backends/local/job_wrapper.py")
BROAD = {
    "control_plane/runner.py": "runner",
    "healing/desk.py": "desk",
    "bot/slack/rail.py": "Slack rail",
    "bot/slack/noter.py": "Slack rail",
    "bot/presses.py": "Slack rail, behind the acknowledgement",
    "bot/lanes.py": "lane",
    "bot/__main__.py": "front door",
}
QUIET = ("checks/", "control_plane/", "healing/")  # no thread, sleep, random or clock inside, backends apart
BANNED_WORDS = ("Manager", "Helper", "Util", "Handler", "Base", "Data", "Info", "Common", "Misc")


def modules() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "__pycache__" not in path.parts]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Absolute names of what a module imports, relative ones resolved."""
    package = list(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            yield ".".join([*base, *([node.module] if node.module else [])])
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


ALL = modules()


def test_there_is_something_to_judge() -> None:
    assert len(ALL) > 50


@pytest.mark.parametrize("path", ALL, ids=name)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    ours = {one.split(".")[0] for one in imported(path)} & set(ROOMS)
    assert ours <= MAY_IMPORT[room], f"{name(path)} imports {ours - MAY_IMPORT[room]}"


def test_schemas_use_the_standard_library_alone() -> None:
    import sys

    for path in ALL:
        if name(path).startswith("schemas/"):
            outside = {one.split(".")[0] for one in imported(path)} - {"schemas"} - set(sys.stdlib_module_names)
            assert not outside, f"{name(path)} imports {outside}"


def test_the_workspace_imports_nothing_else_of_ours() -> None:
    for path in ALL:
        if name(path).startswith("bot/workspace/"):
            ours = {one for one in imported(path) if one.split(".")[0] in ROOMS}
            assert all(one.startswith("bot.workspace") for one in ours), f"{name(path)} imports {ours}"


def test_slack_stays_at_the_edge_and_sdks_in_the_backends() -> None:
    for path in ALL:
        heads = {one.split(".")[0] for one in imported(path)}
        if not name(path).startswith(("bot/slack/", "bot/workspace/")):
            assert not heads & {"slack_bolt", "slack_sdk"}, f"{name(path)} imports Slack"
        if not name(path).startswith("control_plane/backends/"):
            assert not heads & {"duckdb", "sqlglot", "sqlite3", "google"}, f"{name(path)} imports a backend's SDK"


@pytest.mark.parametrize("path", ALL, ids=name)
def test_nothing_grows_too_large(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES, f"{name(path)} is too long"
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION, f"{name(path)}: {node.name} has {length} lines"
            if node.name == "__init__":
                count = len(node.args.args) + len(node.args.kwonlyargs) - 1
                assert count <= PARAMETERS, f"{name(path)}: a constructor takes {count} parameters"


def uses(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names in use, with their lines; imports of a banned module count as a use."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}", node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_each_banned_name_has_one_door(path: Path) -> None:
    if name(path).startswith(STANDALONE):
        return
    for used, line in uses(path):
        if used in DOORS:
            assert name(path) in DOORS[used], f"{name(path)}:{line} uses {used}"


def broad(node: ast.ExceptHandler) -> bool:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id == "Exception") for kind in kinds)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_everything_is_caught_in_five_places_only(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler) and broad(node):
            assert name(path) in BROAD, f"{name(path)}:{node.lineno} catches everything"


@pytest.mark.parametrize("path", ALL, ids=name)
def test_the_inside_is_plain_steps(path: Path) -> None:
    inside = name(path).startswith(QUIET) and "/backends/" not in name(path)
    if inside:
        heads = {one.split(".")[0] for one in imported(path)}
        assert not heads & {"threading", "asyncio", "time", "random", "uuid", "concurrent", "multiprocessing"}, name(
            path
        )


@pytest.mark.parametrize("path", ALL, ids=name)
def test_names_say_what_things_are(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            assert not node.name.endswith(BANNED_WORDS), f"{name(path)}: {node.name}"


def test_no_test_patches_or_sleeps() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name == "test_house.py":
            continue
        text = path.read_text("utf-8")
        for banned in ("mock.patch", "unittest.mock", "monkeypatch.setattr", "time.sleep(", "asyncio.sleep("):
            assert banned not in text, f"{name(path)} uses {banned}"


def test_the_repository_names_no_machine_and_no_index() -> None:
    for path in [*ALL, *(ROOT / "requirements").glob("*"), ROOT / "Makefile", ROOT / "pyproject.toml"]:
        text = path.read_text("utf-8")
        for banned in ("pypi" + ".org", "files.pythonhosted", "--index" + "-url", "/work/", "/root/"):
            assert banned not in text, f"{name(path)} has {banned}"


def test_one_file_and_one_entry() -> None:
    """Each kind, healer, word and button is a file; each healer has its entry, and each entry its file."""
    from bot import buttons, commands
    from bot.config import load_pipeline
    from checks import kinds
    from healing.deeds import names as deeds

    pipeline = load_pipeline(ROOT / "resilience.yaml")
    assert {spec.kind for spec in pipeline.checks.values()} == set(kinds())
    assert set(pipeline.healers) == set(deeds())
    assert all(commands.help_of(one) and commands.word(one).USAGE.startswith(one) for one in commands.names())
    assert buttons.names()
