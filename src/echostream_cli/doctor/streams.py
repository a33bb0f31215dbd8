"""Probes of Kinesis and SQS: batches with bad records, and dead letters."""

import json
import time

from echostream_cli.doctor.fixtures import create_bucket, create_function
from echostream_cli.doctor.probe_context import ProbeContext, expect, wait_for
from echostream_cli.doctor.probes import probe

NOT_USED = "the template has no Kinesis stream"
READ = {"Effect": "Allow", "Action": ["kinesis:*", "sqs:*", "s3:PutObject"], "Resource": "*"}
RAISES = """
import base64, boto3
def handler(event, context):
    texts = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    if "poison" in texts:
        raise ValueError("poison")
    for text in texts:
        boto3.client("s3").put_object(Bucket="BUCKET", Key=text, Body=b"")
"""
REPORTS = """
import base64, boto3
tried = set()
def handler(event, context):
    s3 = boto3.client("s3")
    for record in event["Records"]:
        text = base64.b64decode(record["kinesis"]["data"]).decode()
        number = record["kinesis"]["sequenceNumber"]
        if number not in tried:
            tried.add(number)
            return {"batchItemFailures": [{"itemIdentifier": number}]}
        s3.put_object(Bucket="BUCKET", Key=text, Body=b"")
    return {"batchItemFailures": []}
"""


def create_stream(context: ProbeContext, code: str, **mapping: object) -> str:
    """Create a stream, a function that reads it, and a bucket for that; returns the bucket."""
    kinesis, name = context.client("kinesis"), create_bucket(context)
    kinesis.create_stream(StreamName=context.name, ShardCount=1)
    context.add_cleanup(kinesis.delete_stream, StreamName=context.name)
    kinesis.get_waiter("stream_exists").wait(
        StreamName=context.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    summary = kinesis.describe_stream_summary(StreamName=context.name)["StreamDescriptionSummary"]
    create_function(context, code.replace("BUCKET", name), READ)
    client = context.client("lambda")
    source = client.create_event_source_mapping(
        EventSourceArn=summary["StreamARN"],
        FunctionName=context.name,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        **mapping,
    )
    context.add_cleanup(client.delete_event_source_mapping, UUID=source["UUID"])
    return name


def put_records(context: ProbeContext, *texts: str) -> None:
    records = [{"Data": text.encode(), "PartitionKey": "one"} for text in texts]
    context.client("kinesis").put_records(StreamName=context.name, Records=records)


def list_keys(context: ProbeContext, name: str) -> set[str]:
    summaries = context.client("s3").list_objects_v2(Bucket=name).get("Contents", [])
    return {summary["Key"] for summary in summaries}


@probe("Kinesis", "a failed batch is split and retried", needed_for="", workaround=NOT_USED)
def bisect(context: ProbeContext) -> None:
    name = create_stream(context, RAISES, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    put_records(context, "before", "poison", "after")
    is_done = wait_for(lambda: list_keys(context, name) >= {"before", "after"}, 30)
    expect(is_done, f"{len(list_keys(context, name))} of 2 good records arrive within 30 s")


@probe("Kinesis", "records reported as failed are retried", needed_for="", workaround=NOT_USED)
def partial_failure(context: ProbeContext) -> None:
    name = create_stream(context, REPORTS, FunctionResponseTypes=["ReportBatchItemFailures"])
    put_records(context, "first", "second")
    is_done = wait_for(lambda: list_keys(context, name) == {"first", "second"}, 30)
    expect(is_done, f"{len(list_keys(context, name))} of 2 records arrive within 30 s")


@probe("SQS", "a message received too often goes to the dead-letter queue", needed_for="")
def dead_letters(context: ProbeContext) -> None:
    sqs = context.client("sqs")
    letters = sqs.create_queue(QueueName=f"{context.name}-letters")["QueueUrl"]
    context.add_cleanup(sqs.delete_queue, QueueUrl=letters)
    attributes = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])
    target = attributes["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 1})
    options = {"RedrivePolicy": redrive, "VisibilityTimeout": "0"}
    queue = sqs.create_queue(QueueName=context.name, Attributes=options)["QueueUrl"]
    context.add_cleanup(sqs.delete_queue, QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    def is_dead_letter() -> bool:
        sqs.receive_message(QueueUrl=queue)
        time.sleep(0.2)
        return bool(sqs.receive_message(QueueUrl=letters).get("Messages"))

    expect(wait_for(is_dead_letter), "the message is not in the dead-letter queue within 20 s")
