"""The price file: what AWS charges for what, with source and date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from echostream.domain import prices as domain_prices

FILE = Path(__file__).with_name("prices.yaml")


class BadPrices(Exception):
    """The price file cannot be used. The message names the price and the field."""


@dataclass(frozen=True, slots=True)
class Price:
    """`dollars` for `per` units, after `free` units a month that are free for good."""

    name: str
    part: str
    what: str
    unit: str
    dollars: float
    per: float
    free: float
    source: str
    date: date

    def of(self, quantity: float) -> float:
        """What so many units cost, free ones included, in dollars."""
        return quantity * self.dollars / self.per

    def free_of(self, quantity: float) -> float:
        """What the free units of a month take off, in dollars."""
        return self.of(min(quantity, self.free))


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "part": str,
    "what": str,
    "unit": str,
    "dollars": (int, float),
    "per": (int, float),
    "free": (int, float),
    "source": str,
    "date": date,
}


def parse(text: str) -> dict[str, Price]:
    """Prices by name. Raises `BadPrices`."""
    loaded = yaml.safe_load(text)
    return {name: _price(name, _with_constant(fields)) for name, fields in loaded["prices"].items()}


@cache
def prices() -> Mapping[str, Price]:
    """The prices of `prices.yaml`."""
    return parse(FILE.read_text())


def _with_constant(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with the price that a constant of the domain holds."""
    dollars = fields.get("dollars")
    if isinstance(dollars, str):
        return {**fields, "dollars": getattr(domain_prices, dollars, dollars)}
    return dict(fields)


def _price(name: str, fields: Mapping[str, Any]) -> Price:
    if set(fields) != set(_TYPES):
        odd = ", ".join(sorted(set(fields) ^ set(_TYPES)))
        raise BadPrices(f"{name}: needs {', '.join(_TYPES)} and nothing else; look at {odd}")
    for field, kind in _TYPES.items():
        if not isinstance(fields[field], kind):
            raise BadPrices(f"{name}: {field} is {fields[field]!r}, which is of the wrong type")
    if fields["dollars"] < 0 or fields["per"] <= 0 or fields["free"] < 0:
        raise BadPrices(f"{name}: dollars and free must be 0 or more, per more than 0")
    if not fields["source"].startswith("https://"):
        raise BadPrices(f"{name}: source must be a page, is {fields['source']!r}")
    return Price(name, **fields)
