"""Probes of DynamoDB's streams: which changes reach a function."""

from typing import Any

from echostream.adapters.table_keys import PARTITION, SORT
from echostream_cli.doctor.fixtures import create_bucket, create_function, create_table
from echostream_cli.doctor.probe_context import ProbeContext, expect, wait_for
from echostream_cli.doctor.probes import probe
from echostream_cli.doctor.streams import list_keys

TIMEOUT = 90.0
"""Seconds until a change must reach the function; a new mapping takes up to a minute on AWS."""
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
ALLOWED = {"Effect": "Allow", "Action": ["dynamodb:*", "s3:PutObject"], "Resource": "*"}
WRITES_SORT_KEYS = """
import boto3
def handler(event, context):
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"]["SORT"]["S"]
        boto3.client("s3").put_object(Bucket="BUCKET", Key=name, Body=b"")
""".replace("SORT", SORT)


def create_reader(context: ProbeContext, **mapping: Any) -> str:
    """Create a table, a function that reads its stream, and a bucket for the sort keys that it
    reads; returns the bucket."""
    bucket, table = create_bucket(context), create_table(context, StreamSpecification=STREAM)
    create_function(context, WRITES_SORT_KEYS.replace("BUCKET", bucket), ALLOWED)
    description = context.client("dynamodb").describe_table(TableName=table)["Table"]
    client = context.client("lambda")
    source = client.create_event_source_mapping(
        EventSourceArn=description["LatestStreamArn"],
        FunctionName=context.name,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        **mapping,
    )
    context.add_cleanup(client.delete_event_source_mapping, UUID=source["UUID"])
    return bucket


@probe(
    "DynamoDB",
    "an item that PartiQL inserts is in the table's stream",
    needed_for="the counts of /stats",
    workaround="localstack/run-emulator.py adds the record",
)
def inserted_record(context: ProbeContext) -> None:
    bucket = create_reader(context)
    statement = f"INSERT INTO \"{context.name}\" VALUE {{'{PARTITION}': ?, '{SORT}': ?}}"
    context.client("dynamodb").batch_execute_statement(
        Statements=[{"Statement": statement, "Parameters": [{"S": "doc"}, {"S": "inserted"}]}]
    )
    is_read = wait_for(lambda: list_keys(context, bucket) == {"inserted"}, TIMEOUT)
    expect(is_read, f"no record reaches the function within {TIMEOUT:.0f} s")


@probe(
    "DynamoDB",
    "a filter selects the stream's records by key",
    needed_for="DeriveFunction, which reads documents only",
)
def filtered_records(context: ProbeContext) -> None:
    pattern = f'{{"dynamodb": {{"Keys": {{"{PARTITION}": {{"S": [{{"prefix": "doc#"}}]}}}}}}}}'
    bucket = create_reader(context, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    dynamodb = context.client("dynamodb")
    for partition, name in (("count#a", "rejected"), ("doc#a", "selected")):
        dynamodb.put_item(
            TableName=context.name, Item={PARTITION: {"S": partition}, SORT: {"S": name}}
        )
    # Records are read in order, so that the rejected one would be first.
    expect(
        wait_for(lambda: "selected" in list_keys(context, bucket), TIMEOUT),
        f"no record reaches the function within {TIMEOUT:.0f} s",
    )
    expect("rejected" not in list_keys(context, bucket), "the filter has no effect")
