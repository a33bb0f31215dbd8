"""Batches of the stream that failed until Lambda gave up: to quarantine, while the stream has them.

Lambda's message in the queue of dead letters has positions only: shard, first and last sequence
number. The records stay in the stream for 24 hours after they were written.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from echostream.domain.consume import is_erased
from echostream.domain.erasure import ErasedDocuments, Erasures
from echostream.domain.errors import BadRequest
from echostream.domain.quarantine import Quarantine, Quarantined, document_item, record_item
from echostream.domain.stream_record import parse

NOT_PROCESSED = "batch_failed"
VISIBILITY = 300
"""Seconds in which nobody else reads a message while its records are fetched."""


@dataclass
class CollectReport:
    """The number of new items, and a message for each batch of which records are missing."""

    added: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Moves failed batches to quarantine; other messages stay in the queue."""

    sqs: Any
    kinesis: Any
    queue_url: str
    quarantine: Quarantine
    erasures: Erasures

    def __call__(self, now: datetime) -> CollectReport:
        """Move all failed batches. A message is deleted after its records are in quarantine."""
        report = CollectReport()
        kept = []
        while messages := self._receive():
            for message in messages:
                batch = _parse_batch(message["Body"])
                if batch and self._move(batch, now, report):
                    self._delete(message)
                else:
                    kept.append(message["ReceiptHandle"])
        for receipt in kept:
            self.sqs.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=receipt, VisibilityTimeout=0
            )
        return report

    def _receive(self) -> list[Any]:
        response = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=VISIBILITY
        )
        return list(response.get("Messages", []))

    def _delete(self, message: Any) -> None:
        self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _move(self, batch: dict[str, Any], now: datetime, report: CollectReport) -> bool:
        """Whether all records of a batch are in quarantine."""
        info, attempts = batch["KinesisBatchInfo"], _count_attempts(batch)
        records = list(self._read(info))
        items = [item for record in records for item in _list_items(record, now)]
        for item in items:
            if not self._is_erased(item):
                report.added += self.quarantine.add(replace(item, attempts=attempts))
        missing = int(info["batchSize"]) - len(records)
        if missing > 0:
            report.problems.append(
                f"{missing} of {info['batchSize']} records of {info['shardId']} from"
                f" {info['approximateArrivalOfFirstRecord']} are no longer in the stream;"
                " the message stays in the queue of dead letters"
            )
        return missing <= 0

    def _is_erased(self, item: Quarantined) -> bool:
        if not item.is_document:
            return False
        erased = ErasedDocuments(self.erasures.since(item.tenant, item.arrived_at))
        return is_erased(erased, item.documents[0], item.arrived_at)

    def _read(self, info: dict[str, Any]) -> Iterator[Any]:
        """The records of a batch that are still in the stream."""
        iterator = self.kinesis.get_shard_iterator(
            StreamARN=info["streamArn"],
            ShardId=info["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=info["startSequenceNumber"],
        )["ShardIterator"]
        end = int(info["endSequenceNumber"])
        while iterator:
            response = self.kinesis.get_records(ShardIterator=iterator, StreamARN=info["streamArn"])
            for record in response["Records"]:
                if int(record["SequenceNumber"]) > end:
                    return
                yield record
                if int(record["SequenceNumber"]) == end:
                    return
            if not response["Records"] and not response.get("MillisBehindLatest"):
                return
            iterator = response.get("NextShardIterator")


def _parse_batch(body: str) -> dict[str, Any] | None:
    """A message about a batch of the stream; None for others."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    is_batch = isinstance(content, dict) and "KinesisBatchInfo" in content
    return content if is_batch else None


def _count_attempts(batch: dict[str, Any]) -> int:
    return max(1, int(batch.get("requestContext", {}).get("approximateInvokeCount", 1)))


def _list_items(record: Any, now: datetime) -> Iterator[Quarantined]:
    """The documents of a record, or the record if it cannot be read."""
    try:
        delivery = parse(record["Data"])
    except BadRequest as error:
        written_at = record["ApproximateArrivalTimestamp"].astimezone(UTC)
        yield record_item(record["Data"], error, written_at, now)
        return
    reason = BadRequest(NOT_PROCESSED, "batch: failed until it was too old")
    for row in delivery.rows:
        yield document_item(delivery.tenant, row, reason, delivery.arrived_at, now)
