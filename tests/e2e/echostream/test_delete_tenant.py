"""The deletion of a tenant by the command, beside one whose name begins with the same letters."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

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
HTTP = urllib3.PoolManager(timeout=60)


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


def test_nothing_of_a_deleted_tenant_is_left(settings, sandbox, fill, search, name):
    """Nor of its members; the other tenant reads what it read before; the name is free again."""
    secret, other_name = f"secret of {name}", f"{name}-2"
    account = fill(name, f"user-{name}", secret)
    other = fill(other_name, f"other-{name}", f"kept by {name}")
    manage = users.administration(settings.target)
    machine = manage.create_machine(name, "importer", frozenset({Role.WRITER}), NOW)
    assert compact(settings.target)["failed"] == {}
    assert any(key.endswith(".parquet") for key in search(secret))
    before = contents(other.api)

    def delete(*options):
        return run(settings.environment(), "tenant", "delete", name, *options)

    assert delete().returncode == 1
    assert delete("--confirm", other_name).returncode == 1
    assert contents(account.api)[0] != []
    process = delete("--confirm", name, "--json")
    assert process.returncode == 0, process.stdout + process.stderr
    report = json.loads(process.stdout)
    assert (report["members_removed"], report["machines_removed"]) == (1, 1)
    assert report["erasure"]["erased"]["table"]["documents"] == 3
    assert run(settings.environment(), "tenant", "create", name).returncode == 1
    with pytest.raises(UserError, match="is being deleted; wait until"):
        users.ensure_user(settings.target, f"new-{name}", name, "a password")
    assert wait_until(lambda: manage.directory.tenant(name) is None, 180)

    assert search(secret) == []
    assert {key.split("#")[0] for key in search(f"user-{name}")} == {"audit"}
    assert keys_of(settings, sandbox, name) == []
    objects = search(f"tenant_id={name}/")
    assert [key for key in objects if not key.startswith(("erasures/", "reports/"))] == []
    with pytest.raises(SignInFailed):
        account.user.renew()
    assert manage.pool.find_person(f"user-{name}") is None
    assert machine.identity.name not in manage.pool.machine_ids()
    assert contents(other.api) == before
    process = delete("--json")
    assert json.loads(process.stdout)["erasure"]["state"] == "done"

    log = run(settings.environment(), "audit", "--tenant", name, "--json")
    former = json.loads(log.stdout)
    assert "tenant.delete" in {event["action"] for event in former}

    again = Account(settings, sandbox, f"user-{name}", name).with_password()
    assert keys_of(settings, sandbox, name) != []
    response = again.api.ingest([{"id": "a", "text": "a new text"}])
    assert again.api.wait_until_counted(response["received_at"])
    documents, buckets = contents(again.api)
    assert [row["text"] for row in documents] == ["a new text"]
    assert sum(bucket["total"] for bucket in buckets) == 1
    headers = {"Authorization": f"Bearer {again.user.token()}"}
    response = HTTP.request("GET", f"{sandbox['API_URL']}/erasures", headers=headers)
    assert json.loads(response.data) == {"erasures": []}
    ids = {event["id"] for event in again.api.audit()["events"]}
    assert ids & {event["id"] for event in former} == set()
