"""All rows and documents of the pipeline as of a moment, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from .books import books
from .days import (
    CACHES,
    CONTEXT,
    DEFENSE,
    FEATURES,
    RAW,
    SCHEDULE,
    SUMMARY,
    GameDay,
    Tables,
    feature_rows,
    precompute,
    raw_rows,
    schedule_row,
    summary_rows,
)
from .faults import Planted, plant
from .league import FINAL, LIVE, SCHEDULED, Game, exhibition, slate
from .live import Batches, batches
from .moments import AsOf
from .predictions import ACCURACY, PREDICTIONS, REGISTRY, SIGNALS, betting, registry_rows

_AHEAD = 7  # days of the schedule that are known beforehand
_TIP_OFF = ("19:00", "19:30", "20:00", "22:00")


@dataclass(frozen=True)
class World:
    """``tables`` by ``dataset.table``; ``planted`` is None for a healthy pipeline."""

    tables: Tables
    batches: Batches
    planted: Planted | None


def build(at: AsOf, seed: int, *, faults: bool) -> World:
    tables: Tables = {name: [] for name in (SCHEDULE, RAW, SUMMARY, CONTEXT, DEFENSE, FEATURES, *CACHES)}
    tables |= {name: [] for name in (PREDICTIONS, SIGNALS, ACCURACY)}
    tables[REGISTRY] = registry_rows(at)
    tables[SCHEDULE].append(schedule_row(exhibition(at.days()[0] - timedelta(days=1))))
    for day in at.days():
        games = _games(seed, day, at)
        tables[SCHEDULE] += map(schedule_row, games)
        one = GameDay(seed, day, tuple(game for game in games if game.counts), played=day < at.today)
        for name, rows in _day(one, at).items():
            tables[name] += rows
    for ahead in range(1, _AHEAD + 1):
        tables[SCHEDULE] += map(schedule_row, slate(seed, at.today + timedelta(days=ahead), SCHEDULED))
    finals = tuple(game for game in _games(seed, at.yesterday, at) if game.counts)
    planted = plant(tables, finals, seed) if faults else None
    return World(tables | books(tables, at), batches(seed, tables, at, faults=faults), planted)


def _day(one: GameDay, at: AsOf) -> Tables:
    raw = raw_rows(one, at)
    tables = {RAW: raw, SUMMARY: summary_rows(one, raw, at), **precompute(one, at), FEATURES: feature_rows(one, at)}
    return tables | betting(one, tables, at)


def _games(seed: int, day: date, at: AsOf) -> tuple[Game, ...]:
    """Past games are final; today's are scheduled until their tip-off, then live."""
    if day < at.today:
        return slate(seed, day, FINAL)
    return tuple(
        replace(game, status=LIVE) if game.counts and at.reached(day, _TIP_OFF[place % len(_TIP_OFF)]) else game
        for place, game in enumerate(slate(seed, day, SCHEDULED))
    )
