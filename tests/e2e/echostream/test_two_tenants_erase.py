"""One of two tenants erases an id and an author that both have: the other one loses nothing."""

import json
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from echostream_cli.lake.query import tenant_lake
from tests.polling import wait_until
from tests.two_tenants import AUTHORS, OLD

AUTHOR = AUTHORS[-1]


class Erased(NamedTuple):
    """A document, the erasures of it and of its author, and their documents in table and lake."""

    document: str
    by_document: str
    by_author: str
    documents: int
    objects: dict[str, str]


@pytest.fixture(scope="module")
def objects(settings, sandbox):
    """A function that returns the objects of a tenant in the lake, with a hash of each."""
    s3 = settings.target.client("s3")

    def of(tenant):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=sandbox["LAKE_BUCKET"])
        found = [one for page in pages for one in page.get("Contents", [])]
        return {one["Key"]: one["ETag"] for one in found if f"tenant_id={tenant}/" in one["Key"]}

    return of


@pytest.fixture(scope="module")
def erased(tenants, objects):
    """The first tenant's erasures of a document and its author; the second's objects before."""
    mine, theirs = tenants
    before = objects(theirs.name)
    document = next(name for name, one in mine.documents.items() if one["author"] == AUTHOR)
    paths = (f"/documents/{document}", "/authors/" + quote(AUTHOR, safe=""))
    answers = [mine.call("DELETE", path) for path in paths]
    assert [status for status, _ in answers] == [202, 202]
    by_document, by_author = (json.loads(body)["id"] for _, body in answers)
    assert wait_until(lambda: state(mine, by_author) == "done", 120)
    removed = mine.forget(author=AUTHOR)
    return Erased(document, by_document, by_author, removed, before)


def state(tenant, name):
    return json.loads(tenant.call("GET", f"/erasures/{name}")[1])["state"]


def test_other_tenant_keeps_its_documents(tenants, erased):
    """All of them; the first tenant keeps those of other ids and authors."""
    for tenant in tenants:
        assert {one["id"]: one["text"] for one in tenant.pages()} == tenant.expected()
    assert erased.document in tenants[1].expected()
    assert AUTHOR in {one["author"] for one in tenants[1].documents.values()}


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_counts_of_both_equal_a_recount(tenants, erased, bucket):
    """The counters follow the erasure in one tenant only."""
    for tenant in tenants:
        assert wait_until(lambda one=tenant: one.stats(bucket) == one.recount(bucket)), tenant.name
        sources = tenant.api.stats()["sources"]
        assert {one["source"]: one["total"] for one in sources} == tenant.recount_sources()


@pytest.mark.parametrize("zone", ["raw", "enriched", "compacted", "quarantine", "results"])
def test_other_tenant_keeps_its_objects(tenants, erased, objects, zone):
    """None is missing, and none was written again."""
    before = {key: tag for key, tag in erased.objects.items() if key.startswith(f"{zone}/")}
    assert before
    assert before.items() <= objects(tenants[1].name).items()


def test_lake_of_both_has_the_expected_documents(settings, tenants, erased):
    """With the compacted day, read with SQL."""
    lake = tenant_lake(settings.target)
    for tenant in tenants:
        rows: list[Any] = lake.query("SELECT id, text FROM documents", tenant.reader).result.rows
        old = {name: one["text"] for name, one in tenant.old.items()}
        assert dict(rows) == {**tenant.expected(), **old}
        assert len(rows) == len(tenant.documents) + len(tenant.old)
        sql = "SELECT DISTINCT id, text FROM raw WHERE text LIKE '[%'"  # without refused texts
        raw: list[Any] = lake.query(sql, tenant.reader).result.rows
        assert dict(raw) == tenant.expected()


def test_other_tenant_sees_no_erasure(tenants, erased):
    """Neither in the list nor by its id; it has none."""
    mine, theirs = tenants
    names = (erased.by_document, erased.by_author)
    listed = [one["id"] for one in json.loads(mine.call("GET", "/erasures")[1])["erasures"]]
    assert set(names) <= set(listed)
    assert json.loads(theirs.call("GET", "/erasures")[1]) == {"erasures": []}
    for name in names:
        for path in (f"/erasures/{name}", f"/api/erasures/{name}", f"/erasures/{name}%23"):
            status, body = theirs.call("GET", path)
            assert (status, json.loads(body)["error"]["code"]) == (404, "unknown_erasure")


def test_receipt_counts_the_own_documents(tenants, erased):
    """Not those of the other tenant with the same author."""
    receipt = json.loads(tenants[0].call("GET", f"/erasures/{erased.by_author}")[1])
    documents = {place: sums["documents"] for place, sums in receipt["erased"].items()}
    old = erased.documents - documents["table"] - 1  # one is erased by its id
    assert 0 < old < OLD
    assert documents["quarantine"] == 1
    assert documents["enriched"] in (erased.documents, erased.documents - 1)


def test_refused_deletion_names_no_tenant(tenants):
    """A path or a parameter that names the other tenant erases nothing of it."""
    mine, theirs = tenants
    before = theirs.pages()
    for path in (
        f"/documents/d0002?tenant_id={theirs.name}",
        f"/authors/ann?tenant={theirs.name}",
        f"/{theirs.name}/documents/d0002",
        f"/api/{theirs.name}/authors/ann",
    ):
        assert mine.call("DELETE", path)[0] in (400, 404), path
    for name in (f"{theirs.name}%23d0002", f"../{theirs.name}/d0002", "-2%23d0002"):
        status, body = mine.call("DELETE", f"/documents/{name}")
        assert status in (202, 404)
        erased = json.loads(body).get("erased", {}).get("table", {"documents": 0})
        assert erased["documents"] == 0
    assert theirs.pages() == before
