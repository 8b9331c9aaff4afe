"""Stages made by functions, from a table."""

import functools
import itertools

from pivot import Pipeline, stage

from steps import regions, registry
from steps.text import slug, title


def traced(function):
    """Notes what a stage did."""

    @functools.wraps(function)
    def wrapper(*arguments, **options):
        result = function(*arguments, **options)
        print(function.__name__, len(result))
        return result

    return wrapper


def loader(region, year=2024):
    """A stage that loads a region."""

    def load() -> dict:
        rows = registry.fetch(region, year)
        return {"rows": rows, "region": region}

    load.__name__ = load.__qualname__ = f"load_{slug(region)}"
    load.__doc__ = f"Loads {title(region)}."
    return stage(load)


def scorer(name, weight):
    def score(data: dict) -> dict:
        total = 0
        for row in data["rows"]:
            total += weight * row.get(name, 0)
        return {"total": total}

    score.__name__ = score.__qualname__ = f"score_{name}"
    score.__doc__ = "Scores by " + name + "."
    return stage(score)


@stage
@traced
def summary(first: dict, second: dict) -> dict:
    """Sums two up."""
    # Both have a total.
    return {"sum": first["total"] + second["total"]}


SCORES = {"people": 1.0, "area": 0.5}
pipeline = Pipeline("factory")
with pipeline:
    for region in regions.chosen():
        data = loader(region)()
        scores = {}
        for name, weight in SCORES.items():
            with pipeline.variant(slug(region)):
                scores[name] = scorer(name, weight)(data)
