"""What an experiment is."""

import dataclasses
import operator


class Meta(type):
    """Collects all classes of experiments."""

    known: list = []

    def __new__(meta, name, bases, body, **options):
        cls = super().__new__(meta, name, bases, body)
        if bases:
            meta.known.append(cls)
        cls.order = options.get("order", len(meta.known))
        return cls

    def __repr__(cls):
        return f"<{cls.__name__} {cls.order}>"


class Setting:
    """A descriptor with a default."""

    def __init__(self, default, check=None):
        self.default, self.check = default, check

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return getattr(instance, self.name, self.default)

    def __set__(self, instance, value):
        if self.check and not self.check(value):
            raise ValueError(self.name)
        setattr(instance, self.name, value)


class Experiment(metaclass=Meta):
    """One experiment."""

    size = Setting("small", check=lambda value: value in ("small", "large"))
    rounds = Setting(10)

    def __init__(self, size):
        self.size = size

    @property
    def name(self):
        return type(self).__name__.lower()

    def run(self, seed):
        """Runs all rounds."""
        value = seed
        for number in range(self.rounds):
            value = self.round(value, number)
        return value

    def round(self, value, number):
        raise NotImplementedError


@dataclasses.dataclass
class Report:
    title: str
    lines: list = dataclasses.field(default_factory=list)

    def add(self, line):
        self.lines.append(line.rstrip())
        self.count = len(self.lines)

    def __str__(self):
        return "\n".join([self.title, *self.lines])


def experiments(size):
    found = sorted(Meta.known, key=operator.attrgetter("order"))
    return [cls(size) for cls in found if applies(cls, size)]


def applies(cls, size):
    return size in getattr(cls, "sizes", ("small", "large"))
