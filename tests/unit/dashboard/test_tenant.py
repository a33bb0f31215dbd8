"""The page Tenant: the quotas of `GET /usage`, and the spend on language models."""

from typing import Any

import pytest

from dashboard.data.errors import ServiceError
from dashboard.data.tenant import tenancy
from echostream_client.api import ApiFailed


class Api:
    """Returns a usage, or raises `error`."""

    def __init__(self, error=None, **quotas):
        use = {"limit": 200, "used": 50}
        names = ("requests_in_10_seconds", "documents_today", "paid_units_this_month")
        self.quotas = {**dict.fromkeys(names, use), **quotas}
        self.error = error

    def usage(self):
        if self.error:
            raise self.error
        return {"tenant": "acme", "roles": ["reader"], "quotas": self.quotas}


def shown(**options):
    api: Any = Api(
        **{
            "stored_documents": {"limit": None, "used": 9},
            "model_dollars_this_month": {"limit": 2.0, "used": 0.00015},
            **options,
        }
    )
    return tenancy(api)


def test_quotas_are_rows_of_a_table():
    """With the share of the limit in percent; empty without a limit."""
    found = shown()
    table = found.quotas.set_index("Quota")
    assert (found.name, found.roles) == ("acme", ("reader",))
    assert table.loc["Documents today (UTC)", "Share"] == 25
    assert table.loc["Stored documents"].isna().tolist() == [False, True, True]


def test_spend_on_models_is_a_sentence():
    """A digest costs a hundredth of a cent: four digits of a dollar are shown."""
    spend = "Language models have cost $0.0002 of $2.00 this month (UTC)."
    dollars = {"limit": 2.0, "used": 0.00016}
    assert shown(model_dollars_this_month=dollars).model_spend == spend


@pytest.mark.parametrize(
    ("error", "kind"), [(ApiFailed(503, "oops", "HTTP 503: oops"), "failed"), (KeyError(), None)]
)
def test_failed_request_is_a_service_error(error, kind):
    """Also one whose response lacks a part."""
    with pytest.raises(ServiceError) as raised:
        shown(error=error)
    assert raised.value.kind == (kind or "unreadable")
