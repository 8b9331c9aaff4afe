"""The Pivot project of the demo and of the pictures."""

import subprocess

PIPELINE = '''\
from typing import TypedDict

from pivot import Pipeline, stage


class Fit(TypedDict):
    weights: dict
    losses: dict


@stage
def prepare() -> dict:
    """Cleans the raw data."""
    return {"rows": 100}


@stage
def train(data: dict) -> Fit:
    """Fits one model to the clean data."""
    return Fit(weights={}, losses={})


@stage
def evaluate(weights: dict) -> dict:
    """Scores a model on the held-out rows."""
    return {"accuracy": 0.9}


pipeline = Pipeline("demo")
with pipeline:
    data = prepare()
    for model in ("linear", "forest", "boosted"):
        with pipeline.variant(model):
            evaluate(train(data)["weights"])
'''


def make(directory, environment, head=""):
    """A project with Pivot's own command and this pipeline, which does `head` first."""
    directory.mkdir()
    (directory / "pipeline.py").write_text(head + PIPELINE)
    command = ["pivot", "init"]
    subprocess.run(command, cwd=directory, env=environment, check=True, stdout=subprocess.DEVNULL)
