from __future__ import annotations

from collections.abc import Mapping

import pytest

from checks import canary_query, kinds, look_by_kind, stalled_batches
from schemas.errors import ConfigError
from schemas.pipeline import CheckSpec


def test_a_kind_is_a_file() -> None:
    assert {"canary_query", "stalled_batches"} <= set(kinds())
    assert not [kind for kind in kinds() if kind.startswith("_")]
    assert look_by_kind("canary_query") is canary_query.look
    assert look_by_kind("stalled_batches") is stalled_batches.look


def test_every_kind_has_a_look() -> None:
    for kind in kinds():
        assert callable(look_by_kind(kind))


def test_a_misspelt_kind_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'canary_query'"):
        look_by_kind("canary_qery")
    with pytest.raises(ConfigError):
        look_by_kind("_words")


def test_the_shipped_checks_use_kinds_that_exist(specs: Mapping[str, CheckSpec]) -> None:
    assert {spec.kind for spec in specs.values()} <= set(kinds())
