"""The pipeline: what is taken, what is refused, and what a crash at each step leaves."""

import gzip
import json
from datetime import timedelta

import pytest

from echostream.adapters.vader import Vader
from echostream.domain.errors import TryAgain
from echostream.domain.ingest import Ingest
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryLake, MemoryStore

VADER = Vader()


class Failing:
    """Stands before a lake or a store and fails the call that is its turn to fail."""

    def __init__(self, behind, method, call=1):
        self._behind, self._method, self._left = behind, method, call

    def __getattr__(self, name):
        found = getattr(self._behind, name)
        if name != self._method:
            return found

        def wrapped(*arguments):
            self._left -= 1
            if self._left == 0:
                raise TryAgain("injected")
            return found(*arguments)

        return wrapped


def ingest(lake=None, store=None):
    return Ingest(lambda _: VADER, lake or MemoryLake(), store or MemoryStore(), RETENTION)


def lines(lake, zone):
    return [
        json.loads(line)
        for key, data in lake.objects.items()
        if key.startswith(zone)
        for line in gzip.decompress(data).splitlines()
    ]


def total(store):
    days = {NOW.date(), (NOW - timedelta(days=1)).date()}
    return sum(part.total for day in days for part in store.counts("acme", day))


GOOD = {"id": "good", "text": "I love it", "source": "forum"}
BAD = {"id": "good", "text": ""}


def test_scores_archives_and_stores():
    """A document ends in both zones of the lake, in the store and in the counts."""
    lake, store = MemoryLake(), MemoryStore()
    receipt = ingest(lake, store)("acme", [GOOD], NOW)
    assert (receipt.ids, receipt.rejected) == (["good"], [])
    assert lines(lake, "raw") == [GOOD]
    [enriched] = lines(lake, "enriched")
    assert (enriched["text"], enriched["compound"]) == ("I love it", 0.6369)
    assert total(store) == 1
    [raw_key] = [key for key in lake.objects if key.startswith("raw")]
    assert raw_key.startswith("raw/tenant_id=acme/dt=2026-05-20/hour=12/")


def test_a_bad_document_costs_only_itself():
    """Its neighbours are taken; the answer names its place and its fault."""
    lake = MemoryLake()
    receipt = ingest(lake)("acme", [{"id": "a", "text": "a"}, BAD, GOOD, "no object"], NOW)
    assert receipt.ids == ["a", "good"]
    assert [(r.index, r.code) for r in receipt.rejected] == [(1, "empty"), (3, "invalid_type")]
    assert [d["id"] for d in lines(lake, "raw")] == ["a", "good"]


def test_nothing_good_writes_nothing():
    """A batch of bad documents leaves no object."""
    lake = MemoryLake()
    receipt = ingest(lake)("acme", [BAD], NOW)
    assert (receipt.ids, len(receipt.rejected), lake.objects) == ([], 1, {})


def test_a_repeat_overwrites():
    """The same request again: same answer, same objects, same counts."""
    lake, store = MemoryLake(), MemoryStore()
    first = ingest(lake, store)("acme", [GOOD], NOW)
    before = dict(lake.objects)
    again = ingest(lake, store)("acme", [GOOD], NOW + timedelta(minutes=5))
    assert again == first
    assert lake.objects == before
    assert total(store) == 1


@pytest.mark.parametrize("later", [timedelta(hours=3), timedelta(days=2)])
def test_a_late_repeat_overwrites_the_scored_text(later):
    """However late a batch comes again, its scored text lies where its first delivery put it."""
    lake, store = MemoryLake(), MemoryStore()
    ingest(lake, store)("acme", [GOOD], NOW)
    before = {key for key in lake.objects if key.startswith("enriched")}
    other = {**GOOD, "id": "new", "created_at": None}
    ingest(lake, store)("acme", [GOOD], NOW + later)
    assert {key for key in lake.objects if key.startswith("enriched")} == before
    ingest(lake, store)("acme", [GOOD, other], NOW + later)
    hours = [key.split("/")[2:4] for key in lake.objects if key.startswith("enriched")]
    arrived = NOW + later
    assert [f"dt={arrived:%Y-%m-%d}", f"hour={arrived:%H}"] in hours
    assert len(lines(lake, "enriched")) == 3


def test_a_conflict_is_not_scored_into_the_lake():
    """The enriched zone holds one text for an id: the one that the table keeps."""
    lake, store = MemoryLake(), MemoryStore()
    ingest(lake, store)("acme", [GOOD], NOW)
    receipt = ingest(lake, store)("acme", [{**GOOD, "text": "other"}], NOW)
    assert receipt.ids == []
    assert [(r.index, r.code) for r in receipt.rejected] == [(0, "conflict")]
    assert {d["text"] for d in lines(lake, "enriched")} == {"I love it"}


@pytest.mark.parametrize(
    ("part", "method", "call"), [("lake", "write", 1), ("store", "put", 1), ("lake", "write", 2)]
)
def test_a_crash_at_each_step_is_mended_by_a_repeat(part, method, call):
    """Wherever the work stops, sending again ends with everything in place, once."""
    lake, store = MemoryLake(), MemoryStore()
    broken = {"lake": lake, "store": store}
    broken[part] = Failing(broken[part], method, call)
    with pytest.raises(TryAgain):
        ingest(**broken)("acme", [GOOD], NOW)
    receipt = ingest(lake, store)("acme", [GOOD], NOW)
    assert receipt.ids == ["good"]
    assert [len(lines(lake, zone)) for zone in ("raw", "enriched")] == [1, 1]
    assert total(store) == 1
