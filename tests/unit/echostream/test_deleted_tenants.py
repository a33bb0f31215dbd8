"""Changes of the table that must not create counts of a deleted tenant again."""

from datetime import timedelta

import pytest

from echostream.domain.counters import Change
from echostream.domain.deleted_tenants import LeaveOutDeleted
from echostream.domain.erasure import Subject, deletion_id
from echostream.domain.model import Count
from tests.builders import NOW
from tests.fakes import MemoryErasures

ONE = Count(NOW.replace(minute=0), "forum", positive=1)
LATE = NOW - timedelta(minutes=11)


class CountingErasures(MemoryErasures):
    """The number of reads."""

    reads = 0

    def since(self, tenant, moment=None):
        self.reads += 1
        return super().since(tenant, moment)


@pytest.fixture
def erasures():
    return CountingErasures(lambda: NOW)


@pytest.fixture
def select(erasures):
    return LeaveOutDeleted(erasures, lambda: NOW)


def delete(erasures, tenant="acme"):
    return erasures.create(tenant, deletion_id(NOW), Subject("tenant", tenant), NOW)


def changes(tenant):
    """A removal, a late addition and a late time of receipt."""
    return [
        Change("1", NOW, tenant, (-ONE,)),
        Change("2", LATE, tenant, (ONE,)),
        Change("3", LATE, tenant, received=LATE),
    ]


def test_changes_of_a_deleted_tenant_add_nothing(erasures, select):
    """While it is deleted and afterwards; they still move the position in the stream."""
    erasure = delete(erasures)
    expected = [Change(one.sequence, one.at, "acme") for one in changes("acme")]
    assert select(changes("acme")) == expected
    erasures.save(erasure.end(NOW))
    assert select(changes("acme")) == expected


def test_changes_of_others_are_counted(erasures, select):
    """Of a tenant with a similar name, and of one that had the name later."""
    delete(erasures)
    assert select(changes("acme-2")) == changes("acme-2")
    earlier = NOW - timedelta(hours=1)
    erasures = CountingErasures(lambda: earlier)
    erasures.save(delete(erasures).end(earlier))
    assert LeaveOutDeleted(erasures, lambda: NOW)(changes("acme")) == changes("acme")


def test_new_documents_cost_no_read(erasures, select):
    """A later round finds what they add to a tenant that is being deleted."""
    delete(erasures)
    new = [Change("1", NOW, "acme", (ONE,)), Change("2", NOW, "acme", received=NOW)]
    assert select(new) == new
    assert erasures.reads == 0
