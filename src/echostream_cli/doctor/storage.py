"""Probes of S3, DynamoDB and Secrets Manager."""

import urllib.error
import urllib.request

from echostream.adapters.table_items import EXPIRY, Item
from echostream.adapters.table_keys import (
    BY_TIME,
    PARTITION,
    SORT,
    TIME_PARTITION,
    TIME_SORT,
    key_of,
)
from echostream_cli.doctor.fixtures import create_bucket, create_table
from echostream_cli.doctor.probe_context import ProbeContext, expect, is_refused, wait_for
from echostream_cli.doctor.probes import probe


@probe("S3", "a stored object can be read and listed", needed_for="the lake")
def objects(context: ProbeContext) -> None:
    s3, name = context.client("s3"), create_bucket(context)
    s3.put_object(Bucket=name, Key="raw/dt=2026-01-01/a b.json", Body=b"{}")
    summaries = s3.list_objects_v2(Bucket=name, Prefix="raw/dt=2026-01-01/")["Contents"]
    keys = [summary["Key"] for summary in summaries]
    expect(keys == ["raw/dt=2026-01-01/a b.json"], f"the keys are {keys}")
    body = s3.get_object(Bucket=name, Key="raw/dt=2026-01-01/a b.json")["Body"].read()
    expect(body == b"{}", "the content differs")


@probe("S3", "a conditional put does not overwrite", needed_for="compaction")
def conditional_put(context: ProbeContext) -> None:
    s3, name = context.client("s3"), create_bucket(context)
    s3.put_object(Bucket=name, Key="once", Body=b"1", IfNoneMatch="*")
    again = {"Bucket": name, "Key": "once", "Body": b"2", "IfNoneMatch": "*"}
    expect(is_refused(s3.put_object, "PreconditionFailed", **again), "the second put overwrites")


@probe(
    "S3",
    "a presigned URL returns an object, a changed one is refused",
    needed_for="",
    workaround="EchoStream uses no presigned URLs",
)
def presigned(context: ProbeContext) -> None:
    s3, name = context.client("s3"), create_bucket(context)
    s3.put_object(Bucket=name, Key="a", Body=b"1")
    url = s3.generate_presigned_url("get_object", {"Bucket": name, "Key": "a"}, ExpiresIn=60)
    with urllib.request.urlopen(url, timeout=10) as response:
        expect(response.read() == b"1", "the content differs")
    changed = url.replace("Expires=", "Expires=1")
    expect(_get_status(changed) == 403, "a changed URL is not refused")


def _get_status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


@probe("S3", "lifecycle rules are stored", needed_for="retention of the lake")
def lifecycle(context: ProbeContext) -> None:
    s3, name = context.client("s3"), create_bucket(context)
    rule = {"ID": "forget", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    expect([rule["ID"] for rule in rules] == ["forget"], f"the rules are {rules}")


@probe("DynamoDB", "an index returns items newest first, in pages", needed_for="/query")
def index(context: ProbeContext) -> None:
    dynamodb, name = context.client("dynamodb"), create_table(context)
    for number in range(5):
        dynamodb.put_item(TableName=name, Item=_item(f"{number}"))
    arguments = {
        "TableName": name,
        "IndexName": BY_TIME,
        "KeyConditionExpression": f"{TIME_PARTITION} = :day",
        "ExpressionAttributeValues": {":day": {"S": "day"}},
        "ScanIndexForward": False,
        "Limit": 3,
    }
    first = wait_for(lambda: _if_complete(dynamodb.query(**arguments), 3))
    expect(first, "the index does not return three items")
    second = dynamodb.query(**arguments, ExclusiveStartKey=first["LastEvaluatedKey"])
    keys = [key_of(item) for item in first["Items"] + second["Items"]]
    expect(keys == [key_of(_item(number)) for number in "43210"], f"the order is {keys}")


def _if_complete(page: dict[str, list[object]], size: int) -> dict[str, list[object]]:
    """The page if it has `size` items, else an empty one: an index is updated with a delay."""
    return page if len(page["Items"]) == size else {}


def _item(name: str, **more: dict[str, str]) -> Item:
    keys = {PARTITION: "doc", SORT: name, TIME_PARTITION: "day", TIME_SORT: name}
    return {**{key: {"S": value} for key, value in keys.items()}, **more}


@probe("DynamoDB", "a cancelled transaction has reasons and no effect", needed_for="exact counts")
def transaction(context: ProbeContext) -> None:
    dynamodb, name = context.client("dynamodb"), create_table(context)
    dynamodb.put_item(TableName=name, Item=_item("old"))
    options = {
        "TableName": name,
        "ConditionExpression": f"attribute_not_exists({PARTITION})",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    puts = [{"Put": {**options, "Item": _item(item)}} for item in ("new", "old")]
    try:
        dynamodb.transact_write_items(TransactItems=puts)
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = error.response["CancellationReasons"]
        codes = [reason["Code"] for reason in reasons]
        expect(codes == ["None", "ConditionalCheckFailed"], f"the reasons are {codes}")
        expect(reasons[1].get("Item"), "the reasons lack the existing item")
    else:
        expect(False, "the transaction is not cancelled")
    response = dynamodb.get_item(TableName=name, Key=key_of(_item("new")))
    expect("Item" not in response, "one item is written")


@probe(
    "DynamoDB",
    "a batch of insertions rejects existing items one by one",
    needed_for="repeats at /ingest",
)
def duplicate_item(context: ProbeContext) -> None:
    dynamodb, name = context.client("dynamodb"), create_table(context)
    old, new = _item("old"), _item("new")
    dynamodb.put_item(TableName=name, Item=old)
    value = ", ".join(f"'{key}': ?" for key in new)
    statement = f'INSERT INTO "{name}" VALUE {{{value}}}'
    response = dynamodb.batch_execute_statement(
        Statements=[
            {"Statement": statement, "Parameters": list(item.values())} for item in (old, new)
        ]
    )
    codes = [one.get("Error", {}).get("Code") for one in response["Responses"]]
    expect(codes == ["DuplicateItem", None], f"the codes are {codes}")
    stored = dynamodb.get_item(TableName=name, Key=key_of(new), ConsistentRead=True)
    expect(stored.get("Item") == new, "the new item is not stored")


@probe("DynamoDB", "an item above 400 KB is refused", needed_for="limits of /ingest")
def large_item(context: ProbeContext) -> None:
    dynamodb, name = context.client("dynamodb"), create_table(context)
    large = _item("large", text={"S": "a" * 410_000})
    expect(is_refused(dynamodb.put_item, TableName=name, Item=large), "the item is written")


@probe("DynamoDB", "a table stores its time to live", needed_for="retention of the table")
def time_to_live(context: ProbeContext) -> None:
    dynamodb, name = context.client("dynamodb"), create_table(context)
    specification = {"AttributeName": EXPIRY, "Enabled": True}
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    description = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    state = description["TimeToLiveStatus"]
    expect(state in ("ENABLED", "ENABLING"), f"the state is {state}")


@probe("Secrets Manager", "a secret can be stored and read", needed_for="live sources")
def secret(context: ProbeContext) -> None:
    manager = context.client("secretsmanager")
    manager.create_secret(Name=context.name, SecretString="open")
    context.add_cleanup(
        manager.delete_secret, SecretId=context.name, ForceDeleteWithoutRecovery=True
    )
    value = manager.get_secret_value(SecretId=context.name)["SecretString"]
    expect(value == "open", f"the value is {value}")
    unknown = {"SecretId": context.name + "-unknown"}
    is_unknown = is_refused(manager.get_secret_value, "ResourceNotFoundException", **unknown)
    expect(is_unknown, "an unknown secret is returned")
