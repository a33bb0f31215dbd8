"""Quotas of a tenant: requests a second, documents a day, stored documents.

Many functions serve a tenant at the same time. Each takes parts of a quota from the table, and uses
a part without another write:

- Requests are counted in windows of `WINDOW` seconds, and taken two percent of a window at a time.
  The first part of each container is free, so that a slow sender costs no write. Hence a window
  exceeds its quota by two percent for each container that serves the tenant.
- Documents of a day are taken as they come, and a quarter of what the container has used in
  advance, up to `MAX_ADVANCE`. The quota is never exceeded; what a container has not used when it
  ends is lost for the day.

A container that was refused a number does not ask again in that window, until the quota is raised.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from echostream.domain.errors import QuotaExceeded

WINDOW = 10
"""Seconds in which requests are counted; a burst may use them all at once."""
PARTS = 50
"""The number of parts in which a window's requests are taken."""
ADVANCE = 4
"""The part of its used documents that a container takes in advance: a quarter."""
MAX_ADVANCE = 5_000
STORED_SECONDS = 60
"""Seconds for which the number of stored documents is remembered."""
MAX_TENANTS = 1_000
"""Tenants that a container remembers."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of a tenant: requests a second, documents a day (UTC), documents in the table.

    0 is no limit; None is the deployment's default.
    """

    requests: int | None = None
    documents: int | None = None
    stored: int | None = None

    def or_default(self, default: "Quotas") -> "Quotas":
        """These quotas, with the default's in place of None."""
        return Quotas(
            default.requests if self.requests is None else self.requests,
            default.documents if self.documents is None else self.documents,
            default.stored if self.stored is None else self.stored,
        )


DEFAULT = Quotas()
"""The quotas of a tenant without quotas of its own."""


class QuotaLedger(Protocol):
    """What tenants used of their quotas. Each method may raise `TryAgain`."""

    def take(self, tenant: str, window: str, number: int, limit: int) -> bool:
        """Add to the use of a window; False, and nothing added, if it would exceed the limit."""

    def used(self, tenant: str, window: str) -> int:
        """What was taken of a window."""


def request_window(now: datetime) -> str:
    """The name of the window of a request."""
    start = int(now.timestamp()) // WINDOW * WINDOW
    return f"requests#{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%S}"


def document_window(now: datetime) -> str:
    """The name of the day of a document's arrival."""
    return f"documents#{now.astimezone(UTC):%Y-%m-%d}"


@dataclass(slots=True)
class _Share:
    """What a container has of a tenant's window: taken and not used, used, and refused.

    `limit` is the quota that refused a number.
    """

    window: str
    left: int = 0
    used: int = 0
    refused: int | None = None
    limit: int = 0

    def use(self, number: int) -> None:
        self.left -= number
        self.used += number


@dataclass(slots=True)
class QuotaCheck:
    """Counts requests and documents against the quotas of their tenants.

    `count_stored` is the number of a tenant's stored documents. Requests and documents raise
    `QuotaExceeded`.
    """

    ledger: QuotaLedger
    count_stored: Callable[[str, datetime], int]
    _shares: dict[tuple[str, str], _Share] = field(default_factory=dict)
    _stored: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def request(self, tenant: str, quotas: Quotas, now: datetime) -> None:
        """Count a request."""
        if not quotas.requests:
            return
        limit = quotas.requests * WINDOW
        part = max(1, limit // PARTS)
        share = self._share(tenant, "requests", request_window(now), free=part)
        if not self._use(tenant, share, 1, part, limit):
            seconds = WINDOW - int(now.timestamp()) % WINDOW
            message = f"quota: {quotas.requests} requests a second are used up"
            raise QuotaExceeded("quota_requests", message, seconds)

    def documents(self, tenant: str, quotas: Quotas, number: int, now: datetime) -> None:
        """Count the documents that a request sends, all or none."""
        self._check_stored(tenant, quotas, number, now)
        if quotas.documents:
            share = self._share(tenant, "documents", document_window(now))
            part = number + min(share.used // ADVANCE, MAX_ADVANCE)
            if not self._use(tenant, share, number, part, quotas.documents):
                message = f"quota: {quotas.documents} documents a day are used up"
                raise QuotaExceeded("quota_documents", message, _seconds_to_midnight(now))
        if tenant in self._stored:
            at, stored = self._stored[tenant]
            self._stored[tenant] = at, stored + number

    def _use(self, tenant: str, share: _Share, number: int, part: int, limit: int) -> bool:
        """Use a number of a share. Takes a part more if needed, or no more than is missing."""
        missing = number - share.left
        if missing > 0:
            for taken in dict.fromkeys((max(part, missing), missing)):
                if self._take(tenant, share, taken, limit):
                    break
            else:
                return False
        share.use(number)
        return True

    def _take(self, tenant: str, share: _Share, number: int, limit: int) -> bool:
        if share.refused is not None and number >= share.refused and limit <= share.limit:
            return False
        if not self.ledger.take(tenant, share.window, number, limit):
            share.refused, share.limit = number, limit
            return False
        share.left += number
        return True

    def _share(self, tenant: str, kind: str, window: str, free: int = 0) -> _Share:
        """The container's share of a window; a new one, with a free part, if the window is new."""
        share = self._shares.get((tenant, kind))
        if share is None or share.window != window:
            if len(self._shares) >= 2 * MAX_TENANTS:
                self._shares.clear()
            share = self._shares[tenant, kind] = _Share(window, free)
        return share

    def _check_stored(self, tenant: str, quotas: Quotas, number: int, now: datetime) -> None:
        if not quotas.stored:
            self._stored.pop(tenant, None)
            return
        at, stored = self._stored.get(tenant, (None, 0))
        if at is None or (now - at).total_seconds() >= STORED_SECONDS:
            if len(self._stored) >= MAX_TENANTS:
                self._stored.clear()
            stored = self.count_stored(tenant, now)
            self._stored[tenant] = now, stored
        if stored + number > quotas.stored:
            message = f"quota: {quotas.stored} stored documents are reached"
            raise QuotaExceeded("quota_stored", message, STORED_SECONDS)


def _seconds_to_midnight(now: datetime) -> int:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((today + timedelta(days=1) - now).total_seconds()) + 1
