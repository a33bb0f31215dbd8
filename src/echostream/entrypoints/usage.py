"""`GET /usage`: the quotas of the caller's tenant, and what is used of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.members import format_roles
from echostream.domain.privacy import Privacy
from echostream.domain.quotas import WINDOW, QuotaLedger, document_window, request_window
from echostream.domain.spend import BEDROCK, BEDROCK_UNITS_PER_CENT, Ledger, account_of, month_of
from echostream.entrypoints.access import Caller


@dataclass(frozen=True, slots=True)
class Usage:
    """Reads the use of quotas. `tenant_cap` is in units of Comprehend a month.

    `model_cap` is in cents a month. `retention` is that of tenants without their own.
    """

    ledger: QuotaLedger
    spend: Ledger
    count_stored: Callable[[str, datetime], int]
    tenant_cap: int
    model_cap: int
    retention: timedelta

    def __call__(self, caller: Caller, now: datetime) -> dict[str, Any]:
        """The body of the response. A `limit` of null is no limit. Raises `TryAgain`.

        Without a limit nothing is taken of requests and documents, and their `used` is null.
        """
        tenant, quotas = caller.tenant, caller.quotas
        requests = (quotas.requests or 0) * WINDOW
        return {
            "tenant": tenant,
            "roles": format_roles(caller.roles).split(),
            "quotas": {
                f"requests_in_{WINDOW}_seconds": self._taken(tenant, request_window(now), requests),
                "documents_today": self._taken(tenant, document_window(now), quotas.documents),
                "stored_documents": _use(quotas.stored, self.count_stored(tenant, now)),
                "paid_units_this_month": _use(
                    self.tenant_cap, self.spend.spent(account_of(tenant), month_of(now))
                ),
                "model_dollars_this_month": self._model_dollars(tenant, month_of(now)),
            },
            "privacy": self._privacy(caller.privacy),
        }

    def _model_dollars(self, tenant: str, month: str) -> dict[str, float]:
        units = self.spend.spent(account_of(tenant, BEDROCK), month)
        return {"limit": self.model_cap / 100, "used": units / (100 * BEDROCK_UNITS_PER_CENT)}

    def _privacy(self, privacy: Privacy) -> dict[str, Any]:
        options = privacy.options
        return {
            "authors": "pseudonym" if options.pseudonyms else "plain",
            "redact": options.redact,
            "table_days": privacy.retention(self.retention).days,
            "lake_days": privacy.options.lake_days,
        }

    def _taken(self, tenant: str, window: str, limit: int | None) -> dict[str, int | None]:
        return _use(limit, self.ledger.used(tenant, window) if limit else None)


def _use(limit: int | None, used: int | None) -> dict[str, int | None]:
    return {"limit": limit or None, "used": used}
