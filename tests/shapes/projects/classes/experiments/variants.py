"""The experiments there are."""

import math

from .base import Experiment, Setting


class Baseline(Experiment, order=1):
    """Changes nothing."""

    def round(self, value, number):
        return value


class Noise(Experiment, order=2):
    """Adds some noise."""

    rounds = Setting(20)
    level = 0.1

    def round(self, value, number):
        # A sine is noise enough.
        return value + self.level * math.sin(number)


class Deep(Noise, order=3):
    """Adds noise for long."""

    sizes = ("large",)
    level = Noise.level / 2

    def round(self, value, number):
        for _ in range(3):
            value = super().round(value, number)
        self.last = value
        return value


def total(values, start=0):
    match values:
        case []:
            return start
        case [first, *rest]:
            return total(rest, start + first)
