"""A bill: usage times prices, with the free tier as a separate amount."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from echostream_cli.costs.prices import prices

Usage = Mapping[str, float]
"""Quantities by the names of prices in `prices.yaml`, in the units given there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `dollars` is before the free tier, `free` is its deduction."""

    part: str
    what: str
    quantity: float
    unit: str
    dollars: float
    free: float


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost of some usage, usually that of a month."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """Dollars before the free tier."""
        return sum(line.dollars for line in self.lines)

    @property
    def after_free(self) -> float:
        """Dollars after the free tier."""
        return sum(line.dollars - line.free for line in self.lines)

    def by_part(self) -> dict[str, tuple[float, float]]:
        """Dollars before the free tier and its deduction, by part."""
        sums: dict[str, tuple[float, float]] = {}
        for line in self.lines:
            dollars, free = sums.get(line.part, (0.0, 0.0))
            sums[line.part] = dollars + line.dollars, free + line.free
        return sums

    def to_json(self) -> dict[str, Any]:
        """The lines and both sums, in dollars."""
        return {**asdict(self), "total": self.total, "after_free": self.after_free}


def make_bill(usage: Usage) -> Bill:
    """The bill of a month's usage, in the order of `prices.yaml`. KeyError for an unknown name."""
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


def scale(usage: Usage, factor: float) -> dict[str, float]:
    """The usage times a factor."""
    return {name: quantity * factor for name, quantity in usage.items()}


def add(*usages: Usage) -> dict[str, float]:
    """The sum of usages."""
    total: dict[str, float] = {}
    for usage in usages:
        for name, quantity in usage.items():
            total[name] = total.get(name, 0.0) + quantity
    return total
