"""The lake: gzipped JSON Lines under `raw/` and `enriched/`, one object a batch.

    raw/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<batch>.json.gz        documents as sent
    enriched/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<batch>.json.gz   with their scores

`dt` and `hour` (UTC) are when the batch arrived; in `enriched/`, when its documents were first
stored. `<batch>` is a hash of what was sent: a batch that is sent again overwrites its objects in
`enriched/` whenever that happens, in `raw/` within the hour.
"""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.codec import to_json
from echostream.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Zone = Literal["raw", "enriched"]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request brought: whose it is, when it arrived, and a name made of its content."""

    tenant: str
    arrived_at: datetime
    name: str

    def key(self, zone: Zone) -> str:
        """The object that holds this batch in a zone of the lake."""
        arrived = self.arrived_at.astimezone(UTC)
        return (
            f"{zone}/tenant_id={self.tenant}/dt={arrived:%Y-%m-%d}/hour={arrived:%H}"
            f"/{self.name}.json.gz"
        )


def batch_of(tenant: str, arrived_at: datetime, rows: Rows) -> Batch:
    """The batch that holds these raw documents."""
    return Batch(tenant, arrived_at, hashlib.sha256(to_json(rows).encode()).hexdigest()[:32])


def pack(rows: Rows) -> bytes:
    """Rows as gzipped JSON Lines; the same rows give the same bytes."""
    lines = "".join(to_json(row) + "\n" for row in rows)
    return gzip.compress(lines.encode(), compresslevel=6, mtime=0)


class Lake(Protocol):
    """Where batches are kept for good. Writing one twice leaves one."""

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        """Keep the rows. Raises `TryAgain` where they could not be kept."""


class MemoryLake:
    """A lake for tests: object keys to bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        self.objects[batch.key(zone)] = pack(rows)


class S3Lake:
    """The lake in a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=batch.key(zone),
                Body=pack(rows),
                ContentType="application/x-ndjson",
                ContentEncoding="gzip",
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"lake: {error}") from error
