"""The spend guard: units are reserved before a paid call, and released if the call fails.

A unit is what Amazon Comprehend bills: 100 characters, at least three units per text. Units are
counted by calendar month (UTC), against a cap per tenant and a cap for all tenants together.
After a crash reserved units stay reserved, so that spending never exceeds a cap.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from echostream.domain.errors import CallRefused, TryAgain

CHARACTERS_PER_UNIT = 100
MIN_UNITS = 3
ALL_TENANTS = "all"
BEDROCK = "bedrock"
"""The service of language models. The units of its accounts are millionths of a dollar."""
BEDROCK_UNITS_PER_CENT = 10_000
Watch = Callable[[float], None]
"""Called with the reserved share of a cap, 0 to 1."""
WatchLost = Callable[[int, str], None]
"""Called with units of an account that were not released, and the reason."""


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


def ignore_lost(units: int, reason: str) -> None:
    """The default of `SpendGuard.watch_lost`."""


@dataclass(frozen=True, slots=True)
class SpendGuard:
    """Limits a tenant's spending: `cap` units a month, and `total_cap` for all tenants.

    `watch` is called at each reservation with the reserved share of `total_cap`; 1 if refused.
    `watch_lost` is called if units are not released: they stay reserved, and the caps hold.
    `service` has accounts of its own, in its own unit; empty is Comprehend.
    """

    ledger: Ledger
    tenant: str
    cap: int
    total_cap: int
    watch: Watch = ignore
    service: str = ""
    watch_lost: WatchLost = ignore_lost

    def reserve(self, units: int, now: datetime) -> bool:
        """Reserve units under both caps; False, and nothing reserved, if one would be exceeded."""
        month = month_of(now)
        if self.ledger.reserve(self._account, month, units, self.cap) is None:
            return False
        spent = self.ledger.reserve(self._all, month, units, self.total_cap)
        self.watch(1.0 if spent is None else spent / self.total_cap)
        if spent is None:
            self._release(self._account, units, now)
        return spent is not None

    def release(self, units: int, now: datetime) -> None:
        """Release units that a failed call did not use. An error of the ledger is not raised."""
        self._release(self._all, units, now)
        self._release(self._account, units, now)

    def _release(self, account: str, units: int, now: datetime) -> None:
        try:
            self.ledger.release(account, month_of(now), units)
        except (TryAgain, CallRefused) as error:  # results that were paid for are worth more
            self.watch_lost(units, str(error))

    @property
    def _account(self) -> str:
        return account_of(self.tenant, self.service)

    @property
    def _all(self) -> str:
        return f"{self.service}#{ALL_TENANTS}" if self.service else ALL_TENANTS


class Reservations:
    """Units that are reserved for the documents of one request, by their index.

    A document gets the units of all its calls before the first of them, so that no cap is spent on
    documents that are then not scored. Units that a document does not need serve the next ones.
    Not safe for threads.
    """

    def __init__(self, guard: SpendGuard, now: datetime) -> None:
        self._guard = guard
        self._now = now
        self._held: dict[int, int] = {}
        self._spare = 0
        self._refused: float = math.inf

    def hold(self, needs: Mapping[int, int]) -> bool:
        """Reserve what these documents need beyond what they hold; False, and nothing, at a cap."""
        missing = sum(max(0, need - self._held.get(index, 0)) for index, need in needs.items())
        more = missing - self._spare
        if more >= self._refused:
            return False
        if more > 0 and not self._guard.reserve(more, self._now):
            self._refused = more
            return False
        self._spare = max(0, -more)
        for index, need in needs.items():
            self._held[index] = max(need, self._held.get(index, 0))
        return True

    def use(self, index: int, units: int) -> None:
        """Take units of a document for a call, before it: an error may hide that it was billed."""
        self._held[index] -= units

    def refund(self, index: int, units: int) -> None:
        """Put back units of a call that is not billed."""
        self._held[index] += units

    def drop(self, index: int) -> None:
        """Note that a document needs no further call."""
        self._spare += self._held.pop(index, 0)

    def release(self) -> None:
        """Release what was not used, at the end and after an error."""
        left = self._spare + sum(self._held.values())
        self._spare, self._held = 0, {}
        if left:
            self._guard.release(left, self._now)


def account_of(tenant: str, service: str = "") -> str:
    """The account of a tenant in the ledger, of Comprehend or of another service."""
    return f"{service}#tenant#{tenant}" if service else f"tenant#{tenant}"


def month_of(now: datetime) -> str:
    """The month of a time, like 2026-05."""
    return f"{now:%Y-%m}"
