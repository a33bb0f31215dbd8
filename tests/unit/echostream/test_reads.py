"""What `GET /query` and `GET /stats` read, with the retention of the caller's tenant."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from echostream.domain.members import ALL_ROLES, Identity
from echostream.domain.privacy import Privacy, PrivacyOptions
from echostream.domain.quotas import DEFAULT
from echostream.entrypoints import reads, wiring
from echostream.entrypoints.access import Caller
from tests.builders import NOW, RETENTION, TABLE, scored
from tests.fakes import MemoryCounters, MemoryStore

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
AGES = {
    "day": DAY - HOUR,
    "over a day": DAY + HOUR,
    "week": WEEK - HOUR,
    "over a week": WEEK + HOUR,
    "month": RETENTION - HOUR,
    "over a month": RETENTION + HOUR,
}
"""Ages just before and just after the end of each retention, by the id of their document."""


def caller(days=None):
    """A caller whose tenant keeps documents for some days."""
    privacy = Privacy(PrivacyOptions(table_days=days))
    return Caller("acme", Identity("person", "pool", "ann"), ALL_ROLES, DEFAULT, privacy)


@pytest.fixture(autouse=True)
def stored(monkeypatch):
    """A document of each age; none has expired."""
    store = MemoryStore()
    store.put("acme", [scored(name, at=NOW - age) for name, age in AGES.items()], NOW)
    session = SimpleNamespace(store=store, counters=MemoryCounters(store))
    monkeypatch.setattr(wiring, "tenant", lambda _: session)
    monkeypatch.setattr(wiring, "table_settings", lambda: TABLE)


def read(days, **parameters):
    """The documents of /query, and the number that /stats counts."""
    found = reads.query(caller(days), parameters, NOW)["documents"]
    buckets = reads.stats(caller(days), parameters, NOW)["buckets"]
    return [document["id"] for document in found], sum(bucket["total"] for bucket in buckets)


@pytest.mark.parametrize("parameters", [{}, {"from": "2026-01-01T00:00:00Z"}])
@pytest.mark.parametrize(("days", "number"), [(1, 1), (7, 3), (None, 5), (400, 5)])
def test_period_begins_with_the_retention_of_the_tenant(days, number, parameters):
    """Also if more is asked for: an older document is neither shown nor counted."""
    assert read(days, **parameters) == (list(AGES)[:number], number)
