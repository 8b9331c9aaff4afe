"""Experiments as classes; each becomes stages."""

import typing

import pydantic
from pivot import Pipeline, stage

from experiments import base, variants
from experiments.base import Experiment


class Options(pydantic.BaseModel):
    """How an experiment runs."""

    seed: int = 0
    folds: int = 3
    names: list[str] = ["small", "large"]

    @pydantic.field_validator("folds")
    @classmethod
    def some_folds(cls, value):
        if value < 1:
            raise ValueError("no folds")
        return value

    def describe(self) -> str:
        """In words."""
        return f"{self.folds} folds of {', '.join(self.names)}"


class Result(typing.NamedTuple):
    score: float
    note: str = ""

    def better(self, other):
        return self.score > other.score


OPTIONS = Options()


def stages_of(experiment: Experiment):
    def run() -> dict:
        result = experiment.run(OPTIONS.seed)
        return {"result": result}

    run.__name__ = run.__qualname__ = experiment.name
    run.__doc__ = type(experiment).__doc__
    return stage(run)


@stage
def compare() -> dict:
    """Compares what came of them."""
    best = None
    for fold in range(OPTIONS.folds):
        found = Result(fold / 2, note=f"fold {fold}")
        if best is None or found.better(best):
            best = found
    return {"best": best}


pipeline = Pipeline("classes")
with pipeline:
    for name in OPTIONS.names:
        for experiment in base.experiments(size=name):
            with pipeline.variant(name):
                stages_of(experiment)()
    compare()
