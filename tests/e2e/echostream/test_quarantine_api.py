"""A tenant's quarantine through the API: its admins list it, send what is mended, and discard."""

import json
from datetime import UTC, datetime

import pytest

from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.errors import BadRequest
from echostream.domain.members import Role
from echostream.domain.quarantine import document_item, record_item
from echostream_client.api import ApiFailed
from tests.accounts import Account

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
CONFLICT = BadRequest("conflict", "id: another text is stored under it")


@pytest.fixture
def admin(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


@pytest.fixture
def other(settings, sandbox, name):
    """An admin of a tenant whose name begins with that of the first one."""
    return Account(settings, sandbox, f"{name}-2", tenant=f"{name}-2").with_password()


@pytest.fixture
def quarantine(settings, sandbox):
    return S3Quarantine(settings.target.client("s3"), sandbox["LAKE_BUCKET"])


@pytest.fixture
def add(quarantine):
    """A function that puts a document of a tenant into quarantine; the item."""

    def add_document(tenant, **row):
        item = document_item(tenant, row, CONFLICT, NOW, NOW)
        assert quarantine.add(item)
        return item

    return add_document


def test_admin_reads_mends_and_discards(admin, other, add, quarantine, name):
    """Items of the own tenant only; a discarded one is gone, which the audit log says."""
    item = add(name, id="a", text="half \ud83d of it")
    theirs = add(f"{name}-2", id="a", text="theirs")
    quarantine.add(record_item(b"\xff", CONFLICT, NOW, NOW))  # names no tenant
    [found] = admin.api.quarantine()["items"]
    assert (found["id"], found["tenant"], found["kind"]) == (item.id, name, "document")
    assert (found["reason"], found["message"]) == (CONFLICT.code, CONFLICT.message)
    document = json.loads(found["payload"])
    assert document == {"id": "a", "text": "half \ud83d of it"}
    mended = {"id": "b", "text": "half of it"}
    assert admin.api.ingest([mended])["accepted"] == 1
    assert admin.api.discard(item.id) == {"id": item.id}
    assert admin.api.quarantine() == {"items": [], "after": None}
    assert [one["id"] for one in other.api.quarantine()["items"]] == [theirs.id]
    [event] = admin.api.audit(action="quarantine.discard")["events"]
    assert (event["subject"], event["details"]) == (item.id, {})


def test_pages_have_each_item_once(admin, add, name):
    """In the order of their ids."""
    ids = sorted(add(name, text=f"text {n}").id for n in range(7))
    found: list[str] = []
    after = None
    while True:
        page = admin.api.quarantine(limit=3, after=after)
        found += [one["id"] for one in page["items"]]
        after = page["after"]
        if after is None:
            break
    assert found == ids


def test_large_items_are_on_pages_of_their_own(admin, add, name):
    """A response of Lambda has a limit."""
    large = [add(name, id=f"d{n}", text='"' * 500_000) for n in range(2)]
    too_large = add(name, text="\x7f" * 1_000_000)
    first = admin.api.quarantine()
    second = admin.api.quarantine(after=first["after"])
    assert second["after"] is None
    payloads = {one["id"]: one["payload"] for one in (*first["items"], *second["items"])}
    assert len(payloads) == len(first["items"]) + len(second["items"]) == 3
    assert all(json.loads(payloads[item.id])["text"] == '"' * 500_000 for item in large)
    assert payloads[too_large.id] is None


def failure_of(operation):
    with pytest.raises(ApiFailed) as caught:
        operation()
    return caught.value.status, caught.value.code


def test_item_of_another_tenant_is_unknown(admin, other, add, name):
    """As is what is no id; nothing is deleted."""
    theirs = add(f"{name}-2", text="theirs")
    for item in (theirs.id, "0" * 32, "x"):
        assert failure_of(lambda item=item: admin.api.discard(item)) == (404, "unknown_item")
    foreign = f"../tenant_id={name}-2/{theirs.id}"
    status, code = failure_of(lambda: admin.api.discard(foreign))
    assert (status, code) in ((404, "unknown_item"), (404, "not_found"))
    assert [one["id"] for one in other.api.quarantine()["items"]] == [theirs.id]


def test_wrong_parameter_is_named(admin):
    """And so is one that is unknown."""
    for parameters in ({"after": "x"}, {"after": ""}, {"limit": 0}, {"tenant": "other"}):
        assert failure_of(lambda given=parameters: admin.api.quarantine(**given))[0] == 400


def test_reader_and_writer_see_no_quarantine(settings, sandbox, name, admin, add):
    """The role admin is needed."""
    item = add(name, text="a")
    roles = frozenset({Role.READER, Role.WRITER})
    account = Account(settings, sandbox, f"{name}-b", name, roles).with_password()
    assert failure_of(account.api.quarantine) == (403, "role_needed")
    assert failure_of(lambda: account.api.discard(item.id)) == (403, "role_needed")
    assert len(admin.api.quarantine()["items"]) == 1
