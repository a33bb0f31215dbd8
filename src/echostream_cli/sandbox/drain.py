"""The way of a sandbox from the stream path back to the direct one, without loss.

A deployment without the stream deletes its records. So requests are stored directly first, until
the processor has read the rest of the stream.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from echostream_cli import log_events, sam
from echostream_cli.errors import UserError
from echostream_cli.settings import Settings
from echostream_cli.target import outputs_of

TIMEOUT = 120.0
"""Seconds until the stream must be read."""


def leave_stream(settings: Settings) -> None:
    """Empty the deployed stream if these settings have none. Raises `UserError`."""
    stack = settings.target.settled_stack()
    stream = outputs_of(stack or {}).get("StreamName")
    if not stream or settings.ingest == "stream":
        return
    sam.deploy(replace(settings, ingest="drain"))
    deadline = time.monotonic() + TIMEOUT
    for position in _list_last_positions(settings.target.client("kinesis"), stream):
        while not _is_read(settings, position):
            if time.monotonic() > deadline:
                raise UserError(
                    f"the processor has not read the stream to {position} within {TIMEOUT:.0f} s;"
                    " see make logs. The stream stays, and requests are stored directly"
                )
            time.sleep(0.5)


def _list_last_positions(kinesis: Any, stream: str) -> Iterator[str]:
    """Shard and sequence number of the last record of each shard that has one."""
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        last = ""
        while records := (response := kinesis.get_records(ShardIterator=iterator))["Records"]:
            last = records[-1]["SequenceNumber"]
            iterator = response["NextShardIterator"]
        if last:
            yield f"{shard['ShardId']}:{last}"


def _is_read(settings: Settings, position: str) -> bool:
    """Whether the processor's log names a position."""
    target = settings.target
    lines = log_events.read(
        target.client("logs"), target.log_group("processor"), pattern=f'"{position}"'
    )
    return any(position in line for _, line in lines)
