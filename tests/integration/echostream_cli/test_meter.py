"""The meter in front of a real emulator: what it counts is what was called, no more and no less."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests

from echostream_cli.costs.meter import Meter
from echostream_cli.costs.proxy import Proxy, listening
from echostream_cli.settings import COMPANION_SERVICES


@pytest.fixture
def proxy(settings, sandbox):
    """A meter in front of the tests' sandbox, which others reach past it."""
    meter = Meter(settings.target.client("dynamodb"))
    return Proxy(settings.endpoint, settings.companion_url, COMPANION_SERVICES, meter)


@pytest.fixture
def metered(proxy, settings):
    """Clients by service whose calls go through the meter."""
    with listening(proxy, 0) as url:
        port = int(url.rsplit(":", 1)[1])
        through = replace(
            settings,
            emulator_host="127.0.0.1",
            emulator_port=port,
            companion_host="127.0.0.1",
            companion_port=port,
        )
        yield through.target.client


@pytest.fixture
def table(settings, sandbox, name):
    """A table with an index of its own, gone afterwards."""
    dynamodb = settings.target.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "time")
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_time",
                "KeySchema": [{"AttributeName": "time", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]},
            }
        ],
    )
    yield name
    dynamodb.delete_table(TableName=name)


def item(name, size=10, **others):
    given = {key: {"S": value} for key, value in others.items()}
    return {"pk": {"S": name}, "text": {"S": "x" * size}, **given}


def test_writes_cost_what_the_rules_say(proxy, metered, table):
    """Each call's units by AWS's rules, which the emulator's own answer agrees with."""
    dynamodb, seen = metered("dynamodb"), []

    def call(operation, **arguments):
        given = {"ReturnConsumedCapacity": "TOTAL", **arguments}
        answer = getattr(dynamodb, operation)(**given)
        consumed = answer["ConsumedCapacity"]
        consumed = consumed if isinstance(consumed, list) else [consumed]
        metered_ = proxy.meter.take()
        seen.append((metered_.total, sum(one["CapacityUnits"] for one in consumed)))

    call("put_item", TableName=table, Item=item("a", 1500, time="1"))
    call("put_item", TableName=table, Item=item("a", 10, time="1", shown="now"))
    call("put_item", TableName=table, Item=item("a", 10, time="2", shown="now"))
    call(
        "update_item",
        TableName=table,
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET note = :h",
        ExpressionAttributeValues={":h": {"S": "y" * 1100}},
    )
    puts = [{"Put": {"TableName": table, "Item": item(f"t{n}", 10, time="1")}} for n in range(3)]
    call("transact_write_items", TransactItems=puts)
    call("delete_item", TableName=table, Key={"pk": {"S": "a"}})
    call("delete_item", TableName=table, Key={"pk": {"S": "never"}})
    assert not proxy.problems
    assert [usage for usage, _ in seen] == [
        {"dynamodb_write": units} for units in (2 + 1, 2 + 1, 1 + 2, 2, 3 * (2 + 1), 2 + 1, 1)
    ]
    assert [usage["dynamodb_write"] for usage, _ in seen] == [units for _, units in seen]


def test_a_refused_write_is_counted(proxy, metered, table):
    """A condition that does not hold costs by what is there; nothing is stored by it."""
    dynamodb = metered("dynamodb")
    dynamodb.put_item(TableName=table, Item=item("a", 1500))
    assert proxy.meter.take().gauges["table_bytes"] > 1500
    put = {"TableName": table, "Item": item("a"), "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**put)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[{"Put": put}])
    found = proxy.meter.take()
    assert found.usage["dynamodb PutItem"] == {"dynamodb_write": 2}
    assert found.usage["dynamodb TransactWriteItems"] == {"dynamodb_write": 4}
    assert found.gauges["table_bytes"] == 0


def test_reads_cost_what_the_rules_say(proxy, metered, table):
    """Four kilobytes a unit, half of it unless consistent, missing items too."""
    dynamodb = metered("dynamodb")
    for n in range(3):
        dynamodb.put_item(TableName=table, Item=item(f"r{n}", 5000, time="1"))
    proxy.meter.take()
    keys = [{"pk": {"S": f"r{n}"}} for n in range(4)]
    dynamodb.get_item(TableName=table, Key=keys[0], ConsistentRead=True)
    dynamodb.get_item(TableName=table, Key=keys[3])
    dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
    dynamodb.query(
        TableName=table,
        IndexName="by_time",
        KeyConditionExpression="#t = :t",
        ExpressionAttributeNames={"#t": "time"},
        ExpressionAttributeValues={":t": {"S": "1"}},
    )
    found = proxy.meter.take()
    assert not proxy.problems
    assert found.calls == {
        "dynamodb GetItem": 2,
        "dynamodb BatchGetItem": 1,
        "dynamodb Query": 1,
    }
    assert found.usage["dynamodb GetItem"] == {"dynamodb_read": 2 + 0.5}
    assert found.usage["dynamodb BatchGetItem"] == {"dynamodb_read": 3 * 1 + 0.5}
    assert found.usage["dynamodb Query"] == {"dynamodb_read": 0.5}


def test_what_cannot_be_seen_is_a_problem(proxy, metered, table):
    """A filter hides what a query read: the caller gets the answer, the meter says so."""
    metered("dynamodb").scan(
        TableName=table,
        FilterExpression="attribute_exists(pk)",
    )
    assert "Scan" in proxy.problems[0]
    assert "FilterExpression" in proxy.problems[0]


def test_objects_are_counted_and_unharmed(proxy, metered, sandbox, name):
    """Bytes come back as they were sent; many callers at once lose no count."""
    s3, bucket, body = metered("s3"), sandbox["LAKE_BUCKET"], bytes(range(256)) * 40
    keys = [f"foreign/{name}/{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=body), keys))
        got = pool.map(lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read(), keys)
        assert set(got) == {body}
    s3.head_object(Bucket=bucket, Key=keys[0])
    assert s3.list_objects_v2(Bucket=bucket, Prefix=f"foreign/{name}/")["KeyCount"] == 20
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    found = proxy.meter.take()
    assert not proxy.problems
    assert found.calls == {
        "s3 PutObject": 20,
        "s3 GetObject": 20,
        "s3 HeadObject": 1,
        "s3 ListObjects": 1,
        "s3 PostObjects": 1,
    }
    assert found.total == {"s3_put": 20 + 1 + 1, "s3_get": 20 + 1}
    assert found.gauges == {"lake_bytes": 20 * len(body)}


def test_the_companions_calls_are_counted(proxy, metered):
    """Texts that Comprehend's place answered for, by its units."""
    texts = ["I love it", "z" * 450]
    answer = metered("comprehend").batch_detect_sentiment(TextList=texts, LanguageCode="en")
    assert len(answer["ResultList"]) == 2
    found = proxy.meter.take()
    assert found.calls == {"comprehend BatchDetectSentiment": 1}
    assert found.total == {"comprehend_unit": 3 + 5}


def test_nobody_behind_the_meter(sandbox, settings):
    """The caller gets a 502 that says so, and nothing is counted."""
    meter = Meter(settings.target.client("dynamodb"))
    nowhere = Proxy("http://127.0.0.1:1", "http://127.0.0.1:1", (), meter)
    with listening(nowhere, 0) as url:
        assert requests.get(f"{url}/_aws/execute-api/a/health", timeout=10).status_code == 502
    assert meter.take().calls == {}
