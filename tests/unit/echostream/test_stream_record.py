"""Records of the stream: how documents are packed, and what a reader refuses."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.domain.errors import BadRequest
from echostream.domain.stream_record import UNIT, pack, parse
from tests.builders import NOW

RECORD = {
    "version": 1,
    "tenant": "acme",
    "arrived_at": "2026-05-20T12:30:00Z",
    "documents": [{"text": "caf\u00e9 \U0001f60d"}],
}


def encode(**changes):
    """A record of ours, with changes."""
    return json.dumps({**RECORD, **changes}).encode()


def units(size):
    return -(-size // UNIT)


def test_record_has_the_documents_as_they_were_sent():
    """A reader gets the tenant, the time of arrival, and each document unchanged."""
    arrived_at = NOW + timedelta(microseconds=123)
    rows = [{"text": "caf\u00e9 \u2028 \u0000", "id": "a"}, {"text": "b", "author": None}]
    [record] = pack("acme", arrived_at, dict(enumerate(rows)))
    delivery = parse(record.data)
    assert (delivery.tenant, delivery.arrived_at) == ("acme", arrived_at)
    assert list(delivery.rows) == rows


def test_documents_of_a_request_share_a_unit():
    """500 short documents cost two units, not 500."""
    rows = {index: {"text": "x" * 60} for index in range(500)}
    records = list(pack("acme", NOW, rows))
    assert sum(units(len(record.data)) for record in records) == 2


def test_long_document_shares_the_rest_of_its_last_unit():
    """A document of 1.1 units leaves room for short ones, which cost nothing."""
    rows = {0: {"text": "x" * 27_000}, 1: {"text": "y" * 20_000}, 2: {"text": "z" * 9_000}}
    records = list(pack("acme", NOW, rows))
    assert [list(record.indices) for record in records] == [[0, 1], [2]]
    assert [units(len(record.data)) for record in records] == [2, 1]


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=40))
def test_every_document_is_in_one_record(sizes):
    """In order; no record is larger than the units of its first document, or its only document."""
    rows = {2 * index: {"text": "x" * size} for index, size in enumerate(sizes)}
    records = list(pack("acme", NOW, rows))
    assert [i for record in records for i in record.indices] == list(rows)
    for record in records:
        assert [rows[i] for i in record.indices] == list(parse(record.data).rows)
        [alone] = pack("acme", NOW, {0: rows[record.indices[0]]})
        assert units(len(record.data)) == units(len(alone.data))
        assert len(record.data) < 1_000_000


POISON = {
    "empty": b"",
    "not JSON": b"poison",
    "not UTF-8": encode().replace(b"acme", b"ac\xffme"),
    "half a document": encode()[:-20],
    "a megabyte of noise": b"\x00" * 1_048_576,
    "not an object": b"[1]",
    "without a version": json.dumps({"tenant": "acme"}).encode(),
    "unknown version": encode(version=2),
    "true as version": encode(version=True),
    "another field": encode(extra=1),
    "no tenant": encode(tenant=None),
    "a tenant that is a path": encode(tenant="../other"),
    "no time": encode(arrived_at="yesterday"),
    "a number as time": encode(arrived_at=12),
    "documents that are no list": encode(documents={"text": "a"}),
    "no documents": encode(documents=[]),
    "a document that is a text": encode(documents=["a"]),
    "a nested document": encode(documents=[{"text": [[]]}]),
    "20,000 brackets": b"[" * 20_000,
    "5,000 digits": encode(version="#").replace(b'"#"', b"1" * 5_000),
}


@pytest.mark.parametrize("name", POISON)
def test_foreign_record_is_refused(name):
    """With a reason that says nothing of Python."""
    with pytest.raises(BadRequest) as caught:
        parse(POISON[name])
    expected = "unknown_version" if "version" in name and "without" not in name else None
    assert caught.value.code == (expected or "invalid_record")
    assert caught.value.message.startswith(("record: ", "arrived_at: "))
    assert "limit" not in caught.value.message
