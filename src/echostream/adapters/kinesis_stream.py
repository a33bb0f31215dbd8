"""The stream of the path `IngestPath=stream`: records are written to Kinesis."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.adapters.retry import backoff
from echostream.domain.errors import CallRefused

MAX_RECORDS = 500
MAX_BYTES = 5_000_000
"""In one call of PutRecords, keys included (limits of Kinesis)."""
PARTS = 8
"""Shards that one tenant's records can reach: the points of a tenant divide the ring of hash keys
evenly. Its documents heat no single shard, and in a stream of more shards it leaves the others."""
RING = 2**128
BACKOFF = 0.1
LONGEST_WAIT = 2.0
"""Seconds between attempts: doubled, up to a limit."""


class KinesisStream:
    """A `RecordStream` in Kinesis."""

    def __init__(
        self,
        client: Any,
        name: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._clock = clock

    def write(self, tenant: str, records: Sequence[bytes], seconds: float) -> list[str]:
        """Write records; those that fail are sent again, and no others, until the time is over.

        No attempt begins later. It takes as long as the client's time-outs at most. Raises
        `CallRefused`, at once, if a repeat fails too.
        """
        end = self._clock() + seconds
        first = secrets.randbelow(PARTS)
        entries = [_entry(tenant, first + i, data) for i, data in enumerate(records)]
        failures = dict.fromkeys(range(len(entries)), "late")
        attempt = 0
        while True:
            calls = list(_calls(entries, list(failures)))
            failures = {i: reason for call in calls for i, reason in self._put(call, end)}
            wait = backoff(attempt, BACKOFF, LONGEST_WAIT)
            if not failures or self._clock() + wait >= end:
                return [failures.get(i, "") for i in range(len(entries))]
            self._sleep(wait)
            attempt += 1

    def _put(self, call: Sequence[tuple[int, Any]], end: float) -> Iterator[tuple[int, str]]:
        """Each record that was not written, with the reason; after an error, all of them.

        Raises `CallRefused` if a repeat fails too.
        """
        if self._clock() >= end:
            yield from ((index, "late") for index, _ in call)
            return
        records = [entry for _, entry in call]
        try:
            response = self._client.put_records(StreamName=self._name, Records=records)
        except (ClientError, BotoCoreError) as error:
            failure = translated("stream", error)
            if isinstance(failure, CallRefused):
                raise failure from error
            yield from ((index, str(error)) for index, _ in call)
            return
        for (index, _), outcome in zip(call, response["Records"], strict=True):
            if code := outcome.get("ErrorCode"):
                yield index, code


def _entry(tenant: str, part: int, data: bytes) -> Any:
    """A record with its key. A mapping that reads a shard in parallel divides it by the key."""
    part %= PARTS
    origin = int.from_bytes(hashlib.sha256(tenant.encode()).digest()[:16])
    point = (origin + part * (RING // PARTS)) % RING
    return {"Data": data, "PartitionKey": f"{tenant}#{part}", "ExplicitHashKey": str(point)}


def _calls(entries: Sequence[Any], indices: Sequence[int]) -> Iterator[list[tuple[int, Any]]]:
    """The entries of these indices, divided into calls within the limits."""
    call: list[tuple[int, Any]] = []
    size = 0
    for index in indices:
        entry = entries[index]
        length = len(entry["Data"]) + len(entry["PartitionKey"])
        if call and (len(call) == MAX_RECORDS or size + length > MAX_BYTES):
            yield call
            call, size = [], 0
        call.append((index, entry))
        size += length
    if call:
        yield call
