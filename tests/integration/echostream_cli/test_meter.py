"""The meter in front of a real emulator."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests

from echostream.adapters import insertions
from echostream_cli.costs.meter import Meter
from echostream_cli.costs.proxy import Proxy, serve
from echostream_cli.settings import COMPANION_SERVICES


@pytest.fixture
def proxy(settings, sandbox):
    """A meter in front of the tests' sandbox; only clients of `metered` call it."""
    meter = Meter(settings.target.client("dynamodb"))
    return Proxy(settings.endpoint, settings.companion_url, COMPANION_SERVICES, meter)


@pytest.fixture
def metered(proxy, settings):
    """Clients by service whose calls go through the meter."""
    with serve(proxy, 0) as url:
        port = int(url.rsplit(":", 1)[1])
        metered_settings = replace(
            settings,
            emulator_host="127.0.0.1",
            emulator_port=port,
            companion_host="127.0.0.1",
            companion_port=port,
        )
        yield metered_settings.target.client


@pytest.fixture
def table(settings, sandbox, name):
    """A table with an index; it is deleted afterwards."""
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


def make_item(name, size=10, **attributes):
    values = {key: {"S": value} for key, value in attributes.items()}
    return {"pk": {"S": name}, "text": {"S": "x" * size}, **values}


def test_writes_are_metered_by_the_rules_of_aws(proxy, metered, table):
    """The units also equal those in the emulator's responses."""
    dynamodb, metered_usages, emulator_units = metered("dynamodb"), [], []

    def call(operation, **arguments):
        response = getattr(dynamodb, operation)(ReturnConsumedCapacity="TOTAL", **arguments)
        consumed = response["ConsumedCapacity"]
        consumed = consumed if isinstance(consumed, list) else [consumed]
        emulator_units.append(sum(capacity["CapacityUnits"] for capacity in consumed))
        metered_usages.append(proxy.meter.take().total)

    call("put_item", TableName=table, Item=make_item("a", 1500, time="1"))
    call("put_item", TableName=table, Item=make_item("a", 10, time="1", shown="now"))
    call("put_item", TableName=table, Item=make_item("a", 10, time="2", shown="now"))
    call(
        "update_item",
        TableName=table,
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET note = :h",
        ExpressionAttributeValues={":h": {"S": "y" * 1100}},
    )
    puts = [
        {"Put": {"TableName": table, "Item": make_item(f"t{n}", 10, time="1")}} for n in range(3)
    ]
    call("transact_write_items", TransactItems=puts)
    call("delete_item", TableName=table, Key={"pk": {"S": "a"}})
    call("delete_item", TableName=table, Key={"pk": {"S": "never"}})
    assert not proxy.problems
    expected = [2 + 1, 2 + 1, 1 + 2, 2, 3 * (2 + 1), 2 + 1, 1]
    assert metered_usages == [{"dynamodb_write": units} for units in expected]
    assert emulator_units == expected


def test_rejected_write_is_metered_by_the_stored_item(proxy, metered, table):
    """It does not add to the stored bytes."""
    dynamodb = metered("dynamodb")
    dynamodb.put_item(TableName=table, Item=make_item("a", 1500))
    assert proxy.meter.take().gauges["table_bytes"] > 1500
    put = {
        "TableName": table,
        "Item": make_item("a"),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**put)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[{"Put": put}])
    usage = proxy.meter.take()
    assert usage.usage["dynamodb PutItem"] == {"dynamodb_write": 2}
    assert usage.usage["dynamodb TransactWriteItems"] == {"dynamodb_write": 4}
    assert usage.gauges["table_bytes"] == 0


def insert(table, *items):
    """The arguments of a call that inserts items."""
    return {"Statements": [insertions.statement(table, item) for item in items]}


def test_inserts_are_metered_statement_by_statement(proxy, metered, table):
    """A refused duplicate costs as much as the stored item, and adds nothing to what is stored."""
    dynamodb = metered("dynamodb")
    dynamodb.batch_execute_statement(**insert(table, make_item("a", 1500, time="1")))
    first = proxy.meter.take()
    assert first.total == {"dynamodb_write": 2 + 1}
    assert first.gauges["insert_units"] == 2 + 1
    again, new = make_item("a", 10, time="1"), make_item("b", 10)
    response = dynamodb.batch_execute_statement(**insert(table, again, new))
    assert [entry.get("Error", {}).get("Code") for entry in response["Responses"]] == [
        "DuplicateItem",
        None,
    ]
    second = proxy.meter.take()
    assert not proxy.problems
    assert second.total == {"dynamodb_write": 2 + 1}
    assert 0 < second.gauges["table_bytes"] < 200


def test_other_statements_are_reported_as_a_problem(proxy, metered, table):
    """There is no rule for their units. The caller gets the response."""
    statement = f"DELETE FROM \"{table}\" WHERE pk = 'a'"
    metered("dynamodb").batch_execute_statement(Statements=[{"Statement": statement}])
    assert "there is no rule for DELETE FROM" in proxy.problems[0]


def test_reads_are_metered_by_the_rules_of_aws(proxy, metered, table):
    """A unit for 4 KB, half a unit unless consistent, also for missing items."""
    dynamodb = metered("dynamodb")
    for n in range(3):
        dynamodb.put_item(TableName=table, Item=make_item(f"r{n}", 5000, time="1"))
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
    usage = proxy.meter.take()
    assert not proxy.problems
    assert usage.calls == {
        "dynamodb GetItem": 2,
        "dynamodb BatchGetItem": 1,
        "dynamodb Query": 1,
    }
    assert usage.usage["dynamodb GetItem"] == {"dynamodb_read": 2 + 0.5}
    assert usage.usage["dynamodb BatchGetItem"] == {"dynamodb_read": 3 * 1 + 0.5}
    assert usage.usage["dynamodb Query"] == {"dynamodb_read": 0.5}


@pytest.mark.parametrize("operation", ["query", "scan"])
def test_projection_does_not_change_what_a_read_costs(proxy, metered, table, operation):
    """Whole items are read, whatever the response contains of them."""
    dynamodb = metered("dynamodb")
    for n in range(3):
        dynamodb.put_item(TableName=table, Item=make_item(f"p{n}", 5000, time="2"))
    proxy.meter.take()
    condition = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "p1"}},
    }
    arguments = {"TableName": table, **(condition if operation == "query" else {})}
    units = []
    for projection in ({}, {"ProjectionExpression": "pk"}):
        items = getattr(dynamodb, operation)(**arguments, **projection)["Items"]
        assert (max(map(len, items)) == 1) == bool(projection)
        units.append(proxy.meter.take().total["dynamodb_read"])
    assert not proxy.problems
    assert units[0] == units[1] >= 1


def test_read_with_a_filter_is_reported_as_a_problem(proxy, metered, table):
    """The response does not contain what was read. The caller gets the response."""
    metered("dynamodb").scan(
        TableName=table,
        FilterExpression="attribute_exists(pk)",
    )
    assert "Scan" in proxy.problems[0]
    assert "FilterExpression" in proxy.problems[0]


def test_concurrent_s3_calls_are_forwarded_unchanged_and_metered(proxy, metered, sandbox, name):
    """Objects have the same bytes, and no call is lost."""
    s3, bucket, body = metered("s3"), sandbox["LAKE_BUCKET"], bytes(range(256)) * 40
    keys = [f"foreign/{name}/{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=body), keys))
        bodies = pool.map(lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read(), keys)
        assert set(bodies) == {body}
    s3.head_object(Bucket=bucket, Key=keys[0])
    assert s3.list_objects_v2(Bucket=bucket, Prefix=f"foreign/{name}/")["KeyCount"] == 20
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    usage = proxy.meter.take()
    assert not proxy.problems
    assert usage.calls == {
        "s3 PutObject": 20,
        "s3 GetObject": 20,
        "s3 HeadObject": 1,
        "s3 ListObjects": 1,
        "s3 PostObjects": 1,
    }
    assert usage.total == {"s3_put": 20 + 1 + 1, "s3_get": 20 + 1}
    assert usage.gauges == {"lake_bytes": 20 * len(body)}


def test_calls_of_comprehend_are_forwarded_to_the_companion_and_metered(proxy, metered):
    """By units of text."""
    texts = ["I love it", "z" * 450]
    response = metered("comprehend").batch_detect_sentiment(TextList=texts, LanguageCode="en")
    assert len(response["ResultList"]) == 2
    usage = proxy.meter.take()
    assert usage.calls == {"comprehend BatchDetectSentiment": 1}
    assert usage.total == {"comprehend_unit": 3 + 5}


def test_unreachable_emulator_is_a_502_and_not_metered(sandbox, settings):
    """The reason is in the status line."""
    meter = Meter(settings.target.client("dynamodb"))
    proxy = Proxy("http://127.0.0.1:1", "http://127.0.0.1:1", (), meter)
    with serve(proxy, 0) as url:
        response = requests.get(f"{url}/_aws/execute-api/a/health", timeout=10)
    assert response.status_code == 502
    assert response.reason.startswith("the proxy cannot reach the emulator")
    assert meter.take().calls == {}
