"""Probes of what keeps things: S3, DynamoDB, Secrets Manager."""

import urllib.error
import urllib.request

from echostream_cli.doctor.fixtures import bucket, table
from echostream_cli.doctor.probe_context import ProbeContext, becomes, expect, refused
from echostream_cli.doctor.probes import probe


@probe("S3", "an object that is written is read and listed", leans="the lake")
def objects(at: ProbeContext) -> None:
    s3, name = at.client("s3"), bucket(at)
    s3.put_object(Bucket=name, Key="raw/dt=2026-01-01/a b.json", Body=b"{}")
    found = s3.list_objects_v2(Bucket=name, Prefix="raw/dt=2026-01-01/")["Contents"]
    expect([one["Key"] for one in found] == ["raw/dt=2026-01-01/a b.json"], "it is not listed")
    body = s3.get_object(Bucket=name, Key="raw/dt=2026-01-01/a b.json")["Body"].read()
    expect(body == b"{}", "other bytes come back")


@probe("S3", "a conditional put does not overwrite", leans="compaction")
def conditional_put(at: ProbeContext) -> None:
    s3, name = at.client("s3"), bucket(at)
    s3.put_object(Bucket=name, Key="once", Body=b"1", IfNoneMatch="*")
    again = {"Bucket": name, "Key": "once", "Body": b"2", "IfNoneMatch": "*"}
    expect(refused(s3.put_object, "PreconditionFailed", **again), "the second put overwrites")


@probe(
    "S3",
    "a presigned address opens an object, a forged one does not",
    leans="",
    without="nothing of ours gives out addresses of objects",
)
def presigned(at: ProbeContext) -> None:
    s3, name = at.client("s3"), bucket(at)
    s3.put_object(Bucket=name, Key="a", Body=b"1")
    url = s3.generate_presigned_url("get_object", {"Bucket": name, "Key": "a"}, ExpiresIn=60)
    with urllib.request.urlopen(url, timeout=10) as answer:
        expect(answer.read() == b"1", "other bytes come back")
    expect(_status(url.replace("Expires=", "Expires=1")) == 403, "a changed address opens it too")


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@probe("S3", "lifecycle rules are kept", leans="retention of the lake")
def lifecycle(at: ProbeContext) -> None:
    s3, name = at.client("s3"), bucket(at)
    rule = {"ID": "forget", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    kept = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    expect([one["ID"] for one in kept] == ["forget"], "other rules come back")


@probe("DynamoDB", "an index gives items newest first, page by page", leans="/query")
def index(at: ProbeContext) -> None:
    dynamodb, name = at.client("dynamodb"), table(at)
    for number in range(5):
        dynamodb.put_item(TableName=name, Item=_item(f"{number}"))
    asked = {
        "TableName": name,
        "IndexName": "by_time",
        "KeyConditionExpression": "time_pk = :day",
        "ExpressionAttributeValues": {":day": {"S": "day"}},
        "ScanIndexForward": False,
        "Limit": 3,
    }
    first = becomes(lambda: _of_size(dynamodb.query(**asked), 3))
    expect(first, "the index stays empty")
    rest = dynamodb.query(**asked, ExclusiveStartKey=first["LastEvaluatedKey"])
    found = [item["sk"]["S"] for item in first["Items"] + rest["Items"]]
    expect(found == list("43210"), f"the order is {''.join(found)}")


def _of_size(answer: dict[str, list[object]], size: int) -> dict[str, list[object]]:
    return answer if len(answer["Items"]) == size else {}


def _item(name: str, **more: dict[str, str]) -> dict[str, dict[str, str]]:
    keys = {"pk": "doc", "sk": name, "time_pk": "day", "time_sk": name}
    return {**{key: {"S": value} for key, value in keys.items()}, **more}


@probe("DynamoDB", "a cancelled transaction writes nothing and says why", leans="exact counts")
def transaction(at: ProbeContext) -> None:
    dynamodb, name = at.client("dynamodb"), table(at)
    dynamodb.put_item(TableName=name, Item=_item("there"))
    new = {"TableName": name, "ConditionExpression": "attribute_not_exists(pk)"}
    puts = [
        {"Put": {**new, "Item": _item(one), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
        for one in ("fresh", "there")
    ]
    try:
        dynamodb.transact_write_items(TransactItems=puts)
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = error.response["CancellationReasons"]
        codes = [reason["Code"] for reason in reasons]
        expect(codes == ["None", "ConditionalCheckFailed"], f"the reasons are {codes}")
        expect(reasons[1].get("Item"), "the item in the way is not given")
    else:
        expect(False, "it is not cancelled")
    key = {name: _item("fresh")[name] for name in ("pk", "sk")}
    expect("Item" not in dynamodb.get_item(TableName=name, Key=key), "half of it is written")


@probe("DynamoDB", "an item above 400 KB is refused", leans="limits of /ingest")
def large_item(at: ProbeContext) -> None:
    dynamodb, name = at.client("dynamodb"), table(at)
    large = _item("large", text={"S": "a" * 410_000})
    expect(refused(dynamodb.put_item, TableName=name, Item=large), "it is written")


@probe("DynamoDB", "a time to live is kept with the table", leans="retention of the table")
def time_to_live(at: ProbeContext) -> None:
    dynamodb, name = at.client("dynamodb"), table(at)
    wanted = {"AttributeName": "expires_at", "Enabled": True}
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    found = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    expect(found["TimeToLiveStatus"] in ("ENABLED", "ENABLING"), f"it is {found}")


@probe("Secrets Manager", "a secret is kept and read", leans="the producer's password")
def secret(at: ProbeContext) -> None:
    manager = at.client("secretsmanager")
    manager.create_secret(Name=at.name, SecretString="open")
    at.undo(manager.delete_secret, SecretId=at.name, ForceDeleteWithoutRecovery=True)
    expect(manager.get_secret_value(SecretId=at.name)["SecretString"] == "open", "it is another")
    unknown = {"SecretId": at.name + "-not"}
    expect(
        refused(manager.get_secret_value, "ResourceNotFoundException", **unknown), "any is there"
    )
