"""Models, what they predict for a day, their signals, and how they were graded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from schemas.times import to_text

from .days import FEATURES, RAW, GameDay, Row, Tables
from .league import draw
from .moments import AsOf, moment

PREDICTIONS = "nba_predictions.player_prop_predictions"
SIGNALS = "nba_predictions.daily_prediction_signals"
ACCURACY = "nba_predictions.prediction_accuracy"
REGISTRY = "nba_predictions.model_registry"
DARK_MODEL = "lightgbm_v2"
_GRADE_SPARE = timedelta(minutes=5)


@dataclass(frozen=True)
class Model:
    """A row of the registry; ``age`` in days. Only an enabled, active model predicts."""

    name: str
    family: str
    age: int
    enabled: bool = True
    status: str = "active"


MODELS = (
    Model("catboost_v9", "catboost", 120),
    Model("xgboost_v4", "xgboost", 96),
    Model("moving_average_v1", "baseline", 200),
    Model(DARK_MODEL, "lightgbm", 45),
    Model("similarity_v3", "similarity", 300, enabled=False, status="retired"),
)
PREDICTING = tuple(model for model in MODELS if model.enabled and model.status == "active")


def registry_rows(at: AsOf) -> list[Row]:
    return [
        {
            "model_id": model.name,
            "model_family": model.family,
            "enabled": model.enabled,
            "status": model.status,
            "created_at": to_text(moment(at.today - timedelta(days=model.age), "15:00")),
        }
        for model in MODELS
    ]


def prediction_rows(seed: int, day: date, model: str, features: list[Row], written: str) -> list[Row]:
    """A row for each quality-ready player of the day; nine in ten have a line."""
    rng = draw(seed, day, model)
    return [_prediction(rng, model, feature, written) for feature in features if feature["is_quality_ready"]]


def _prediction(rng: Random, model: str, feature: Row, written: str) -> Row:
    points = round(rng.uniform(6, 28), 1)
    line = round(2 * (points + rng.uniform(-4, 4))) / 2 if rng.random() < 0.9 else None
    word = "NO_LINE" if line is None else "PASS" if abs(points - line) < 0.6 else "OVER" if points > line else "UNDER"
    return {
        "prediction_id": f"{model}/{feature['game_date']}/{feature['player_lookup']}",
        "system_id": model,
        "player_lookup": feature["player_lookup"],
        "game_id": feature["game_id"],
        "game_date": feature["game_date"],
        "predicted_points": points,
        "confidence_score": round(rng.uniform(48, 86), 1),
        "recommendation": word,
        "current_points_line": line,
        "is_active": True,
        "created_at": written,
    }


def signal_row(day: date, model: str, predictions: list[Row]) -> Row:
    picks = [row["recommendation"] for row in predictions if row["recommendation"] in ("OVER", "UNDER")]
    over = round(100 * picks.count("OVER") / len(picks), 1) if picks else None
    return {
        "game_date": day.isoformat(),
        "system_id": model,
        "total_picks": len(picks),
        "pct_over": over,
        "daily_signal": None if over is None else "GREEN" if 35 <= over <= 65 else "YELLOW",
    }


def accuracy_rows(predictions: list[Row], raw: list[Row], graded: str) -> list[Row]:
    """A grade for each prediction with a line; null where the player did not play."""
    actual = {row["player_lookup"]: row["points"] for row in raw}
    return [
        {
            "player_lookup": row["player_lookup"],
            "game_id": row["game_id"],
            "game_date": row["game_date"],
            "system_id": row["system_id"],
            "prediction_correct": _correct(row, actual.get(row["player_lookup"])),
            "actual_points": actual.get(row["player_lookup"]),
            "graded_at": graded,
        }
        for row in predictions
        if row["current_points_line"] is not None
    ]


def _correct(row: Row, points: int | None) -> bool | None:
    if points is None or row["recommendation"] == "PASS":
        return None
    over: bool = points > row["current_points_line"]
    said: bool = row["recommendation"] == "OVER"
    return over is said


def betting(one: GameDay, tables: Tables, at: AsOf) -> Tables:
    """Predictions (10:30) and signals (12:00) of a day as far as they are due; grades of a day that is played."""
    found: Tables = {PREDICTIONS: [], SIGNALS: [], ACCURACY: []}
    if not at.reached(one.day, "10:30"):
        return found
    written = to_text(moment(one.day, "10:24"))
    after = one.day + timedelta(days=1)
    for model in PREDICTING:
        rows = prediction_rows(one.seed, one.day, model.name, tables[FEATURES], written)
        found[PREDICTIONS] += rows
        if at.reached(one.day, "12:00"):
            found[SIGNALS].append(signal_row(one.day, model.name, rows))
        if one.played:
            found[ACCURACY] += accuracy_rows(rows, tables[RAW], at.early(after, "09:40", _GRADE_SPARE))
    return found
