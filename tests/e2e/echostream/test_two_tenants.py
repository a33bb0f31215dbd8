"""Requests of two tenants with the same ids, authors and sources: each gets its own only."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from echostream.domain.codec import time_to_wire
from echostream.entrypoints.cursors import decode_cursor, encode_cursor
from tests.two_tenants import SOURCES

FILTERS: list[dict[str, str]] = [
    {},
    *({"source": source} for source in SOURCES),
    *({"sentiment": sentiment} for sentiment in ("POSITIVE", "NEGATIVE", "NEUTRAL")),
    {"source": "news", "sentiment": "POSITIVE"},
]
PARTS = ("from", "to")


def side_by_side(operation, tenants):
    """The results of an operation for each tenant, run at the same time."""
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(operation, tenants))


def period(tenant, part):
    """The first or the second half of the documents' time, as a parameter."""
    middle = time_to_wire(tenant.start + timedelta(hours=20, minutes=7))
    return {"to" if part == "from" else "from": middle}


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_pages_have_the_own_documents(tenants, filters):
    """All pages of both at the same time, newest first, none skipped, repeated or exchanged."""
    for tenant, documents in zip(
        tenants, side_by_side(lambda one: one.pages(limit=333, **filters), tenants), strict=True
    ):
        expected = tenant.expected(**filters)
        assert [(one["id"], one["text"]) for one in documents] == list(expected.items())
        assert len(expected) > 100


@pytest.mark.parametrize("part", PARTS)
def test_period_has_the_own_documents(tenants, part):
    """With a start, and with an end."""
    pages = side_by_side(lambda one: one.pages(**period(one, part)), tenants)
    for tenant, documents in zip(tenants, pages, strict=True):
        expected = tenant.expected(**period(tenant, part))
        assert {one["id"]: one["text"] for one in documents} == expected


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_counts_are_those_of_the_own_documents(tenants, bucket):
    """By hour and by day, of all sources and of each one, as recounted from what was sent."""
    filters: list[dict[str, str]] = [{}, *({"source": source} for source in SOURCES)]
    assert tenants[0].recount(bucket) != tenants[1].recount(bucket)
    for one in filters:
        found = side_by_side(lambda tenant, one=one: tenant.stats(bucket, **one), tenants)
        assert found == [tenant.recount(bucket, **one) for tenant in tenants]


def test_sources_are_those_of_the_own_documents(tenants):
    """Their names are the same, their numbers are not."""
    assert tenants[0].recount_sources() != tenants[1].recount_sources()
    for tenant in tenants:
        sources = tenant.api.stats()["sources"]
        assert {one["source"]: one["total"] for one in sources} == tenant.recount_sources()


def test_themes_are_of_the_own_documents(tenants):
    """All documents that are read, and those that are cited, are the tenant's."""
    start = min(tenant.start for tenant in tenants)
    found = side_by_side(lambda one: one.api.themes(**{"from": time_to_wire(start)}), tenants)
    for tenant, content in zip(tenants, found, strict=True):
        own = tenant.expected()
        cited = [one for theme in content["themes"] for one in theme["examples"]]
        assert content["period"]["total"] == len(tenant.documents)
        assert cited
        assert all(own[one["id"]].startswith(one["text"].removesuffix("\u2026")) for one in cited)


def test_usage_is_that_of_the_own_tenant(tenants):
    """The name, and the number of stored documents."""
    for tenant in tenants:
        usage = tenant.api.usage()
        assert usage["tenant"] == tenant.name
        assert usage["quotas"]["stored_documents"]["used"] == len(tenant.documents)


def position(cursor: str) -> str:
    """The position in a cursor, which is not secret."""
    content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return str(content[0])


def flipped(cursor: str, at: int) -> str:
    """A cursor with one bit of its content changed."""
    content = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    content[at % len(content)] ^= 1
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@pytest.mark.parametrize("filters", [{}, {"source": "forum"}], ids=str)
def test_cursor_of_the_other_tenant_is_refused(both, filters):
    """As it is, cut, and with a bit changed anywhere: always 400, and no document."""
    mine, theirs = both
    cursor = theirs.api.query(limit=5, **filters)["cursor"]
    cut = [cursor[:end] for end in range(0, len(cursor), 9)]
    changed = [flipped(cursor, at) for at in range(0, 80, 9)]
    for tried in (cursor, *cut, *changed):
        status, body = mine.call("GET", "/query", fields={**filters, "cursor": tried})
        assert (status, json.loads(body)["error"]["code"]) == (400, "invalid_cursor"), tried


def test_cursor_with_forged_checksum_leads_to_own_documents(both):
    """The position is another tenant's, the checksum is that of the own query."""
    mine, theirs = both
    page = theirs.api.query(limit=700 // 2)
    filters = [mine.name, None, None, None, None]
    forged = encode_cursor(position(page["cursor"]), filters)
    assert decode_cursor(forged, filters) == position(page["cursor"])
    documents = mine.api.query(limit=500, cursor=forged)["documents"]
    oldest = page["documents"][-1]["created_at"]
    older = [(k, v) for k, v in mine.expected(to=oldest).items() if k][: len(documents)]
    assert [(one["id"], one["text"]) for one in documents] == older
    assert len(documents) == 500


@pytest.mark.parametrize("start", ["time#{}#2026-11-26T10#0", "{}", "doc#{}#d0001", "9999#{}"])
def test_cursor_with_forged_position_has_no_documents_of_another(both, start):
    """A position that names the other tenant's partition or key."""
    mine, theirs = both
    forged = encode_cursor(start.format(theirs.name), [mine.name, None, None, None, None])
    status, body = mine.call("GET", "/query", fields={"cursor": forged, "limit": "500"})
    assert status in (200, 400)
    assert theirs.mark.encode() not in body
