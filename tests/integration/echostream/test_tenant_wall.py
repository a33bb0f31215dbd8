"""What a tenant's session can reach if the code that uses it has a fault."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from echostream.adapters import table_keys
from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.tenant_sessions import TAG
from echostream.adapters.vader import Vader
from echostream.domain.document_store import PartitionQuery, time_partition_of
from echostream.domain.errors import CallRefused
from echostream.domain.ingest import Ingest
from echostream.domain.lake import batch_of
from echostream.entrypoints.config import TableSettings
from echostream.entrypoints.cursors import encode_cursor
from echostream.entrypoints.queries import query_response, stats_response
from tests.builders import RETENTION, scored
from tests.roles import function_credentials, role, tenant_credentials

PREFIXES = ("a", "ab", "a-b", "A")
"""Tenants whose names are prefixes of each other, or differ in case."""


@pytest.fixture(scope="module")
def session(settings, sandbox):
    """A function that makes a client with the credentials of a tenant's session."""
    issued: dict[tuple[str, str], dict[str, str]] = {}

    def client(function: str, tenant: str, service: str = "dynamodb") -> Any:
        if (function, tenant) not in issued:
            issued[function, tenant] = tenant_credentials(settings, function, tenant)
        return settings.target.client(service, credentials=issued[function, tenant])

    return client


@pytest.fixture
def store(session, sandbox):
    """A function that makes a store with the credentials of a tenant's session."""
    return lambda function, tenant: DynamoDBStore(
        session(function, tenant), sandbox["TABLE_NAME"], RETENTION, 1
    )


def is_denied(error):
    assert isinstance(error, CallRefused)
    return "AccessDenied" in str(error)


@pytest.mark.parametrize("other", PREFIXES[1:])
def test_store_cannot_read_another_tenant(store, at, name, other):
    """With the same id, and with names that are prefixes: the query's partition is refused."""
    mine, theirs = f"{name}{PREFIXES[0]}", f"{name}{other}"
    one = scored("same-id", at=at)
    for tenant in (mine, theirs):
        store("Processor", tenant).put(tenant, [one], at)
    query = PartitionQuery(time_partition_of(one, 1), "9999", 10)
    [page] = store("Query", mine).newest(mine, [query])
    assert [document.document.id for document in page.documents] == ["same-id"]
    with pytest.raises(CallRefused) as error:
        store("Query", mine).newest(theirs, [query])
    assert is_denied(error.value)
    with pytest.raises(CallRefused) as error:
        list(store("Query", mine).time_partitions(theirs, at, f"{at:%Y-%m-%d}T24"))
    assert is_denied(error.value)


def test_store_cannot_write_to_another_tenant(store, at, name):
    """An insertion, a directory's entry, and a time of receipt."""
    mine, theirs = store("Processor", name), f"{name}-x"
    faults = [
        lambda: mine.put(theirs, [scored("a", at=at)], at),
        lambda: mine._insert([mine._item(theirs, scored("a", at=at), RETENTION)]),
        lambda: mine.mark_received(theirs, at),
        lambda: mine.get_many(theirs, ["a"]),
    ]
    for fault in faults:
        with pytest.raises(CallRefused) as error:
            fault()
        assert is_denied(error.value)
    assert store("Processor", theirs).get_many(theirs, ["a"]) == {}


def test_batch_with_one_foreign_key_is_refused(session, sandbox, name):
    """Not only the first key of a request counts."""
    keys = [table_keys.document_key(tenant, "a") for tenant in (name, f"{name}x")]
    client = session("Processor", name)
    client.batch_get_item(RequestItems={sandbox["TABLE_NAME"]: {"Keys": keys[:1]}})
    with pytest.raises(ClientError, match="AccessDenied"):
        client.batch_get_item(RequestItems={sandbox["TABLE_NAME"]: {"Keys": keys}})


@pytest.mark.parametrize("kind", ["hours", "days"])
def test_counters_of_another_tenant_are_refused(session, sandbox, at, name, kind):
    """Each shard and year is a partition of its own."""
    counters = DynamoDBCounters(session("Query", name), sandbox["TABLE_NAME"], RETENTION, 1)
    period = (at - timedelta(days=1), at)
    if kind == "days":
        period = (period[0].date(), period[1].date())
    assert list(getattr(counters, kind)(name, *period)) == []
    assert counters.counted_to(name) is None
    with pytest.raises(CallRefused) as error:
        list(getattr(counters, kind)(f"{name}-x", *period))
    assert is_denied(error.value)
    with pytest.raises(CallRefused) as error:
        counters.counted_to(f"{name}-x")
    assert is_denied(error.value)


def test_lake_of_another_tenant_is_refused(session, sandbox, at, name):
    """A batch lies under its tenant's prefix."""
    lake = S3Lake(session("Processor", name, "s3"), sandbox["LAKE_BUCKET"])
    lake.write("raw", batch_of(name, at, [{"id": "a"}]), [{"id": "a"}])
    for theirs in (f"{name}x", name[:-1]):
        with pytest.raises(CallRefused) as error:
            lake.write("raw", batch_of(theirs, at, [{"id": "a"}]), [{"id": "a"}])
        assert is_denied(error.value)


@pytest.mark.parametrize("response", [query_response, stats_response])
def test_request_that_confuses_tenants_reads_nothing(session, sandbox, at, name, response):
    """The handler's code with the session of one tenant and the name of another."""
    theirs = f"{name}-x"
    table = TableSettings(sandbox["TABLE_NAME"], 1, 1, RETENTION, timedelta(0))
    store = DynamoDBStore(session("Processor", theirs), table.name, RETENTION, 1)
    store.put(theirs, [scored("secret", at=at)], at)
    adapter: Any = DynamoDBStore(session("Query", name), table.name, RETENTION, 1)
    if response is stats_response:
        adapter = DynamoDBCounters(session("Query", name), table.name, RETENTION, 1)
    now = at + timedelta(hours=1)
    assert response(adapter, name, {}, now, table)
    with pytest.raises(CallRefused) as error:
        response(adapter, theirs, {}, now, table)
    assert is_denied(error.value)


def test_cursor_of_another_tenants_partition_reads_nothing(session, sandbox, at, name):
    """A cursor is a position, not a partition: with the other's checksum it reads the own one."""
    theirs = f"{name}-x"
    table = TableSettings(sandbox["TABLE_NAME"], 1, 1, RETENTION, timedelta(0))
    one = scored("secret", at=at)
    DynamoDBStore(session("Processor", theirs), table.name, RETENTION, 1).put(theirs, [one], at)
    cursor = encode_cursor(f"{one.position}~", [name, None, None, None, None])
    store = DynamoDBStore(session("Query", name), table.name, RETENTION, 1)
    now = at + timedelta(hours=1)
    body = query_response(store, name, {"cursor": cursor}, now, table)
    assert body["documents"] == []


def test_batch_that_confuses_tenants_stores_nothing(session, sandbox, settings, at, name):
    """A request of one tenant whose batch names another: no object, no document."""
    theirs = f"{name}-x"
    store = DynamoDBStore(session("Processor", name), sandbox["TABLE_NAME"], RETENTION, 1)
    lake = S3Lake(session("Processor", name, "s3"), sandbox["LAKE_BUCKET"])
    ingest = Ingest(lambda _: Vader(), lake, store, RETENTION, lambda: at)
    assert ingest(name, [{"id": "a", "text": "fine"}], at).ids == ["a"]
    with pytest.raises(CallRefused) as error:
        ingest(theirs, [{"id": "a", "text": "fine"}], at)
    assert is_denied(error.value)
    s3 = settings.target.client("s3")
    page = s3.list_objects_v2(Bucket=sandbox["LAKE_BUCKET"], Prefix=f"raw/tenant_id={theirs}/")
    assert page["KeyCount"] == 0


@pytest.mark.parametrize("key", ["member#x", "spend#2026-11", "corrections", "health", "stream"])
def test_session_reaches_no_items_of_the_system(session, sandbox, name, key):
    """Members, spend and corrections; a session of the query function may read positions only."""
    arguments = {
        "TableName": sandbox["TABLE_NAME"],
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": key}},
    }
    client = session("Query", name)
    if key == "stream":
        client.query(**arguments)
        return
    with pytest.raises(ClientError, match="AccessDenied"):
        client.query(**arguments)


@pytest.mark.parametrize("function", ["Query", "Processor"])
def test_function_itself_reaches_no_documents(settings, sandbox, name, function):
    """Without a session its role has no right to a tenant's items, and none to scan the table."""
    credentials = function_credentials(settings, function)
    client = settings.target.client("dynamodb", credentials=credentials)
    table, key = sandbox["TABLE_NAME"], table_keys.document_key(name, "a")
    calls = [
        lambda: client.get_item(TableName=table, Key=key),
        lambda: client.put_item(TableName=table, Item=key),
        lambda: client.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        lambda: client.scan(TableName=table),
    ]
    for call in calls:
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


@pytest.mark.parametrize(
    "tags", [[], [{"Key": "other", "Value": "x"}], [{"Key": TAG, "Value": ""}]]
)
def test_role_starts_no_session_without_a_tenant(settings, sandbox, tags):
    """The trust policy requires the tag."""
    sts = settings.target.client("sts", credentials=function_credentials(settings, "Query"))
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=role(settings, "QueryTenantRole"), RoleSessionName="x1", Tags=tags)


def test_role_starts_sessions_of_its_function_only(settings, sandbox):
    """The query function cannot get the rights of the processor's sessions."""
    sts = settings.target.client("sts", credentials=function_credentials(settings, "Query"))
    arn, tags = role(settings, "ProcessorTenantRole"), [{"Key": TAG, "Value": "acme"}]
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="x1", Tags=tags)


def test_session_starts_no_session_of_another_tenant(session, settings, sandbox, name):
    """A session cannot get out of its tenant."""
    sts = session("Query", name, "sts")
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(
            RoleArn=role(settings, "QueryTenantRole"),
            RoleSessionName="x1",
            Tags=[{"Key": TAG, "Value": f"{name}-x"}],
        )
