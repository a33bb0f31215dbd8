"""Probes of what passes batches on: Kinesis and SQS to Lambda, and what happens to bad ones."""

import json
import time

from echostream_cli.doctor.fixtures import bucket, function
from echostream_cli.doctor.probe_context import ProbeContext, becomes, expect
from echostream_cli.doctor.probes import probe

LATER = "not in the template yet; the stream path is drawn so that it never raises for bad data"
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


def stream(at: ProbeContext, code: str, **mapping: object) -> str:
    """The name of a bucket into which a function on a stream writes what it gets."""
    kinesis, name = at.client("kinesis"), bucket(at)
    kinesis.create_stream(StreamName=at.name, ShardCount=1)
    at.undo(kinesis.delete_stream, StreamName=at.name)
    kinesis.get_waiter("stream_exists").wait(
        StreamName=at.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    arn = kinesis.describe_stream_summary(StreamName=at.name)["StreamDescriptionSummary"]
    function(at, code.replace("BUCKET", name), READ)
    made = at.client("lambda").create_event_source_mapping(
        EventSourceArn=arn["StreamARN"],
        FunctionName=at.name,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        **mapping,
    )
    at.undo(at.client("lambda").delete_event_source_mapping, UUID=made["UUID"])
    return name


def sent(at: ProbeContext, *texts: str) -> None:
    records = [{"Data": text.encode(), "PartitionKey": "one"} for text in texts]
    at.client("kinesis").put_records(StreamName=at.name, Records=records)


def arrived(at: ProbeContext, name: str) -> set[str]:
    found = at.client("s3").list_objects_v2(Bucket=name).get("Contents", [])
    return {one["Key"] for one in found}


@probe("Kinesis", "a batch that raises is bisected, and the rest goes on", leans="", without=LATER)
def bisect(at: ProbeContext) -> None:
    name = stream(at, RAISES, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    sent(at, "before", "poison", "after")
    done = becomes(lambda: arrived(at, name) >= {"before", "after"}, 30)
    expect(done, f"of two good records {len(arrived(at, name))} arrive within 30 s")


@probe("Kinesis", "records reported as failed come again", leans="", without=LATER)
def partial_failure(at: ProbeContext) -> None:
    name = stream(at, REPORTS, FunctionResponseTypes=["ReportBatchItemFailures"])
    sent(at, "first", "second")
    done = becomes(lambda: arrived(at, name) == {"first", "second"}, 30)
    expect(done, f"of two records {len(arrived(at, name))} arrive within 30 s")


@probe("SQS", "a message received too often goes to the dead-letter queue", leans="")
def dead_letters(at: ProbeContext) -> None:
    sqs = at.client("sqs")
    letters = sqs.create_queue(QueueName=f"{at.name}-letters")["QueueUrl"]
    at.undo(sqs.delete_queue, QueueUrl=letters)
    attributes = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])
    target = attributes["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 1})
    options = {"RedrivePolicy": redrive, "VisibilityTimeout": "0"}
    queue = sqs.create_queue(QueueName=at.name, Attributes=options)["QueueUrl"]
    at.undo(sqs.delete_queue, QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    def buried() -> bool:
        sqs.receive_message(QueueUrl=queue)
        time.sleep(0.2)
        return bool(sqs.receive_message(QueueUrl=letters).get("Messages"))

    expect(becomes(buried), "it comes back for ever")
