"""Requests of one of two tenants that name the other one, and quotas that one uses up."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from echostream.domain.codec import time_to_wire
from echostream.domain.quotas import Quotas
from echostream_cli import users
from tests.polling import wait_until

NAMES = ("tenant", "tenant_id", "X-Tenant", "X-Tenant-Id", "member")
READS = (
    *("/query", "/stats", "/usage", "/erasures", "/quarantine"),
    *("/api/query", "/api/stats", "/api/usage", "/api/quarantine"),
)


def is_own(other, body):
    """Whether a response has no document and no name of the other tenant."""
    return not any(text.encode() in body for text in (other.mark, f'"{other.name}"'))


def without_progress(body):
    """The content of a response, without how far the counters are."""
    return {name: value for name, value in json.loads(body).items() if name != "counted_to"}


@pytest.mark.parametrize("path", READS)
def test_header_and_parameter_name_no_tenant(both, path):
    """A header changes nothing; a parameter is refused, or changes nothing."""
    mine, theirs = both
    usual = without_progress(mine.call("GET", path)[1])
    assert "error" not in usual
    for name in NAMES:
        status, body = mine.call("GET", path, headers={name: theirs.name})
        assert (status, without_progress(body)) == (200, usual)
        assert is_own(theirs, body)
        status, body = mine.call("GET", f"{path}?{name}={theirs.name}")
        assert status == 400 or (status, without_progress(body)) == (200, usual)
        assert is_own(theirs, body)


PATHS = (
    "/{}/query",
    "/api/{}/query",
    "/query/{}",
    "/tenants/{}/query",
    "/tenants/{}",
    "/documents",
    "/documents/d0001",
    "/authors/ann",
    "/erasures/{}",
    "/erasures/..%2f{}",
    "/api/..%2f{}%2fquery",
    "/query%2f..%2f{}",
    "/erasures/erasure%23{}",
    "/quarantine/{}",
    "/quarantine/..%2ftenant_id={}%2fitem",
)


@pytest.mark.parametrize("path", PATHS)
def test_path_names_no_tenant(both, path):
    """There is no such path, or nothing under it; the response has nothing of the other tenant."""
    mine, theirs = both
    status, body = mine.call("GET", path.format(theirs.name))
    assert status in (400, 403, 404, 405)
    assert is_own(theirs, body)


def test_document_names_no_tenant(both):
    """A field for a tenant is unknown; in the known fields its name is text."""
    mine, theirs = both
    before = theirs.pages()
    for name in (*NAMES, "pk", "sk", "time_pk", "dt"):
        row = {"id": "new", "text": "a"}
        for body in ({**row, name: theirs.name}, {"documents": [row], name: theirs.name}):
            assert mine.call("POST", f"/ingest?{name}={theirs.name}", json.dumps(body))[0] == 400
    assert theirs.pages() == before


def test_known_fields_reach_no_other_tenant(both):
    """Ids, authors and sources like keys and folders of the other tenant."""
    mine, theirs = both
    before, stats = theirs.pages(), theirs.stats("hour")
    forms = ("doc#{}#d0001", "{}", "../tenant_id={}/x", "{}#d0001", "#{}", "-2", "-2#d0001")
    documents = []
    for number, form in enumerate(forms):
        value = form.format(theirs.name)
        at = time_to_wire(mine.start + timedelta(seconds=number, microseconds=1))
        text = f"{mine.mark} It is a table. {value}"
        fields = {"author": value, "source": "shop", "language": "en", "created_at": at}
        documents.append({"id": f"{value}-{mine.name}", "text": text, **fields})
    response = mine.api.ingest(documents)
    assert response["accepted"] == len(forms)
    mine.documents |= {one["id"]: one for one in documents}
    assert mine.api.wait_until_counted(response["received_at"])
    assert (theirs.pages(), theirs.stats("hour")) == (before, stats)
    assert {one["id"]: one["text"] for one in mine.pages()} == mine.expected()


def test_same_id_with_another_text_conflicts_in_the_own_tenant_only(tenants):
    """Both have the id with texts of their own; each may repeat its own, and send no other."""
    mine, theirs = tenants
    name = next(iter(mine.documents.keys() & theirs.documents.keys()))
    for tenant in tenants:
        body = json.dumps({"id": name, **tenant.documents[name]})
        assert tenant.call("POST", "/ingest", body)[0] == 202
        status, body = tenant.call("POST", "/ingest", json.dumps({"id": name, "text": "other"}))
        assert (status, json.loads(body)["error"]["code"]) == (400, "conflict")
        assert {one["id"]: one["text"] for one in tenant.pages()} == tenant.expected()


@pytest.fixture
def quotas(settings, tenants):
    """A function that sets a tenant's quotas; afterwards both have those of the deployment."""
    directory = users.directory(settings.target)
    yield directory.set_quotas
    for tenant in tenants:
        directory.set_quotas(tenant.name, Quotas())
        assert wait_until(lambda one=tenant: limits(one.api.usage()) == [None] * 3)


def limits(usage: dict[str, Any]) -> list[int | None]:
    names = ("requests_in_10_seconds", "documents_today", "stored_documents")
    return [usage["quotas"][name]["limit"] for name in names]


def flood(tenant):
    """Whether one of many requests at once is refused, because of the quota of requests."""
    with ThreadPoolExecutor(4) as threads:
        responses = list(threads.map(lambda _: tenant.call("GET", "/usage"), range(40)))
    return any(status == 429 and b"quota_requests" in body for status, body in responses)


def test_used_up_quotas_are_those_of_one_tenant(tenants, quotas):
    """One uses up its documents of a day and its requests; the other's use does not change."""
    mine, theirs = tenants
    quotas(mine.name, Quotas(documents=3))
    quotas(theirs.name, Quotas(documents=1000))
    name = next(iter(mine.documents.keys() & theirs.documents.keys()))
    own, other = (json.dumps({"id": name, **one.documents[name]}) for one in tenants)

    def is_counted():
        assert theirs.call("POST", "/ingest", other)[0] == 202
        return (theirs.api.usage()["quotas"]["documents_today"]["used"] or 0) > 0

    assert wait_until(is_counted)  # functions have read the quotas
    before = theirs.api.usage()
    assert wait_until(lambda: mine.call("POST", "/ingest", own)[0] == 429)
    quotas(mine.name, Quotas(requests=1))
    assert wait_until(lambda: flood(mine))
    assert theirs.api.usage() == before
    assert theirs.call("POST", "/ingest", other)[0] == 202
