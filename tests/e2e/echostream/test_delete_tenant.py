"""The deletion of a tenant by the command, beside one whose name begins with the same letters."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.codec import scored_to_wire
from echostream.domain.errors import BadRequest
from echostream.domain.lake import Batch
from echostream.domain.members import Role
from echostream.domain.quarantine import document_item, item_to_wire
from echostream_cli import users
from echostream_cli.errors import UserError
from echostream_cli.lake.compact import compact
from echostream_client.cognito import SignInFailed
from tests.accounts import Account
from tests.builders import scored
from tests.commands import run
from tests.polling import wait_until
from tests.traces import traces

NOW = datetime.now(UTC)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def fill(settings, sandbox, name):
    """A function that makes a tenant with a member and documents in every place."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]

    def make(tenant, user, text):
        account = Account(settings, sandbox, user, tenant).with_password()
        documents = [{"id": n, "text": f"{text} {n}", "author": f"by {text}"} for n in "abc"]
        response = account.api.ingest(documents)
        assert account.api.wait_until_counted(response["received_at"])
        row = scored_to_wire(scored("old", text=f"{text} yesterday", at=YESTERDAY))
        S3Lake(s3, bucket).write("enriched", Batch(tenant, YESTERDAY, name), [row])
        item = document_item(tenant, {"text": text}, BadRequest("conflict", "id"), NOW, NOW)
        body = json.dumps(item_to_wire(item)).encode()
        s3.put_object(Bucket=bucket, Key=item.key, Body=body)
        for key in (f"results/tenant_id={tenant}/1.csv", f"raw/tenant_id={tenant}/broken"):
            s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
        return account

    return make


@pytest.fixture
def search(settings, sandbox):
    """A function that returns where texts are stored."""
    clients = [settings.target.client(name) for name in ("dynamodb", "s3")]
    return lambda *texts: traces(*clients, sandbox["TABLE_NAME"], sandbox["LAKE_BUCKET"], *texts)


def keys_of(settings, sandbox, tenant):
    """The keys of the table that have a tenant's name as a part, but for its erasures and log."""
    pages = settings.target.client("dynamodb").get_paginator("scan")
    found = [
        f"{item['pk']['S']}#{item['sk']['S']}"
        for page in pages.paginate(TableName=sandbox["TABLE_NAME"], ConsistentRead=True)
        for item in page["Items"]
    ]
    kept = ("audit#", "erasure#")
    return [key for key in found if tenant in key.split("#") and not key.startswith(kept)]


def contents(api):
    """What a member reads."""
    return api.query()["documents"], api.stats()["buckets"]


def delete(settings, tenant, *options):
    return run(settings.environment(), "tenant", "delete", tenant, *options)


def events_of(settings, tenant):
    """What an operator reads of a tenant's audit log."""
    return json.loads(run(settings.environment(), "audit", "--tenant", tenant, "--json").stdout)


def check_report(process):
    """The numbers that the command prints."""
    assert process.returncode == 0, process.stdout + process.stderr
    report = json.loads(process.stdout)
    assert (report["members_removed"], report["machines_removed"]) == (1, 1)
    assert report["erasure"]["erased"]["table"]["documents"] == 3


def check_traces(settings, sandbox, search, tenant, user):
    """No key is left; the user is in the audit log only."""
    assert {key.split("#")[0] for key in search(user)} == {"audit"}
    assert keys_of(settings, sandbox, tenant) == []
    objects = search(f"tenant_id={tenant}/")
    assert [key for key in objects if not key.startswith(("erasures/", "reports/"))] == []
    assert "tenant.delete" in {event["action"] for event in events_of(settings, tenant)}


def check_new_tenant(settings, sandbox, tenant, user):
    """The name is free. A new tenant stores documents, and reads nothing of the former one."""
    former = {event["id"] for event in events_of(settings, tenant)}
    again = Account(settings, sandbox, user, tenant).with_password()
    assert keys_of(settings, sandbox, tenant) != []
    response = again.api.ingest([{"id": "a", "text": "a new text"}])
    assert again.api.wait_until_counted(response["received_at"])
    documents, buckets = contents(again.api)
    assert [row["text"] for row in documents] == ["a new text"]
    assert sum(bucket["total"] for bucket in buckets) == 1
    assert again.api.erasures() == {"erasures": []}
    assert former & {event["id"] for event in again.api.audit()["events"]} == set()


def test_nothing_of_a_deleted_tenant_is_left(settings, sandbox, fill, search, name):
    """Nor of its members; the other tenant reads what it read before; the name is free again."""
    text, user, other_name = f"secret of {name}", f"user-{name}", f"{name}-2"
    account, other = fill(name, user, text), fill(other_name, f"other-{name}", f"kept by {name}")
    manage = users.administration(settings.target)
    machine = manage.create_machine(name, "importer", frozenset({Role.WRITER}), NOW)
    assert compact(settings.target)["failed"] == {}
    assert any(key.endswith(".parquet") for key in search(text))
    before = contents(other.api)

    for refused in ((), ("--confirm", other_name)):
        assert delete(settings, name, *refused).returncode == 1
    assert contents(account.api)[0] != []
    check_report(delete(settings, name, "--confirm", name, "--json"))
    assert run(settings.environment(), "tenant", "create", name).returncode == 1
    with pytest.raises(UserError, match="is being deleted; wait until"):
        users.ensure_user(settings.target, f"new-{name}", name, "a password")
    assert wait_until(lambda: manage.directory.tenant(name) is None, 180)

    assert search(text) == []
    check_traces(settings, sandbox, search, name, user)
    with pytest.raises(SignInFailed):
        account.user.renew()
    assert manage.pool.find_person(user) is None
    assert machine.identity.name not in manage.pool.machine_ids()
    assert contents(other.api) == before
    assert json.loads(delete(settings, name, "--json").stdout)["erasure"]["state"] == "done"
    check_new_tenant(settings, sandbox, name, user)
