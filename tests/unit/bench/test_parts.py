"""Ingestion with parts replaced accepts what the whole accepts."""

import json

import pytest

from bench.documents import make_requests
from bench.parts import PARTS, make_event, make_kinds, take_all
from echostream.adapters.vader import Vader
from echostream.domain.ingest import Ingest
from echostream.entrypoints import wiring
from echostream_cli.users import DEMO_TENANT
from tests.builders import RETENTION
from tests.fakes import MemoryLake, MemoryStore

DOCUMENTS = 3


@pytest.fixture
def lake():
    return MemoryLake()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def kinds(lake, store):
    vader = Vader()
    return make_kinds(Ingest(lambda _: vader, lake, store, RETENTION, wiring.now))


def take(ingest):
    """Ingest one request; the ids of its documents."""
    [documents] = make_requests(1, DOCUMENTS)
    take_all(ingest, [make_event(json.dumps({"documents": documents}))])
    return [document["id"] for document in documents]


WRITES = {
    "checks": (0, 0),
    "scoring": (0, 0),
    "packing": (0, 0),
    "lake": (1, 0),
    "table": (1, DOCUMENTS),
}
"""The objects and the stored documents of each measurement."""


@pytest.mark.parametrize("kind", WRITES)
def test_replaced_parts_write_nothing(kinds, lake, store, kind):
    """Each measurement adds one part to the one before."""
    ids = take(kinds[kind])
    assert (len(lake.objects), len(store.get_many(DEMO_TENANT, ids))) == WRITES[kind]


def test_every_part_is_the_difference_to_the_part_before(kinds):
    """The parts add up to the whole, which is measured at the API."""
    measurements = [part.kind for part in PARTS]
    assert [part.less for part in PARTS] == ["", *measurements[:-1]]
    assert measurements == [*kinds, "api"]


def test_refused_documents_are_an_error(kinds):
    """A measurement of refused documents would look fast."""
    event = make_event(json.dumps({"documents": [{"text": "fine"}, {"text": ""}]}))
    with pytest.raises(RuntimeError, match="rejected"):
        take_all(kinds["checks"], [event])
