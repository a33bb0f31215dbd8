"""Failed batches of the stream: their records move to quarantine, other messages stay."""

import json

import pytest
from moto import mock_aws

from echostream.domain.erasure import subject_of
from echostream.domain.stream_record import pack
from echostream_cli.operate.dead_letters import DeadLetters
from tests.aws import client
from tests.builders import NOW
from tests.fakes import MemoryErasures, MemoryQuarantine

ROWS = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]


class Queue:
    """A stream with records, and the queue of dead letters."""

    def __init__(self):
        self.kinesis, self.sqs = client("kinesis"), client("sqs")
        self.kinesis.create_stream(StreamName="stream", ShardCount=1)
        summary = self.kinesis.describe_stream_summary(StreamName="stream")
        self.arn = summary["StreamDescriptionSummary"]["StreamARN"]
        self.url = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.quarantine = MemoryQuarantine()
        self.erasures = MemoryErasures()

    def put(self, *data):
        """Write records; their sequence numbers."""
        records = [{"Data": one, "PartitionKey": "a"} for one in data]
        response = self.kinesis.put_records(StreamName="stream", Records=records)
        return [record["SequenceNumber"] for record in response["Records"]]

    def fail(self, numbers, **changes):
        """Send Lambda's message about a batch of these records."""
        info = {
            "shardId": "shardId-000000000000",
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "approximateArrivalOfFirstRecord": "2026-05-20T12:30:00Z",
            "approximateArrivalOfLastRecord": "2026-05-20T12:30:00Z",
            "batchSize": len(numbers),
            "streamArn": self.arn,
            **changes,
        }
        context = {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 7}
        self.send(json.dumps({"requestContext": context, "KinesisBatchInfo": info}))

    def send(self, body):
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def collect(self):
        return DeadLetters(self.sqs, self.kinesis, self.url, self.quarantine, self.erasures)(NOW)

    @property
    def left(self):
        """The bodies of the messages in the queue."""
        response = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        return [message["Body"] for message in response.get("Messages", [])]


@pytest.fixture
def queue():
    with mock_aws():
        yield Queue()


def record(*rows):
    [packed] = pack("acme", NOW, dict(enumerate(rows)))
    return packed.data


def test_documents_of_a_failed_batch_are_quarantined(queue):
    """Each alone, with the number of attempts; no others. The message is deleted."""
    numbers = queue.put(record({"text": "before"}), record(*ROWS), b"poison", record({"text": "x"}))
    queue.fail(numbers[1:3])
    report = queue.collect()
    assert (report.added, report.problems, queue.left) == (3, [], [])
    items = list(queue.quarantine.items.values())
    assert [item.documents for item in items if item.is_document] == [[row] for row in ROWS]
    assert [(item.tenant, item.reason, item.attempts) for item in items] == [
        ("acme", "batch_failed", 7),
        ("acme", "batch_failed", 7),
        ("", "invalid_record", 7),
    ]


def test_message_that_comes_twice_adds_nothing(queue):
    """Queues deliver at least once."""
    numbers = queue.put(record(*ROWS))
    queue.fail(numbers)
    queue.fail(numbers)
    assert (queue.collect().added, len(queue.quarantine.items)) == (2, 2)


def test_batch_of_which_records_are_gone_is_named(queue):
    """What is left is quarantined; the message stays, as a trace."""
    numbers = queue.put(record(ROWS[0]))
    queue.fail(numbers, batchSize=3)
    report = queue.collect()
    assert report.added == 1
    [problem] = report.problems
    assert problem.startswith("2 of 3 records of shardId-000000000000")
    assert len(queue.left) == 1


@pytest.mark.parametrize("body", ["no json", "[]", json.dumps({"requestPayload": {"days": []}})])
def test_other_messages_stay_in_the_queue(queue, body):
    """Those of the scheduled functions, at once for other readers."""
    queue.send(body)
    assert queue.collect().added == 0
    assert queue.left == [body]


def test_erased_documents_of_a_failed_batch_are_left_out(queue):
    """They arrived before the erasure."""
    rows = [{"id": "a", "text": "a", "author": "ann"}, {"id": "b", "text": "b", "author": "bea"}]
    queue.erasures.create("acme", "e1", subject_of("author", "ann"), NOW)
    queue.fail(queue.put(record(*rows)))
    assert (queue.collect().added, queue.left) == (1, [])
    assert [item.documents for item in queue.quarantine.items.values()] == [[rows[1]]]
