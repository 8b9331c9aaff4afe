import os
import sys
from pathlib import Path
from typing import Annotated, TypedDict

from pivot import Out, Pipeline, loaders, no_fingerprint

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import helpers
import package.more as more
from package.values import FACTOR, Shape

LIMITS = [1, 2]


class Result(TypedDict):
    out: Annotated[Path, Out("out.txt", loaders.PathOnly())]


def near() -> int:
    return helpers.far() + FACTOR


def train() -> Result:
    """Trains.

    At length.
    """
    return {"out": near() + more.more()}


def shape() -> Result:
    return {"out": Shape().area()}


def bare() -> Result:
    return {"out": 1}


def refused() -> Result:
    return {"out": LIMITS}


exec("def made() -> Result: return 1")


@no_fingerprint(code_deps=["helpers.py"])
def by_file() -> Result:
    return {"out": 1}


pipeline = Pipeline("demo")
for each in (train, shape, bare, refused, made, by_file):  # noqa: F821
    name = each.__name__
    pipeline.register(each, name=name, out_path_overrides={"out": f"{name}.txt"})
