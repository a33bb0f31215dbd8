"""Scored documents in the lake: one object for a batch, tenant and hour; repeats change nothing."""

from datetime import timedelta

import pytest

from echostream.domain.archive import Archive, NewDocument
from echostream.domain.codec import scored_to_wire
from echostream.domain.erasure import subject_of
from echostream.domain.errors import TryAgain
from echostream.domain.model import hour_of
from tests.builders import NOW, scored
from tests.fakes import MemoryErasures, MemoryLake
from tests.unit.echostream.test_ingest import lines


def new(name, tenant="acme", at=NOW):
    return NewDocument(tenant, hour_of(at), scored_to_wire(scored(name, at=at)))


LATER = NOW + timedelta(hours=1)
BATCH = [new("a"), new("b", "globex"), new("c"), new("d", at=LATER)]


def test_batch_is_written_by_tenant_and_hour():
    """Each document is in the folder of its tenant and of the hour in which it was scored."""
    lake = MemoryLake()
    assert Archive(lake, MemoryErasures(), lambda: NOW)(BATCH) == 3
    folder = "enriched/tenant_id={}/dt=2026-05-20/hour={:%H}/"
    for tenant, at, ids in (("acme", NOW, "ac"), ("globex", NOW, "b"), ("acme", LATER, "d")):
        rows = lines(lake, folder.format(tenant, at))
        assert [row["id"] for row in rows] == list(ids)
    assert lines(lake, folder.format("acme", NOW))[0] == scored_to_wire(scored("a"))


def test_batch_without_documents_writes_nothing():
    """Times of receipt and the end of a window are no documents."""
    lake = MemoryLake()
    assert (Archive(lake, MemoryErasures(), lambda: NOW)([]), lake.objects) == (0, {})


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
    Archive(complete, MemoryErasures(), lambda: NOW)(BATCH)
    with pytest.raises(TryAgain):
        Archive(lake, MemoryErasures(), lambda: NOW)(BATCH)
    lake.is_full = False
    for _ in range(2):
        Archive(lake, MemoryErasures(), lambda: NOW)(BATCH)
        assert lake.objects == complete.objects


@pytest.mark.parametrize(("kind", "value"), [("document", "a"), ("author", "ann")])
def test_late_document_that_was_erased_is_left_out(kind, value):
    """A document that was scored after the erasure is written, as are those of other tenants."""
    lake, erasures = MemoryLake(), MemoryErasures(lambda: NOW)
    erasures.create("acme", "e1", subject_of(kind, value), NOW)
    late = [new("a"), new("a", "globex"), new("a", at=LATER)]
    assert Archive(lake, erasures, lambda: LATER + timedelta(hours=23))(late) == 2
    assert len(lines(lake, "enriched/tenant_id=globex/")) == 1
    assert lines(lake, "enriched/tenant_id=acme/") == [scored_to_wire(scored("a", at=LATER))]


def test_new_documents_are_not_compared():
    """The second round of an erasure finds them: most batches need no read."""

    class NeverRead(MemoryErasures):
        def since(self, tenant, moment=None):
            raise AssertionError("read")

    assert Archive(MemoryLake(), NeverRead(), lambda: NOW)(BATCH) == 3
