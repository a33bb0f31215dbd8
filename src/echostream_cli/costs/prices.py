"""The price file: AWS's prices, with source and date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from echostream.domain import prices as domain_prices

FILE = Path(__file__).with_name("prices.yaml")


class InvalidPrices(Exception):
    """The price file is invalid. The message names the price and the field."""


@dataclass(frozen=True, slots=True)
class Price:
    """`dollars` for `per` units; the first `free` units of each month are free."""

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
        """The price of a quantity before the free tier, in dollars."""
        return quantity * self.dollars / self.per

    def free_of(self, quantity: float) -> float:
        """The deduction of the free tier for a month's quantity, in dollars."""
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
    """Prices by name. Raises `InvalidPrices`."""
    loaded = yaml.safe_load(text)
    return {
        name: _parse_price(name, _replace_constant(fields))
        for name, fields in loaded["prices"].items()
    }


@cache
def prices() -> Mapping[str, Price]:
    """The prices of `prices.yaml`."""
    return parse(FILE.read_text())


def _replace_constant(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, with `dollars` from the constant of the domain that it names."""
    dollars = fields.get("dollars")
    if isinstance(dollars, str):
        return {**fields, "dollars": getattr(domain_prices, dollars, dollars)}
    return dict(fields)


def _parse_price(name: str, fields: Mapping[str, Any]) -> Price:
    if set(fields) != set(_TYPES):
        names = ", ".join(sorted(set(fields) ^ set(_TYPES)))
        raise InvalidPrices(
            f"{name}: must have exactly the fields {', '.join(_TYPES)}; missing or unknown: {names}"
        )
    for field, kind in _TYPES.items():
        if not isinstance(fields[field], kind):
            raise InvalidPrices(f"{name}: {field} has the wrong type, is {fields[field]!r}")
    if fields["dollars"] < 0 or fields["per"] <= 0 or fields["free"] < 0:
        raise InvalidPrices(f"{name}: dollars and free must be 0 or more, per more than 0")
    if not fields["source"].startswith("https://"):
        raise InvalidPrices(f"{name}: source must be an https URL, is {fields['source']!r}")
    return Price(name, **fields)
