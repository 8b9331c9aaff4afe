"""Reads and cleans rows."""

import csv
import math
import statistics

from .settings import Unit, pattern

COLUMNS = {"x": float, "y": float, "unit": Unit.parse}
MISSING = frozenset({"", "na", "nan", "-"})


def read(path):
    """The rows of a file."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        return [convert(row) for row in reader]


def convert(row):
    found = {}
    for name, text in row.items():
        if text.lower() in MISSING:
            found[name] = math.nan
            continue
        kind = COLUMNS.get(name, str)
        found[name] = kind(text)
    return found


def drop_outliers(rows, *, limit=3.0, key="y"):
    """Rows within so many deviations."""
    values = [row[key] for row in rows]
    middle, spread = statistics.mean(values), statistics.pstdev(values)

    def is_near(row):
        return abs(row[key] - middle) <= limit * spread

    return [row for row in rows if is_near(row)]


def numbered(names):
    # Names that end in a number.
    return sorted((name for name in names if pattern("col").match(name)), key=lambda n: int(n.split("_")[1]))


class Window:
    """A window over values."""

    size = 5

    def __init__(self, size=None):
        self.values = []
        self.size = size or type(self).size

    def push(self, value):
        self.values.append(value)
        if len(self.values) > self.size:
            self.dropped = self.values.pop(0)
        return self.mean()

    def mean(self):
        return sum(self.values) / len(self.values)

    def __iter__(self):
        yield from self.values
