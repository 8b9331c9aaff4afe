from pivot import Pipeline, no_fingerprint, stage

import helpers
import package.more
from package.values import FACTOR, Shape

LIMITS = [1, 2]


def near() -> int:
    return helpers.far() + FACTOR


@stage
def train() -> dict:
    """Trains.

    At length.
    """
    return {"a": near() + package.more.more()}


@stage
def shape() -> dict:
    return {"a": Shape().area()}


@stage
def bare() -> dict:
    return {"a": 1}


@stage
def refused() -> dict:
    return {"a": LIMITS}


exec("def made(): return 1")


@stage
def with_made() -> dict:
    return {"a": made()}  # noqa: F821


@stage
@no_fingerprint(code_deps=["helpers.py"])
def by_file() -> dict:
    return {"a": 1}


pipeline = Pipeline("demo")
with pipeline:
    for each in (train, shape, bare, refused, with_made, by_file):
        each()
