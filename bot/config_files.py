"""Files that nobody would miss: a query, a kind of check or a healer that no configuration beside it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import checks
import healing.deeds
from schemas.errors import ConfigError

from .config_text import Written, map_of, read_text, section_of


def unused_files(written: Written, root: Path) -> Iterator[ConfigError]:
    """A fault for each ``.sql`` file in the folders of the declared queries that no YAML file in ``root`` names, and
    where ``root`` is the house itself, for each kind and healer without an entry."""
    text = "\n".join(_texts(root))
    for folder in sorted(_folders(written, root)):
        for path in sorted(folder.glob("*.sql")):
            name = path.relative_to(root.resolve()).as_posix()
            if not _named(name, text):
                yield _fault(path, "checks", "no configuration uses this query", "name it as the sql of a check")
    if Path(checks.__file__ or "").resolve() == (root / "checks" / "__init__.py").resolve():
        for kind in checks.kinds():
            if not _named(kind, text):
                path = root / "checks" / f"{kind}.py"
                yield _fault(path, "checks", "no configuration uses this kind of check", "declare a check of it")
        for healer in healing.deeds.names():
            if not _named(healer, text):
                path = root / "healing" / "deeds" / f"{healer}.py"
                yield _fault(path, "healers", "no configuration uses this healer", "declare its limits under healers")


def _texts(root: Path) -> Iterator[str]:
    for path in sorted([*root.glob("*.yaml"), *root.glob("*.yml")]):
        try:
            yield "\n".join(line for line in read_text(path).splitlines() if not line.lstrip().startswith("#"))
        except ConfigError:
            continue


def _folders(written: Written, root: Path) -> set[Path]:
    """The folders below ``root`` that hold a declared query."""
    named = [map_of(written.values.get("calendar")).get("sql")]
    named += [check.get("sql") for _, check in section_of(written, "checks")]
    folders = {(root / one).resolve().parent for one in named if isinstance(one, str) and one}
    return {one for one in folders if one.is_dir() and one.is_relative_to(root.resolve())}


def _named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])", text) is not None


def _fault(path: Path, key: str, what: str, hint: str) -> ConfigError:
    return ConfigError(what, file=str(path), key=key, hint=f"{hint}, or remove the file")
