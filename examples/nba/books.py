"""The pipeline's own books: halt state, completions of phases, failed items, and what each source delivered."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from schemas.times import to_text

from .days import CONTEXT, FEATURES, RAW, SUMMARY, Row, Tables
from .moments import AsOf, moment
from .predictions import PREDICTIONS, SIGNALS

HALT = "nba_orchestration.halt_state"
COMPLETIONS = "nba_orchestration.phase_completions"
FAILED = "nba_orchestration.failed_items"
_PHASES = (  # phase, processor, table, day after the game day, New York's clock
    ("phase2", "nbac_gamebook_processor", RAW, 1, "03:20"),
    ("phase3", "player_game_summary_processor", SUMMARY, 1, "06:30"),
    ("phase3", "upcoming_player_game_context_processor", CONTEXT, 0, "06:30"),
    ("phase4", "ml_feature_store_processor", FEATURES, 0, "08:00"),
    ("phase5", "prediction_coordinator", PREDICTIONS, 0, "10:30"),
    ("phase6", "daily_signal_publisher", SIGNALS, 0, "12:00"),
)
_SOURCES = (  # kind, source, share of the rows that the primary has, day after the game day, New York's clock
    ("player_boxscores", "gamebook", 1.0, 1, "03:00"),
    ("player_boxscores", "espn", 0.97, 1, "03:10"),
    ("player_props", "odds_api", 1.0, 0, "09:30"),
    ("player_props", "bettingpros", 0.9, 0, "09:40"),
    ("schedule", "nba", 1.0, 0, "05:00"),
    ("schedule", "espn", 1.0, 0, "05:10"),
    ("injuries", "nba", 1.0, 0, "09:00"),
    ("injuries", "bdl", 0.8, 0, "09:05"),
)
_FIXED = {"player_props": 260, "schedule": 15, "injuries": 64}
_ERRORS = (
    ("player_game_summary_processor", "ReadTimeout: the read operation timed out after 60 s", 9),
    ("ml_feature_store_processor", "503 Service Unavailable: backend connection closed", 15),
    ("nbac_gamebook_processor", "429 Too Many Requests: retry after 30 s", 21),
)


def books(tables: Tables, at: AsOf) -> Tables:
    """From the other tables as they are, faults included; nothing is written after now."""
    sources: Tables = {f"nba_raw.source_{kind}": [] for kind, *_ in _SOURCES}
    box_scores = Counter(row["game_date"] for row in tables[RAW])
    for day in at.days():
        _sourced(sources, day, box_scores[day.isoformat()], at)
    return {
        HALT: [_halt(day) for day in at.days() if at.reached(day, "05:30")],
        COMPLETIONS: _completions(tables, at),
        FAILED: _failed(at),
        **sources,
    }


def _halt(day: date) -> Row:
    return {
        "effective_date": day.isoformat(),
        "sport": "nba",
        "halt_active": False,
        "halt_reason": "none",
        "written_at": to_text(moment(day, "05:30")),
    }


def _completions(tables: Tables, at: AsOf) -> list[Row]:
    counts = Counter((table, row["game_date"]) for _, _, table, _, _ in _PHASES for row in tables[table])
    return [
        {
            "phase": phase,
            "game_date": day.isoformat(),
            "processor_name": processor,
            "status": "success",
            "record_count": counts[table, day.isoformat()],
            "completed_at": at.early(day + timedelta(days=later), clock, timedelta(minutes=15)),
        }
        for phase, processor, table, later, clock in _PHASES
        for day in at.days()
        if counts[table, day.isoformat()]
    ]


def _sourced(sources: Tables, day: date, box_scores: int, at: AsOf) -> None:
    for kind, source, share, later, clock in _SOURCES:
        count = box_scores if kind == "player_boxscores" else _FIXED[kind]
        if count and (later or at.reached(day, clock)):
            sources[f"nba_raw.source_{kind}"].append(
                {
                    "source": source,
                    "game_date": day.isoformat(),
                    "row_count": round(count * share),
                    "loaded_at": at.early(day + timedelta(days=later), clock, timedelta(minutes=45)),
                }
            )


def _failed(at: AsOf) -> list[Row]:
    """Items that failed once and succeeded when tried again: history, not faults."""
    return [
        {
            "item_id": f"item_{at.today - timedelta(days=back)}_{place}",
            "processor_name": processor,
            "game_date": (at.today - timedelta(days=back)).isoformat(),
            "error_message": words,
            "attempts": 2,
            "next_at": None,
            "status": "succeeded",
        }
        for place, (processor, words, back) in enumerate(_ERRORS)
    ]
