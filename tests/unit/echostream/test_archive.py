"""Scored documents in the lake: one object for a batch, tenant and hour; repeats change nothing."""

from datetime import timedelta

import pytest

from echostream.domain.archive import Archive, NewDocument
from echostream.domain.codec import scored_to_wire
from echostream.domain.errors import TryAgain
from echostream.domain.model import hour_of
from tests.builders import NOW, scored
from tests.fakes import MemoryLake
from tests.unit.echostream.test_ingest import lines


def new(name, tenant="acme", at=NOW):
    return NewDocument(tenant, hour_of(at), scored_to_wire(scored(name, at=at)))


LATER = NOW + timedelta(hours=1)
BATCH = [new("a"), new("b", "globex"), new("c"), new("d", at=LATER)]


def test_batch_is_written_by_tenant_and_hour():
    """Each document is in the folder of its tenant and of the hour in which it was scored."""
    lake = MemoryLake()
    assert Archive(lake)(BATCH) == 3
    folder = "enriched/tenant_id={}/dt=2026-05-20/hour={:%H}/"
    for tenant, at, ids in (("acme", NOW, "ac"), ("globex", NOW, "b"), ("acme", LATER, "d")):
        rows = lines(lake, folder.format(tenant, at))
        assert [row["id"] for row in rows] == list(ids)
    assert lines(lake, folder.format("acme", NOW))[0] == scored_to_wire(scored("a"))


def test_batch_without_documents_writes_nothing():
    """Times of receipt and the end of a window are no documents."""
    lake = MemoryLake()
    assert (Archive(lake)([]), lake.objects) == (0, {})


class FullLake(MemoryLake):
    """Takes one object, until `is_full` is False."""

    is_full = True

    def write(self, zone, batch, rows):
        if self.is_full and self.objects:
            raise TryAgain("full")
        super().write(zone, batch, rows)


def test_repeated_batch_writes_the_same_objects():
    """After a failure, and after none."""
    complete, lake = MemoryLake(), FullLake()
    Archive(complete)(BATCH)
    with pytest.raises(TryAgain):
        Archive(lake)(BATCH)
    lake.is_full = False
    for _ in range(2):
        Archive(lake)(BATCH)
        assert lake.objects == complete.objects
