"""The spend guard: paid units are reserved before a call and given back when it fails.

A unit is what Amazon Comprehend charges for: 100 characters, three at least for a text. Units are
counted by calendar month (UTC) against a cap for each tenant and one for all tenants together.
A crash after a reservation leaves units reserved, never spent beyond the cap.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CHARACTERS_PER_UNIT = 100
UNITS_AT_LEAST = 3
DOLLARS_PER_UNIT = 0.0001
"""Amazon Comprehend, us-east-1, up to 10 million units a month."""
ALL_TENANTS = "all"
Watch = Callable[[float], None]
"""Hears what share of a cap is reserved; 1 is all of it."""


def units_of(texts: Iterable[str]) -> int:
    """What scoring these texts costs, in units."""
    return sum(max(UNITS_AT_LEAST, -(-len(text) // CHARACTERS_PER_UNIT)) for text in texts)


class Ledger(Protocol):
    """Units by account and month. Each call is atomic. Raises `TryAgain`."""

    def reserve(self, account: str, month: str, units: int, cap: int) -> int | None:
        """Add units unless that would pass the cap; what is reserved then, None if it would."""

    def release(self, account: str, month: str, units: int) -> None:
        """Take units back that were reserved and not used."""

    def spent(self, account: str, month: str) -> int:
        """Units reserved and not given back."""


def _nobody(share: float) -> None:
    """Who watches where nobody else does."""


@dataclass(frozen=True, slots=True)
class SpendGuard:
    """One tenant's leave to spend: `cap` units a month of its own, `total_cap` with all others.

    `watch` hears, at each reservation, what share of `total_cap` is reserved; 1 at a refusal.
    """

    ledger: Ledger
    tenant: str
    cap: int
    total_cap: int
    watch: Watch = _nobody

    def reserve(self, units: int, now: datetime) -> bool:
        """Reserve units with both caps, or with neither."""
        month = _month(now)
        if self.ledger.reserve(self._account, month, units, self.cap) is None:
            return False
        spent = self.ledger.reserve(ALL_TENANTS, month, units, self.total_cap)
        self.watch(1.0 if spent is None else spent / self.total_cap)
        if spent is None:
            self.ledger.release(self._account, month, units)
        return spent is not None

    def release(self, units: int, now: datetime) -> None:
        """Give back what a failed call did not use."""
        self.ledger.release(ALL_TENANTS, _month(now), units)
        self.ledger.release(self._account, _month(now), units)

    @property
    def _account(self) -> str:
        return f"tenant#{self.tenant}"


def _month(now: datetime) -> str:
    return f"{now:%Y-%m}"
