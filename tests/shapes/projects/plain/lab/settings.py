"""What the pipeline is set to."""

import dataclasses
import enum
import functools
import os
import re

MODELS = ("linear", "forest", "boosted")


class Unit(enum.Enum):
    """What is measured in."""

    METRE = "m"
    SECOND = "s"

    @property
    def title(self):
        return self.name.capitalize()

    @classmethod
    def parse(cls, text):
        for unit in cls:
            if unit.value == text.strip().lower():
                return unit
        raise ValueError(f"no unit: {text!r}")


@dataclasses.dataclass(frozen=True)
class Settings:
    """All settings."""

    raw: str = "raw.csv"
    limit: float = 3.0
    share: float = 0.8
    units: tuple = (Unit.METRE, Unit.SECOND)
    tags: list = dataclasses.field(default_factory=list)

    @classmethod
    def load(cls):
        # From the defaults, until there is a file.
        return cls(**defaults())

    def with_limit(self, limit):
        """The same with another limit."""
        return dataclasses.replace(self, limit=limit)

    def check(self):
        if not 0 < self.share < 1:
            raise ValueError("share")
        if self.limit <= 0:
            raise ValueError("limit")
        return self


@functools.lru_cache(maxsize=None)
def pattern(name):
    return re.compile(rf"^{name}_\d+$")


def defaults():
    return {"raw": os.path.join("data", "raw.csv"), "limit": 2.5}
