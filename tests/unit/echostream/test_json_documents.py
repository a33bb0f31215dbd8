"""Bodies of requests: an invalid document costs only itself, whatever is wrong with it."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from echostream.adapters.vader import Vader
from echostream.domain.errors import BadRequest
from echostream.domain.ingest import Ingest
from echostream.domain.validation import DOCUMENT_FIELDS
from echostream.entrypoints import http
from echostream.entrypoints.request_body import documents_from_body
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryLake, MemoryStore

BEFORE, AFTER = b'{"id": "before", "text": "a, [b] {c} \\" d"}', b'{"id": "after", "text": "a"}'
DEEP = 20_000
PYTHON = ("Expecting", "Traceback", "Exceeds", "recursion", "Invalid", "delimiter", "codec")
"""Words of messages of Python's own."""


def respond(body: bytes) -> tuple[int, Any]:
    """The status and the JSON of the response to a body."""
    ingest = Ingest(lambda _: Vader(), MemoryLake(), MemoryStore(), RETENTION, lambda: NOW)
    try:
        response = http.accepted(ingest("acme", documents_from_body(body), NOW))
    except BadRequest as error:
        return error.status, {"error": {"code": error.code, "message": error.message}}
    return response.status_code, json.loads((response.body or "").encode())


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b'{"text": "a", "author": ' + b"[" * DEEP + b"]" * DEEP + b"}", "author"),
        (b'{"text": ' + b'{"text": ' * DEEP + b"1" + b"}" * DEEP + b"}", "text"),
        (b'{"text": "a", "x": ' + b"[" * DEEP + b"]" * DEEP + b"}", "x"),
        (b"[" * DEEP + b"]" * DEEP, "document"),
        (b'{"text": ' + b"9" * 5000 + b"}", "text"),
        (b'{"text": "a", "id": -' + b"9" * 5000 + b"}", "id"),
        (b'{"text": 1e999}', "text"),
        (b'{"text": "a", "url": NaN}', "url"),
        (b'{"text": -Infinity}', "text"),
        (b"NaN", "document"),
        (b'{"text": "\\ud800"}', "text"),
        (b'{"text": "a", "author": "\\udfff"}', "author"),
        (b'{"text": "a", "author": "\xf0\x9f\x98"}', "author"),
        (b'{"text": "a", "\\u0000": 1}', "\\u0000"),
        (b'{"text": "a", "\\ud800": 1}', "\\ud800"),
        (b'{"text": "a", "\xff": 1}', "\\udcff"),
        (b'{"text": "a", "": 1}', "''"),
        (b'{"text": "a", "text": "b"}', "text"),
        (b'{"text": "a", "x": 1, "x": 1}', "x"),
        (b'{"text": "a\x00b"}', "document"),
        (b'{"text": "a\nb"}', "document"),
        (b'{"text": "\\x"}', "document"),
        (b'{"text": }', "document"),
        (b"{'text': 1}", "document"),
        (b"", "document"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_invalid_document_costs_only_itself(document, field):
    """Its message begins with the field, and has no words of Python's own."""
    body = b'{"documents": [' + b",".join([BEFORE, document, AFTER]) + b"]}"
    status, content = respond(body)
    assert (status, content["ids"]) == (202, ["before", "after"])
    [rejection] = content["rejected"]
    assert rejection["index"] == 1
    assert rejection["message"].startswith(f"{field}:")
    assert not any(word in rejection["message"] for word in PYTHON)


def test_message_has_the_place_of_the_error():
    """Also behind what is nested in the document."""
    start = b'{"text": "a", "x": [[1], {"y": 2}], "z": '
    body = b'{"documents": [' + BEFORE + b"," + start + b"}]}"
    [rejection] = respond(body)[1]["rejected"]
    assert rejection["message"] == f"document: not JSON at its character {len(start)}"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"text": "a", "author": ' + b"[" * DEEP + b"]" * DEEP + b"}", "author"),
        (b'{"text": ' + b"9" * 5000 + b"}", "text"),
        (b'{"documents": [' + BEFORE + b", " + b"[" * DEEP, "body"),
        (b'{"documents": [' + BEFORE + b'], "x": }', "body"),
        (b'{"documents": [' + BEFORE + b"}}", "body"),
        (b'{"documents": [{"text": "a}]}', "body"),
        (b'{"documents": {"text": }}', "documents"),
        (b'"' + b'\\"' * 1_000_000, "body"),
        (b"[" * DEEP + b"]" * DEEP, "body"),
        (b"\x00", "body"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_request_is_refused_as_a_whole(body, field):
    """A single document by its field, and a body that is not JSON around its documents."""
    status, content = respond(body)
    assert status == 400
    assert content["error"]["message"].startswith(f"{field}:")
    assert not any(word in content["error"]["message"] for word in PYTHON)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)
ANY_TEXT = st.text(st.characters())
FIELDS = st.dictionaries(st.sampled_from(DOCUMENT_FIELDS) | ANY_TEXT, JSON | ANY_TEXT)
DOCUMENT = st.builds(lambda fields, text: {"text": text, **fields}, FIELDS, st.text(min_size=1))


@given(st.lists(DOCUMENT | FIELDS | JSON, min_size=1, max_size=5), st.booleans())
@example([{"text": "\ufffd"}], True)
@example([{"text": "a", ":": 1}, {"text": "a", "": 1}], True)
def test_any_json_is_stored_or_rejected_with_a_field(items, is_ascii):
    """Each document is in `ids` or in `rejected`, and the response is valid JSON."""
    body = json.dumps({"documents": items}, ensure_ascii=is_ascii).encode(errors="surrogatepass")
    status, content = respond(body)
    assert status == (202 if content.get("ids") else 400)
    rejected = content["rejected"]
    assert len(content.get("ids", [])) + len(rejected) == len(items)
    assert all(": " in one["message"][1:] for one in rejected)
    assert not any(word in one["message"] for one in rejected for word in PYTHON)


STRINGS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)


@given(STRINGS, STRINGS, STRINGS)
def test_any_text_is_stored_beside_an_invalid_document(text, author, source):
    """The others of the batch keep every character, although the body is cut into documents."""
    document = {"text": text, "author": author, "source": source}
    valid = json.dumps(document, ensure_ascii=False).encode()
    items = documents_from_body(
        b'{"documents": [' + valid + b', {"text": "\x01"}, ' + valid + b"]}"
    )
    assert items[0] == items[2] == document


@given(st.binary(max_size=200) | st.text('{}[]",:\\ a1documentsx').map(str.encode))
def test_any_bytes_get_a_response(raw):
    """No exception but `BadRequest`."""
    for body in (raw, b'{"documents": [' + raw + b"]}", b'{"documents": [{"text": "' + raw):
        status, content = respond(body)
        assert status in (202, 400)
        assert content
