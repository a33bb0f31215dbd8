"""What the path of a request to erase names, and what the response says of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.adapters.erasure_items import erasure_from_item, erasure_item
from echostream.domain.erasure import (
    Erased,
    ErasedDocuments,
    State,
    Subject,
    deletion_id,
    documents_of,
    subject_of,
)
from echostream.domain.errors import BadRequest, NotFound
from echostream.domain.validation import AcceptedTimes, document_from_wire, sent_id
from echostream.entrypoints.erasure_requests import (
    documents_in,
    newest,
    one,
    subject_in,
    to_wire,
)
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryErasures


def event(path, query=None):
    return APIGatewayProxyEventV2(
        {
            "rawPath": path,
            "queryStringParameters": query,
            "requestContext": {"stage": "$default", "http": {"path": path, "method": "DELETE"}},
        }
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/authors/ann", "ann"),
        ("/api/authors/ann", "ann"),
        ('/authors/Ann O\'Hara "x"', 'Ann O\'Hara "x"'),
        ("/authors/a/b", "a/b"),
        ("/authors/authors/a", "authors/a"),
        ("/authors/100%25", "100%"),
        ("/authors/%252F", "%2F"),
        ("/authors/a%2Fb%20c", "a/b c"),
        ("/authors/\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("/authors/a+b", "a+b"),
        ("/authors/a\nb", "a\nb"),
    ],
)
def test_name_in_a_path_is_the_name_that_was_sent(path, name):
    """API Gateway has decoded all but %25; a path that is still encoded gives the same."""
    assert subject_in(event(path), "author") == Subject("author", name)


@pytest.mark.parametrize(
    ("path", "query"), [("/authors/", None), ("/authors/%ff", None), ("/authors/a", {"b": "c"})]
)
def test_name_that_nobody_can_have_is_refused(path, query):
    """Without a character, not UTF-8, or cut at a question mark that was not encoded."""
    with pytest.raises(BadRequest):
        subject_in(event(path, query), "author")


def body(content):
    request = {**event("/erasures").raw_event, "body": content, "headers": {}}
    return APIGatewayProxyEventV2(request)


def test_body_names_documents():
    """Each once."""
    subject = documents_in(body('{"ids": ["b", "a/?", "b"]}'))
    assert subject == Subject("document", "b", more=frozenset({"a/?"}))
    longest = ["\U0001f469" * 126 + f"{n:02}" for n in range(10, 100)]
    assert len(documents_in(body(json.dumps({"ids": longest * 5}))).ids) == 90


@pytest.mark.parametrize(
    "content",
    [
        *(
            "",
            "[]",
            "{}",
            '{"ids": []}',
            '{"ids": "a"}',
            '{"ids": [1]}',
            '{"ids": [""]}',
            '{"id": 1}',
        ),
        json.dumps({"ids": [str(n) for n in range(501)]}),
        json.dumps({"ids": ["x" * 129]}),
    ],
)
def test_body_that_names_no_documents_is_refused(content):
    """Or too many, or one that nobody can have."""
    with pytest.raises(BadRequest):
        documents_in(body(content))


@pytest.fixture
def erasures():
    return MemoryErasures(lambda: NOW)


def test_response_has_no_name_of_an_author(erasures):
    """Nor the hash."""
    erasure = erasures.create("acme", "e1", subject_of("author", "ann"), NOW)
    text = str(to_wire(erasure))
    assert "ann" not in text
    assert erasure.digest not in text


def test_erasures_of_another_tenant_are_unknown(erasures):
    """By id, and in the list."""
    erasures.create("acme", "e1", subject_of("author", "ann"), NOW)
    assert one(erasures, "acme", "e1") == newest(erasures, "acme")["erasures"][0]
    with pytest.raises(NotFound):
        one(erasures, "globex", "e1")
    assert newest(erasures, "globex") == {"erasures": []}


def test_erasures_of_a_former_tenant_of_the_name_are_unknown(erasures):
    """The deletion too; a later erasure is listed."""
    moments = [NOW + timedelta(minutes=n) for n in range(3)]
    erasures.create("acme", "e1", subject_of("author", "ann"), moments[0])
    erasures.create("acme", deletion_id(NOW), Subject("tenant", "acme"), moments[1])
    erasures.create("acme", "e2", subject_of("author", "ann"), moments[2])
    assert [one["id"] for one in newest(erasures, "acme")["erasures"]] == ["e2"]
    assert one(erasures, "acme", "e2")["id"] == "e2"
    for name in ("e1", deletion_id(NOW)):
        with pytest.raises(NotFound):
            one(erasures, "acme", name)


def test_deletion_of_a_tenant_covers_everything_up_to_its_end(erasures):
    """Also what arrives after the request, and what has neither an id nor an author."""
    erasure = erasures.create("acme", deletion_id(NOW), Subject("tenant", "acme"), NOW)
    later = NOW + timedelta(days=1)
    running = ErasedDocuments(erasures.since("acme", later))
    assert running.has(None, None, later + timedelta(days=9))
    erasures.save(erasure.end(later))
    done = ErasedDocuments(erasures.since("acme", later))
    assert done.has(None, "ann", later)
    assert not done.has(None, "ann", later + timedelta(microseconds=1))
    assert not done.is_being_deleted


def test_item_keeps_every_field_but_the_name_at_the_end(erasures):
    """Of a running erasure, and of one that is done."""
    erasure = erasures.create("acme", "e1", subject_of("author", "ann \u2603"), NOW)
    done = replace(
        erasure,
        subject=None,
        state=State.DONE,
        erased={"table": Erased(1, 2)},
        days=("2026-05-20",),
        unsearched=("raw/x",),
        finished_at=NOW,
    )
    several = erasures.create("acme", "e2", documents_of(["a", "b", "c"]), NOW)
    assert len(several.more_digests) == 2
    ended = replace(several, subject=None)
    for one_of in (erasure, replace(erasure, due_at=NOW), done, several, ended):
        assert erasure_from_item(erasure_item(one_of)) == one_of
    assert "ann" not in str(erasure_item(done))


def test_hashes_cover_one_subject_up_to_its_time(erasures):
    """Another tenant's key gives other hashes; an id is not an author."""
    erasures.create("acme", "e1", subject_of("author", "ann"), NOW)
    erased = ErasedDocuments(erasures.since("acme"))
    assert erased.has("x", "ann", NOW)
    assert not erased.has("x", "ann", NOW + timedelta(microseconds=1))
    assert not erased.has("ann", "x", NOW)
    assert not erased.has(None, None, NOW)


ROW = {"text": "a", "source": "s", "author": "ann"}


@pytest.mark.parametrize(
    "row",
    [ROW, {**ROW, "id": "x"}, {**ROW, "created_at": "2026-05-20T12:00:00+01:00"}, {"text": "b"}],
)
def test_id_of_a_row_is_that_of_its_document(row):
    """Also if it is a hash."""
    assert sent_id(row) == document_from_wire(row, AcceptedTimes(NOW, RETENTION)).id


@pytest.mark.parametrize(
    "row", [{}, {"text": "a", "created_at": "no"}, {"text": "a", "created_at": 5}]
)
def test_row_that_is_no_document_has_no_id(row):
    """An item in quarantine may be one."""
    assert sent_id(row) is None
