"""Events of the stream: batches of records, as Lambda's event source mapping delivers them."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from echostream.domain.consume import Record


def is_stream_event(event: Mapping[str, Any]) -> bool:
    """Whether an event is a batch of the stream; otherwise it is a request of the API."""
    return "Records" in event


def records(event: Mapping[str, Any]) -> list[Record]:
    """The records of a batch, in the order of their shard."""
    return [_record(entry["kinesis"]) for entry in event["Records"]]


def position(event: Mapping[str, Any]) -> str:
    """The shard and the sequence number of the last record of a batch."""
    return str(event["Records"][-1]["eventID"])


def _record(entry: Mapping[str, Any]) -> Record:
    written_at = datetime.fromtimestamp(entry["approximateArrivalTimestamp"], UTC)
    return Record(base64.b64decode(entry["data"]), written_at)
