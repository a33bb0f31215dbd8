"""The lake: the layout of its keys, the values that describe its objects, and its ports.

    raw/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<batch>.json.gz        documents as sent
    enriched/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<batch>.json.gz   documents with their scores
    compacted/tenants/dt=YYYY-MM-DD/<version>/<part>/tenant_id=T/   Parquet files of a closed day
    quarantine/<key>                                             objects that cannot be unpacked
    quarantine/items/tenant_id=T/<id>.json                       documents, see `domain.quarantine`
    reports/lake.json                                            the report of the last compaction
    results/tenant_id=T/                                         results of a tenant's statements
    erasures/tenant_id=T/<id>/<part>.json                        what an erasure erased, by name

`dt` and `hour` (UTC) are the time of arrival of the batch; in `enriched/`, the time at which its
documents were first stored. `<batch>` is a hash of the batch's content. Sending a batch again
overwrites its objects in `enriched/`; in `raw/` it does so within the same hour.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from echostream.domain.codec import to_json

Zone = Literal["raw", "enriched"]
"""The zones of batches: documents as sent, and documents with their scores."""
Rows = Sequence[Mapping[str, Any]]

COMPACTED, QUARANTINE, REPORT = "compacted/tenants/", "quarantine/", "reports/lake.json"
MIXED = "compacted/dt="
"""The prefix of compacted days before they were divided by tenant; deleted when unused."""
RESULTS, ERASURES = "results/", "erasures/"
UNREADABLE_OBJECT = ("HIVE_CURSOR_ERROR", "HIVE_BAD_DATA")
"""Athena's message begins with one of these if an object cannot be read."""
DELETE_AFTER = timedelta(days=1)
"""The age at which a folder of `compacted/` without a partition is deleted: queries that started
earlier may still read it."""

_TENANT_FOLDER = re.compile(r"tenant_id=(.+)")
_DAY_FOLDER = re.compile(r"dt=(\d{4}-\d{2}-\d{2})")
_BATCH_KEY = re.compile(
    r"(raw|enriched)/tenant_id=([^/]+)/dt=(\d{4}-\d{2}-\d{2})/hour=([01]\d|2[0-3])/[^/]+\.json\.gz"
)


def zone_prefix(zone: Zone) -> str:
    """The prefix of all keys of a zone."""
    return f"{zone}/"


def tenants_prefix(zone: Zone) -> str:
    """The common prefix of all tenants' folders in a zone; the tenant's name follows."""
    return f"{zone}/tenant_id="


def tenant_prefix(zone: Zone, tenant: str) -> str:
    """The prefix of a tenant's keys in a zone."""
    return f"{tenants_prefix(zone)}{tenant}/"


def day_prefix(zone: Zone, tenant: str, day: str) -> str:
    """The prefix of the keys of a tenant's day in a zone."""
    return f"{tenant_prefix(zone, tenant)}dt={day}/"


def results_prefix(tenant: str) -> str:
    """The prefix of the results of a tenant's statements."""
    return f"results/tenant_id={tenant}/"


def compacted_prefix(day: str) -> str:
    """The prefix of the keys of a compacted day."""
    return f"{COMPACTED}dt={day}/"


def compacted_tenant_folder(folder: str, tenant: str) -> str:
    """The folder of a tenant in a folder that `compact_day` wrote."""
    return f"{folder}tenant_id={tenant}/"


def tenant_of_folder(name: str) -> str:
    """The tenant of a folder name `tenant_id=T`; empty for other names."""
    match = _TENANT_FOLDER.fullmatch(name)
    return match[1] if match else ""


def day_of_folder(name: str) -> str:
    """The day of a folder name `dt=YYYY-MM-DD`; empty for other names."""
    match = _DAY_FOLDER.fullmatch(name)
    return match[1] if match and _is_date(match[1]) else ""


def day_of(uri: str) -> str:
    """The day in an object's URI or key; empty if it has none."""
    return next(filter(None, map(day_of_folder, uri.split("/")[1:-1])), "")


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Batch:
    """The documents of one request: their tenant, time of arrival, and a hash of the content."""

    tenant: str
    arrived_at: datetime
    name: str

    def key(self, zone: Zone) -> str:
        """The key of this batch in a zone."""
        arrived = self.arrived_at.astimezone(UTC)
        day = day_prefix(zone, self.tenant, f"{arrived:%Y-%m-%d}")
        return f"{day}hour={arrived:%H}/{self.name}.json.gz"


def batch_of(tenant: str, arrived_at: datetime, rows: Rows) -> Batch:
    """The batch of these raw documents."""
    return Batch(tenant, arrived_at, hashlib.sha256(to_json(rows).encode()).hexdigest()[:32])


def tenant_and_hour(key: str) -> tuple[str, datetime] | None:
    """The tenant and the hour (UTC) in the key of a batch; None for other keys."""
    match = _BATCH_KEY.fullmatch(key)
    if not match or not _is_date(match[3]):
        return None
    return match[2], datetime.fromisoformat(f"{match[3]}T{match[4]}:00:00+00:00")


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """An object of the lake: its URI, its size in bytes, a hash of its content, and its age."""

    uri: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class UnreadableObject:
    """An object with content that is not a document: its URI, the reason, the number of lines."""

    object: str
    problem: str
    lines: int

    def to_wire(self) -> dict[str, Any]:
        """The value as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CompactedDay:
    """A tenant's compacted day: the URI of its folder, and a hash of the objects it is from."""

    folder: str
    state: str


class Lake(Protocol):
    """Writes batches to the lake. A second write of the same batch changes nothing."""

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        """Store the rows. Raises `TryAgain` if they were not stored."""


class BulkLake(Protocol):
    """Writes several batches to the lake at the same time."""

    def write_many(self, zone: Zone, batches: Sequence[tuple[Batch, Rows]]) -> None:
        """Store the rows of several batches. Raises `TryAgain` if some were not stored."""


class LakeFiles(Protocol):
    """The objects of the lake, by tenant and day."""

    def compacted_folder(self, day: str, version: str) -> str:
        """The URI of a folder for a compacted day."""

    def days(self, zone: Zone = "enriched") -> tuple[dict[str, list[str]], list[UnreadableObject]]:
        """The tenants of each day that has objects, and the objects outside every partition."""

    def objects_of(self, tenant: str, day: str, zone: Zone = "enriched") -> list[ObjectSummary]:
        """The objects of a tenant's day."""

    def quarantine(self, tenant: str, day: str, zone: Zone = "enriched") -> list[UnreadableObject]:
        """Move objects of a day that cannot be unpacked to `quarantine/`, under the same key."""

    def quarantined(self) -> list[UnreadableObject]:
        """All objects of `enriched/` that were moved to `quarantine/`, by their former URI."""

    def delete_unreferenced(self, folders: Mapping[str, Collection[str]], now: datetime) -> None:
        """Delete files of `compacted/` outside the folders (by day) that partitions point at."""

    def delete_mixed(self) -> None:
        """Delete the compacted days of before they were divided by tenant."""

    def delete_former(self, day: str, tenant: str, folder: str | None, moment: datetime) -> bool:
        """Delete files of a tenant's compacted day outside a folder, if written up to a time.

        Whether none is left, also of before the days were divided by tenant.
        """

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Store the report of a compaction, in place of the former one."""

    def read_report(self) -> dict[str, Any]:
        """The report of the last compaction; empty before the first."""


class LakeCatalog(Protocol):
    """The lake's tables: partitions of `compacted_documents`, and views."""

    def compacted_days(self) -> dict[str, dict[str, CompactedDay]]:
        """What is registered as compacted, by day and tenant."""

    def register(self, day: str, tenants: Mapping[str, CompactedDay]) -> None:
        """Point the partitions of a day at folders; create those that are missing."""

    def remove(self, day: str, tenant: str) -> None:
        """Delete the partition of a tenant's day."""

    def is_view(self, name: str, create: str) -> bool:
        """Whether a view exists and is the result of this statement of `documents_view`."""

    def compacted_to(self) -> str:
        """The last day that the view `documents` reads from `compacted_documents`.

        `FIRST_DAY` without such a view, and for one of an older version. Raises `TryAgain` if
        the catalog does not respond, `CallRefused` if it refuses.
        """


class ResultRows(Protocol):
    """The result of a statement."""

    @property
    def rows(self) -> Sequence[Sequence[str | None]]:
        """Rows of values as text; None is null."""


class SqlEngine(Protocol):
    """Runs SQL over the lake's tables."""

    def query(self, sql: str) -> ResultRows:
        """Run a statement. Raises `QueryRefused` if it failed, `TryAgain` without a response."""
