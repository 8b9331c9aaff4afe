"""Cleans measurements, fits models and reports on them."""

from __future__ import annotations

import logging
from typing import TypedDict

from pivot import Pipeline, stage

from lab import cleaning, models
from lab.settings import MODELS, Settings

logger = logging.getLogger(__name__)
settings = Settings.load()


class Fit(TypedDict):
    """What a fit gives."""

    weights: dict
    losses: dict


@stage
def prepare() -> dict:
    """Cleans the raw measurements."""
    rows = cleaning.read(settings.raw)
    rows = cleaning.drop_outliers(rows, limit=settings.limit)
    logger.info("%d rows", len(rows))
    return {"rows": rows, "count": len(rows)}


@stage
def split(data: dict) -> dict:
    """Splits them into two halves."""
    rows = data["rows"]
    middle = int(len(rows) * settings.share)
    # The first half trains.
    return {"train": rows[:middle], "test": rows[middle:]}


@stage
def train(data: dict) -> Fit:
    """Fits one model to the first half."""
    model = models.make("linear", rate=0.1)
    losses = []
    for step in range(100):
        loss = model.step(data["train"])
        losses.append(loss)
        if loss < 1e-3:
            break
    return Fit(weights=model.weights(), losses={"losses": losses})


@stage
def evaluate(weights: dict, data: dict) -> dict:
    """Scores a model on the second half."""
    errors = [abs(models.predict(weights, row) - row["y"]) for row in data["test"]]
    return {"mean": sum(errors) / max(len(errors), 1), "worst": max(errors, default=0.0)}


pipeline = Pipeline("plain")
with pipeline:
    rows = prepare()
    halves = split(rows)
    for model in MODELS:
        with pipeline.variant(model):
            evaluate(train(halves)["weights"], halves)
