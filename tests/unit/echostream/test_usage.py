"""`GET /usage`: the quotas of a tenant, and what is used of them."""

from datetime import timedelta

from echostream.domain.members import ALL_ROLES, Identity
from echostream.domain.privacy import PLAIN
from echostream.domain.quotas import Quotas
from echostream.domain.spend import BEDROCK, account_of, month_of
from echostream.entrypoints.access import Caller
from echostream.entrypoints.usage import Usage
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryLedger

NO_LIMIT = Quotas(None, None, None)


class MemoryQuotaLedger:
    """A ledger of quotas that counted 7 of each."""

    def take(self, tenant, window, number, limit):
        raise AssertionError("a usage takes nothing")

    def used(self, tenant, window):
        return 7


def shown(spend, quotas=NO_LIMIT, now=NOW):
    """The quotas that the tenant acme is shown, with 9 stored documents."""
    usage = Usage(MemoryQuotaLedger(), spend, lambda *_: 9, 100_000, 200, RETENTION)
    caller = Caller("acme", Identity("person", "pool", "ann"), ALL_ROLES, quotas, PLAIN)
    return usage(caller, now)["quotas"]


def test_limits_are_shown_with_their_use():
    """Requests and documents are counted only if they have a limit."""
    spend = MemoryLedger()
    assert shown(spend, Quotas(5, 1_000, None)) == {
        "requests_in_10_seconds": {"limit": 50, "used": 7},
        "documents_today": {"limit": 1_000, "used": 7},
        "stored_documents": {"limit": None, "used": 9},
        "paid_units_this_month": {"limit": 100_000, "used": 0},
        "model_dollars_this_month": {"limit": 2.0, "used": 0.0},
    }
    assert shown(spend)["documents_today"] == {"limit": None, "used": None}


def test_spend_on_models_is_shown_in_dollars():
    """Of this tenant and this month, apart from the units of Comprehend."""
    spend, month = MemoryLedger(), month_of(NOW)
    spend.reserve(account_of("acme", BEDROCK), month, 150, 10**9)
    spend.reserve(account_of("other", BEDROCK), month, 1_000_000, 10**9)
    spend.reserve(account_of("acme"), month, 30, 10**9)
    now = shown(spend)
    assert now["model_dollars_this_month"] == {"limit": 2.0, "used": 0.00015}
    assert now["paid_units_this_month"]["used"] == 30
    later = shown(spend, now=NOW + timedelta(days=40))
    assert later["model_dollars_this_month"]["used"] == 0
