"""Parsing of requests and documents from JSON, and the errors for invalid ones."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.domain.codec import (
    scored_from_wire,
    scored_to_wire,
    time_from_wire,
    time_to_wire,
    to_json,
)
from echostream.domain.errors import BadDocument, BadRequest, PayloadTooLarge
from echostream.domain.validation import (
    MAX_BODY_BYTES,
    MAX_LENGTH,
    MAX_STORED_BYTES,
    MAX_TEXT_BYTES,
    AcceptedTimes,
    document_from_wire,
)
from echostream.entrypoints.request_body import documents_from_body
from tests.builders import NOW, RETENTION, scored

TIMES = AcceptedTimes(NOW, RETENTION)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"hello", "invalid_json"),
        (b'{"text": "a"', "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b'{"text": "a", "text": "b"}', "duplicate_field"),
        (b'{"documents": [], "documents": [{"text": "a"}]}', "duplicate_field"),
        (b'["text"]', "invalid_type"),
        (b'{"documents": {"text": "a"}}', "invalid_type"),
        (b'{"documents": []}', "invalid_count"),
        (json.dumps({"documents": [{"text": "a"}] * 501}).encode(), "invalid_count"),
        (b'{"documents": [{"text": "a"}], "tenant": "x"}', "unknown_field"),
    ],
)
def test_unreadable_bodies_are_refused(body, code):
    """The whole request is refused; the code is the reason."""
    with pytest.raises(BadRequest) as error:
        documents_from_body(body)
    assert error.value.code == code
    assert error.value.status == 400


def test_body_above_the_limit_is_refused():
    """The size is checked before the body is parsed."""
    with pytest.raises(PayloadTooLarge):
        documents_from_body(b" " * (MAX_BODY_BYTES + 1))


def test_body_is_parsed_without_its_byte_order_mark():
    """Windows tools write one; it is not a part of the JSON."""
    assert documents_from_body(b'\xef\xbb\xbf{"text": "a"}') == [{"text": "a"}]


def test_body_is_one_document_or_a_list():
    """A single document is a list of one."""
    assert documents_from_body(b'{"text": "a"}') == [{"text": "a"}]
    assert len(documents_from_body(b'{"documents": [{"text": "a"}, 7]}')) == 2


@pytest.mark.parametrize(
    ("created_at", "is_lake_only"),
    [
        ("0001-01-01T00:00:00Z", True),
        ("1970-01-01T00:00:00Z", True),
        (time_to_wire(NOW - RETENTION), True),
        (time_to_wire(NOW - RETENTION + timedelta(microseconds=1)), False),
        (None, False),
    ],
)
def test_document_of_any_age_is_accepted(created_at, is_lake_only):
    """One that is older than the retention goes to the lake only."""
    document = document_from_wire({"text": "a", "created_at": created_at}, TIMES)
    assert TIMES.is_lake_only(document) is is_lake_only
    assert created_at is None or time_to_wire(document.created_at) == created_at


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        ("text", "invalid_type", "document"),
        ({}, "missing_field", "text"),
        ({"text": ""}, "empty", "text"),
        ({"text": None}, "invalid_type", "text"),
        ({"text": 5}, "invalid_type", "text"),
        ({"text": ["a"]}, "invalid_type", "text"),
        ({"text": "a" * 65537}, "too_long", "text"),
        ({"text": "\u20ac" * 21846}, "too_long", "text"),
        ({"text": "a\ud83d"}, "invalid_text", "text"),
        ({"text": "a", "id": "x" * 129}, "too_long", "id"),
        ({"text": "a", "id": ""}, "empty", "id"),
        ({"text": "a", "id": 7}, "invalid_type", "id"),
        ({"text": "a", "id": "\udc00"}, "invalid_text", "id"),
        ({"text": "a", "author": "x" * 257}, "too_long", "author"),
        ({"text": "a", "source": "x" * 129}, "too_long", "source"),
        ({"text": "a", "channel": "x" * 129}, "too_long", "channel"),
        ({"text": "a", "channel": ""}, "empty", "channel"),
        ({"text": "a", "channel": ["x"]}, "invalid_type", "channel"),
        ({"text": "a", "url": "javascript:alert(1)"}, "invalid_value", "url"),
        ({"text": "a", "language": "english please"}, "invalid_value", "language"),
        ({"text": "a", "tenant_id": "other"}, "unknown_field", "tenant_id"),
        ({"text": "a", "created_at": "yesterday"}, "invalid_timestamp", "created_at"),
        ({"text": "a", "created_at": 1700000000}, "invalid_type", "created_at"),
        ({"text": "a", "created_at": "2026-05-20T12:30:00"}, "invalid_timestamp", "created_at"),
        ({"text": "a", "created_at": "2026-02-30T12:30:00Z"}, "invalid_timestamp", "created_at"),
        (
            {"text": "a", "created_at": "0001-01-01T00:00:00+14:00"},
            "invalid_timestamp",
            "created_at",
        ),
        ({"text": "a\udcff"}, "invalid_utf8", "text"),
        ({"text": "a", "author": "\udc80"}, "invalid_utf8", "author"),
        ({"text": "a", "": "b"}, "unknown_field", "''"),
        ({"text": "\x00" * 65536, "url": "http://" + "\x00" * 2041}, "too_long", "text"),
        ({"text": "a", "created_at": "2099-01-01T00:00:00Z"}, "out_of_range", "created_at"),
    ],
)
def test_invalid_documents_are_refused(raw, code, field):
    """The message starts with the name of the first invalid field."""
    with pytest.raises(BadDocument) as error:
        document_from_wire(raw, TIMES)
    assert error.value.code == code
    assert error.value.message.startswith(f"{field}:")


def test_messages_are_short_and_encodable():
    """A field name of a client is shortened, and its surrogates are replaced."""
    with pytest.raises(BadDocument) as error:
        document_from_wire({"text": "a", "\ud800" + "x" * 500: 1}, TIMES)
    assert len(error.value.message) < 200
    assert error.value.message.encode()


@pytest.mark.parametrize(
    "text",
    ["\u0000", "\U0001f60d", "e\u0301", "\u202eright to left", "a\nb\r\n\t", "\u2028", " ", "\x7f"],
)
def test_any_characters_are_accepted(text):
    """Control characters, marks and emoji stay unchanged."""
    assert document_from_wire(json.loads(json.dumps({"text": text})), TIMES).text == text


@pytest.mark.parametrize("character", ["\u0439", "\u20ac", "\U0001f60d", '"', "\\", "\n", "\x7f"])
def test_any_text_of_64_kib_is_accepted(character):
    """In every script, with the longest other fields; only control characters take more."""
    text = character * (MAX_TEXT_BYTES // len(character.encode()))
    longest = {name: "\U0001f60d" * MAX_LENGTH[name] for name in ("id", "source", "author")}
    raw = {"text": text, **longest, "url": "http://" + "\u20ac" * 2041}
    assert document_from_wire(raw, TIMES).text == text


def test_stored_size_is_limited():
    """The size of a document as it is stored: the limit is accepted, a byte more is not."""
    raw = {"text": "\x00" * 65536, "id": "a", "source": "b", "url": "http://" + "\x00" * 1110}
    size = sum(len(to_json(value)) for value in raw.values())
    author = "x" * (MAX_STORED_BYTES - size - len('""'))
    assert document_from_wire({**raw, "author": author}, TIMES).author == author
    with pytest.raises(BadDocument, match=r"text: 400001 bytes .* at most 400000"):
        document_from_wire({**raw, "author": author + "x"}, TIMES)


def test_document_of_the_first_moment_of_the_retention_is_accepted():
    """The start itself is refused, a microsecond later is accepted."""
    moment = NOW - RETENTION + timedelta(microseconds=1)
    raw = {"text": "a", "created_at": time_to_wire(moment)}
    assert document_from_wire(raw, TIMES).created_at == moment


def test_limits_are_inclusive():
    """A text may have 64 KiB, an id 128 characters."""
    document = document_from_wire({"text": "\u20ac" * 21845, "id": "\U0001f60d" * 128}, TIMES)
    assert len(document.text.encode()) == 65535
    assert len(document.id) == 128


def test_only_the_text_is_required():
    """Other fields have defaults."""
    document = document_from_wire({"text": "a", "author": None}, TIMES)
    assert (document.source, document.created_at, document.author) == ("unknown", NOW, None)


def test_default_id_depends_on_the_content():
    """The same content has the same id, at whatever time it is received."""
    later = AcceptedTimes(NOW.replace(hour=14), RETENTION)
    plain = {"text": "a", "source": "x"}
    first = document_from_wire(plain, TIMES)
    assert document_from_wire(plain, later).id == first.id
    for change in ({"text": "b"}, {"source": "y"}, {"author": "ann"}):
        assert document_from_wire({**plain, **change}, TIMES).id != first.id
    dated = document_from_wire({**plain, "created_at": "2026-05-20T12:00:00Z"}, TIMES)
    offset = document_from_wire({**plain, "created_at": "2026-05-20T14:00:00+02:00"}, TIMES)
    assert dated.id == offset.id != first.id


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("2026-05-20T12:30:00Z", "2026-05-20T12:30:00Z"),
        ("2026-05-20t12:30:00.5z", "2026-05-20T12:30:00.500000Z"),
        ("2026-05-20 14:30:00+02:00", "2026-05-20T12:30:00Z"),
        ("2026-05-20T12:30:00.123456789Z", "2026-05-20T12:30:00.123456Z"),
    ],
)
def test_times_are_normalized_to_utc(text, normalized):
    """RFC 3339 with any offset and any number of decimals."""
    assert time_to_wire(time_from_wire("created_at", text)) == normalized


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.floats(-1, 1))
def test_scored_document_survives_a_round_trip(text, compound):
    """A document that is written as JSON and parsed again is equal."""
    document = scored("a", text=text, compound=compound)
    assert scored_from_wire(json.loads(to_json(scored_to_wire(document)))) == document
