"""The regions, and which of them are chosen."""

from dataclasses import dataclass, field


@dataclass(order=True)
class Region:
    name: str
    people: int = 0
    area: float = 0.0
    parts: list["Region"] = field(default_factory=list, compare=False)

    def density(self):
        if not self.area:
            return 0.0
        return self.people / self.area

    def walk(self):
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def is_large(self):
        return self.people > 1000

    @staticmethod
    def of(text):
        name, people, area = text.split(";")
        return Region(name, int(people), float(area))


TABLE = """\
North Sea;1200;10
Old Town;800;2
Île Verte;3000;55
the Hills;20;900
"""
ALL = [Region.of(line) for line in TABLE.splitlines()]


def chosen():
    return [region.name for region in ALL if region.is_large or region.name.startswith("O")]


def largest(count=3):
    """The largest ones."""
    return sorted(ALL, key=lambda region: (-region.people, region.name))[:count]


async def refresh(session):
    for region in ALL:
        answer = await session.get(region.name)
        region.people = answer["people"]
