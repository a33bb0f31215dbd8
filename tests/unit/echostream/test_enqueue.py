"""The stream path's door: what is accepted, queued and rejected."""

from datetime import timedelta

import pytest

from echostream.domain.enqueue import Enqueue
from echostream.domain.errors import TryAgain
from echostream.domain.stream_record import parse
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryStream
from tests.unit.echostream.test_ingest import ingest

GOOD = {"id": "good", "text": "I love it"}
LONG = [{"id": name, "text": name * 24_000} for name in "abc"]
"""Each fills a record."""
BAD = [
    {"text": ""},
    {"text": "a", "id": "x" * 129},
    {"text": "a", "created_at": "2099-01-01T00:00:00Z"},
    {"text": "a", "nonsense": 1},
    {"text": "\ud800"},
    {"text": [[]]},
    "no object",
]


class Refusing(MemoryStream):
    """Does not write the records with these numbers."""

    def __init__(self, *refused):
        super().__init__()
        self._refused = refused

    def write(self, tenant, records, seconds):
        written = [data for i, data in enumerate(records) if i not in self._refused]
        super().write(tenant, written, seconds)
        return ["throttled" if i in self._refused else "" for i in range(len(records))]


def enqueue(stream, raw):
    return Enqueue(stream, RETENTION)("acme", raw, NOW, 20.0)


def test_accepted_documents_are_in_the_stream():
    """As they were sent, with the tenant and the time of arrival; the receipt has their ids."""
    stream = MemoryStream()
    receipt = enqueue(stream, [GOOD, {"text": "b"}])
    [delivery] = map(parse, stream.records)
    assert (delivery.tenant, delivery.arrived_at) == ("acme", NOW)
    assert list(delivery.rows) == [GOOD, {"text": "b"}]
    assert receipt.ids[0] == "good"
    assert (len(receipt.ids), receipt.rejected) == (2, [])
    assert receipt.received_at == NOW  # the time that the processor marks


def test_both_paths_have_the_same_door():
    """The same documents are accepted, with the same ids, and refused, with the same reasons."""
    raw = [GOOD, *BAD, {"text": "without an id", "created_at": "2026-05-20T00:00:00+02:00"}]
    raw += [{"text": "old", "created_at": "2018-05-20T00:00:00Z"}]
    direct = ingest()("acme", raw, NOW)
    assert (len(direct.rejected), direct.lake_only) == (len(BAD), 1)
    assert enqueue(MemoryStream(), raw) == direct


def test_request_without_valid_documents_writes_nothing():
    """The stream is not called."""
    receipt = enqueue(None, BAD)
    assert (receipt.ids, len(receipt.rejected)) == ([], len(BAD))


def test_document_that_was_not_written_is_rejected():
    """It can be sent again; the documents of other records are accepted."""
    stream = Refusing(1)
    receipt = enqueue(stream, [{"text": ""}, *LONG])
    assert receipt.ids == ["a", "c"]
    assert [(r.index, r.code) for r in receipt.rejected] == [(0, "empty"), (2, "try_again")]
    assert [parse(data).rows[0]["id"] for data in stream.records] == ["a", "c"]


def test_request_of_which_nothing_was_written_fails():
    """503, with the stream's reason for the log; the caller repeats the request."""
    with pytest.raises(TryAgain, match="stream: throttled"):
        enqueue(Refusing(0, 1, 2), LONG)


def test_record_can_be_checked_again_later():
    """At the time of arrival, so that the door's decision does not change in the queue."""
    stream = MemoryStream()
    oldest = {"text": "a", "created_at": (NOW - RETENTION + timedelta(seconds=1)).isoformat()}
    assert len(enqueue(stream, [oldest]).ids) == 1
