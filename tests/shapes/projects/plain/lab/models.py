"""Models, by name."""

import abc
import random

REGISTRY = {}


def register(name, **options):
    """Registers a class."""

    def decorate(cls):
        REGISTRY[name] = (cls, options)
        cls.name = name
        return cls

    return decorate


class Model(abc.ABC):
    """What all have."""

    rate = 0.1

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.kinds = (*getattr(cls, "kinds", ()), cls.__name__)

    @abc.abstractmethod
    def step(self, rows):
        """One step; the loss."""

    def weights(self):
        return dict(vars(self))


@register("linear", order=1)
class Linear(Model):
    """A line."""

    def __init__(self, rate=0.1):
        self.rate, self.slope, self.offset = rate, 0.0, 0.0

    def step(self, rows):
        loss = 0.0
        for row in rows:
            error = self.slope * row["x"] + self.offset - row["y"]
            self.slope -= self.rate * error * row["x"]
            self.offset -= self.rate * error
            loss += error * error
        return loss / max(len(rows), 1)


@register("forest", order=2)
class Forest(Model):
    """Many trees."""

    count = 10

    def step(self, rows):
        self.trees = [random.choice(rows) for _ in range(self.count)]
        return 1 / len(self.trees)


@register("boosted", order=3)
class Boosted(Forest):
    """Trees in a row."""

    count = 20

    def step(self, rows):
        return super().step(rows) / 2


def make(name, **options):
    cls, _ = REGISTRY[name]
    return cls(**options)


def predict(weights, row):
    return weights.get("slope", 0.0) * row["x"] + weights.get("offset", 0.0)
