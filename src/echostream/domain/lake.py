"""The lake: gzipped JSON Lines under `raw/` and `enriched/`, one object a batch.

    raw/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<batch>.json.gz        documents as sent
    enriched/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<batch>.json.gz   with their scores

`dt` and `hour` (UTC) are when the batch arrived; in `enriched/`, when its documents were first
stored. `<batch>` is a hash of what was sent: a batch that is sent again overwrites its objects in
`enriched/` whenever that happens, in `raw/` within the hour.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from echostream.domain.codec import to_json

RAW, SCORED, COMPACTED = "raw/", "enriched/", "compacted/"
ASIDE, REPORT = "quarantine/", "reports/lake.json"
BAD_OBJECT = ("HIVE_CURSOR_ERROR", "HIVE_BAD_DATA")
"""What Athena's message begins with where an object cannot be read."""
TENANT_FOLDER = re.compile(r"tenant_id=(.+)")
DAY_FOLDER = re.compile(r"dt=(\d{4}-\d{2}-\d{2})")

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


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """An object: its S3 URI, its size in bytes, what changes with its content, and its age."""

    uri: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class UnreadableObject:
    """An object that holds something else than documents: which, why, and in how many lines."""

    object: str
    problem: str
    lines: int

    def to_wire(self) -> dict[str, Any]:
        """The problem as JSON."""
        return asdict(self)


def day_of(uri: str) -> str:
    """The day of arrival that an object's name says, empty where it says none."""
    match = re.search(rf"/{DAY_FOLDER.pattern}/", uri)
    return match[1] if match and is_date(match[1]) else ""


def is_date(day: str) -> bool:
    """Whether a text is a date of the calendar, YYYY-MM-DD."""
    try:
        datetime.fromisoformat(day)
    except ValueError:
        return False
    return True
