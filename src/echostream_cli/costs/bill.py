"""A bill: what was used, times what it costs, with the free tier apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from echostream_cli.costs.prices import prices

Usage = Mapping[str, float]
"""How much was used of each thing that has a price, by the names in `prices.yaml`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is charged for. `free` is what the free tier takes off, in dollars."""

    part: str
    what: str
    quantity: float
    unit: str
    dollars: float
    free: float


@dataclass(frozen=True, slots=True)
class Bill:
    """What a month, or so many documents, cost."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """Dollars before the free tier."""
        return sum(line.dollars for line in self.lines)

    @property
    def after_free(self) -> float:
        """Dollars that are left when the free tier has taken its part off."""
        return sum(line.dollars - line.free for line in self.lines)

    def by_part(self) -> dict[str, tuple[float, float]]:
        """Dollars by part: before the free tier, and what it takes off."""
        found: dict[str, tuple[float, float]] = {}
        for line in self.lines:
            dollars, free = found.get(line.part, (0.0, 0.0))
            found[line.part] = dollars + line.dollars, free + line.free
        return found


def bill_of(usage: Usage) -> Bill:
    """The bill of a month's usage, in the price file's order. KeyError for what has no price."""
    unknown = set(usage) - set(prices())
    if unknown:
        raise KeyError(f"no price for {', '.join(sorted(unknown))}")
    return Bill(
        tuple(
            Line(p.part, p.what, usage[name], p.unit, p.of(usage[name]), p.free_of(usage[name]))
            for name, p in prices().items()
            if usage.get(name)
        )
    )


def scaled(usage: Usage, factor: float) -> dict[str, float]:
    """So many times the usage."""
    return {name: quantity * factor for name, quantity in usage.items()}


def added(*usages: Usage) -> dict[str, float]:
    """Usages taken together."""
    total: dict[str, float] = {}
    for usage in usages:
        for name, quantity in usage.items():
            total[name] = total.get(name, 0.0) + quantity
    return total
