"""The data of the page Tenant: the viewer's tenant, their roles, and the use of the quotas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.data.errors import translate_errors
from dashboard.data.messages import OWN_TEXTS
from echostream_client.api import ApiClient

QUOTAS = {
    "requests_in_10_seconds": "Requests in 10 seconds",
    "documents_today": "Documents today (UTC)",
    "stored_documents": "Stored documents",
    "paid_units_this_month": "Paid units this month",
}
"""The quotas of `GET /usage` in the table, in its order."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A tenant, the roles of the viewer, and a row per quota: Quota, Used, Limit, Share in %.

    `model_spend` says what language models cost this month, and the cap.
    """

    name: str
    roles: tuple[str, ...]
    quotas: pd.DataFrame
    model_spend: str


def tenancy(api: ApiClient) -> Tenancy:
    """Fetch the use of the quotas. Raises `ServiceError`."""
    with translate_errors():
        usage = api.usage()
        rows = [_row(title, usage["quotas"][name]) for name, title in QUOTAS.items()]
        table = pd.DataFrame(rows, columns=["Quota", "Used", "Limit", "Share"])
        dollars = usage["quotas"]["model_dollars_this_month"]
        spend = OWN_TEXTS["model_spend"].format(**dollars)
        return Tenancy(usage["tenant"], tuple(usage["roles"]), table, spend)


def _row(title: str, use: Mapping[str, Any]) -> tuple[str, int | None, int | None, float | None]:
    limit, used = use["limit"], use["used"]
    share = 100 * used / limit if limit and used is not None else None
    return title, used, limit, share
