"""The parameters that a query names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAMED = re.compile(r"@([A-Za-z_]\w*)")


def parameters_in(sql: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``known`` that stand in ``sql`` as ``@name``."""
    used = set(_NAMED.findall(sql))
    return {name: value for name, value in known.items() if name in used}
