"""The spend guard: units are reserved before a paid call, and released if the call fails.

A unit is what Amazon Comprehend bills: 100 characters, at least three units per text. Units are
counted by calendar month (UTC), against a cap per tenant and a cap for all tenants together.
After a crash reserved units stay reserved, so that spending never exceeds a cap.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CHARACTERS_PER_UNIT = 100
MIN_UNITS = 3
ALL_TENANTS = "all"
BEDROCK = "bedrock"
"""The service of language models. The units of its accounts are millionths of a dollar."""
BEDROCK_UNITS_PER_CENT = 10_000
Watch = Callable[[float], None]
"""Called with the reserved share of a cap, 0 to 1."""


def units_of(texts: Iterable[str]) -> int:
    """The units that scoring these texts costs."""
    return sum(max(MIN_UNITS, -(-len(text) // CHARACTERS_PER_UNIT)) for text in texts)


class Ledger(Protocol):
    """Units by account and month. Each method is atomic, and may raise `TryAgain`."""

    def reserve(self, account: str, month: str, units: int, cap: int) -> int | None:
        """Add units and return the total; None, and nothing added, if it would exceed the cap."""

    def release(self, account: str, month: str, units: int) -> None:
        """Subtract units that were reserved and not used."""

    def spent(self, account: str, month: str) -> int:
        """Units reserved and not released."""


def ignore(share: float) -> None:
    """The default of `SpendGuard.watch`."""


@dataclass(frozen=True, slots=True)
class SpendGuard:
    """Limits a tenant's spending: `cap` units a month, and `total_cap` for all tenants.

    `watch` is called at each reservation with the reserved share of `total_cap`; 1 if refused.
    `service` has accounts of its own, in its own unit; empty is Comprehend.
    """

    ledger: Ledger
    tenant: str
    cap: int
    total_cap: int
    watch: Watch = ignore
    service: str = ""

    def reserve(self, units: int, now: datetime) -> bool:
        """Reserve units under both caps; False, and nothing reserved, if one would be exceeded."""
        month = month_of(now)
        if self.ledger.reserve(self._account, month, units, self.cap) is None:
            return False
        spent = self.ledger.reserve(self._all, month, units, self.total_cap)
        self.watch(1.0 if spent is None else spent / self.total_cap)
        if spent is None:
            self.ledger.release(self._account, month, units)
        return spent is not None

    def release(self, units: int, now: datetime) -> None:
        """Release units that a failed call did not use."""
        self.ledger.release(self._all, month_of(now), units)
        self.ledger.release(self._account, month_of(now), units)

    @property
    def _account(self) -> str:
        return account_of(self.tenant, self.service)

    @property
    def _all(self) -> str:
        return f"{self.service}#{ALL_TENANTS}" if self.service else ALL_TENANTS


def account_of(tenant: str, service: str = "") -> str:
    """The account of a tenant in the ledger, of Comprehend or of another service."""
    return f"{service}#tenant#{tenant}" if service else f"tenant#{tenant}"


def month_of(now: datetime) -> str:
    """The month of a time, like 2026-05."""
    return f"{now:%Y-%m}"
