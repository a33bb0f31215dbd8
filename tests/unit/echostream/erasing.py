"""Everything that holds documents, over moto, and erasures of it."""

import gzip
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import table_stream
from echostream.adapters.dynamodb_deletions import DynamoDBDeletions
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.dynamodb_tenant_items import DynamoDBTenantItems
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.adapters.s3_receipts import S3Receipts, prefix_of
from echostream.adapters.s3_rewrites import S3Rewrites
from echostream.domain.archive import Archive
from echostream.domain.compaction import Report
from echostream.domain.deleted_tenants import LeaveOutDeleted
from echostream.domain.erase import Erase
from echostream.domain.erase_lake import EraseLake
from echostream.domain.erase_places import (
    EraseCompacted,
    EraseQuarantine,
    EraseResults,
    EraseTable,
)
from echostream.domain.erase_tenant import (
    EraseDerived,
    EraseTenantCompacted,
    EraseTenantLake,
    EraseTenantQuarantine,
)
from echostream.domain.erasure import Erasure, State, Subject, deletion_id, erasure_id, subject_of
from echostream.domain.errors import Overtaken, TooEarly, TryAgain
from echostream.domain.lake import CompactedDay, compacted_tenant_folder
from echostream.domain.privacy import PLAIN
from echostream.domain.quarantine import document_item
from tests.builders import NOW, RETENTION
from tests.faults import Crash
from tests.traces import traces
from tests.unit.echostream.faulty_pipeline import Clients, Pipeline
from tests.unit.echostream_cli.test_quarantine import CONFLICT

SETTLE = timedelta(minutes=16)
MEMBERSHIP = timedelta(minutes=1)
DAY = f"{NOW:%Y-%m-%d}"


class MemoryCatalog:
    """The partitions of `compacted_documents` in a dictionary."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, CompactedDay]] = {}

    def compacted_days(self) -> dict[str, dict[str, CompactedDay]]:
        return dict(self.folders)

    def register(self, day: str, tenants: Mapping[str, CompactedDay]) -> None:
        self.folders.setdefault(day, {}).update(tenants)

    def remove(self, day: str, tenant: str) -> None:
        self.folders[day].pop(tenant, None)

    def is_view(self, name: str, create: str) -> bool:
        raise NotImplementedError

    def compacted_to(self) -> str:
        raise NotImplementedError


class Everything:
    """A pipeline with its lake, and a worker of erasures. `clock` is moved by the tests."""

    def __init__(self, clients: Clients, clock: Any) -> None:
        self.clock = clock
        self.pipeline = Pipeline(clients)
        self.s3, self.name = clients.s3, self.pipeline.name
        self.dynamodb = clients.dynamodb
        self.catalog = MemoryCatalog()
        self.restart()

    def restart(self) -> None:
        """Start new processes."""
        self.pipeline.restart()
        rewrites = S3Rewrites(self.s3, self.name)
        deletions = DynamoDBDeletions(self.dynamodb, self.name, lambda _: None)
        self.files = S3LakeFiles(self.s3, self.name)
        self.erasures = self.pipeline.erasures = self._erasures()
        self.archive = Archive(S3Lake(self.s3, self.name), self.erasures, self.now)
        self.directory = DynamoDBDirectory(self.dynamodb, self.name)
        self.leave_out_deleted = LeaveOutDeleted(self.erasures, self.now)
        items = DynamoDBTenantItems(self.dynamodb, self.name, timedelta(days=3))
        shared = {
            "table": EraseTable(self.pipeline.store, deletions, RETENTION),
            "results": EraseResults(rewrites, self.now),
        }
        of_documents: Any = {
            **shared,
            "raw": EraseLake("raw", rewrites, deletions, self.now, SETTLE / 6),
            "enriched": EraseLake("enriched", rewrites, deletions, self.now, SETTLE / 6),
            "quarantine": EraseQuarantine(self.pipeline.quarantine, rewrites),
            "compacted": EraseCompacted(self.compact, self.catalog, self.files, self.now, SETTLE),
        }
        of_tenants: Any = {
            **shared,
            "raw": EraseTenantLake("raw", rewrites, deletions),
            "enriched": EraseTenantLake("enriched", rewrites, deletions),
            "quarantine": EraseTenantQuarantine(rewrites),
            "compacted": EraseTenantCompacted(self.catalog, rewrites),
            "derived": EraseDerived(items, self.erasures, self.now),
        }
        self.erase = Erase(
            self.erasures,
            S3Receipts(self.s3, self.name),
            self.directory,
            {"document": of_documents, "author": of_documents, "tenant": of_tenants},
            SETTLE,
            MEMBERSHIP,
            self.now,
        )

    def _erasures(self) -> DynamoDBErasures:
        erasures = DynamoDBErasures(self.dynamodb, self.name, self.now)
        self.pipeline.consume = type(self.pipeline.consume)(
            self.pipeline.ingest, self.pipeline.quarantine, erasures, lambda _: PLAIN
        )
        return erasures

    def now(self) -> datetime:
        return datetime.now(NOW.tzinfo)

    def send(self, rows: list[dict[str, Any]], tenant: str = "acme", path: str = "direct") -> None:
        self.pipeline.send(path, tenant, rows, self.now())

    def consume(self) -> int:
        """Deliver all records of the stream; the number of documents that were dropped."""
        records = [one for shard in self.pipeline._stream_shards() for one in shard]
        return self.pipeline.consume(records, self.now()).erased

    def derive(self) -> None:
        """Deliver all changes of the table, to the lake and the counters."""
        for records in self.pipeline._table_shards():
            self.archive(table_stream.new_documents_of(records))
        self.pipeline.deliver("table", [], self.leave_out_deleted)

    def compact(self, now: datetime, days: Any) -> Report:
        """Write the scored documents of acme to a new folder for each day."""
        report = Report()
        for day in days:
            run = self.files.compacted_folder(day, f"{now:%H%M%S}")
            folder = compacted_tenant_folder(f"{run}part-00000/", "acme")
            bodies = [
                self.body(key)
                for key in self.object_keys("enriched/tenant_id=acme/")
                if f"dt={day}" in key
            ]
            if bodies:
                self.put(folder.removeprefix(f"s3://{self.name}/") + "part", b"".join(bodies))
                self.catalog.register(day, {"acme": CompactedDay(folder, "")})
            elif day in self.catalog.folders:
                self.catalog.remove(day, "acme")
        return report

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def quarantine(self, row: Any, tenant: str = "acme") -> None:
        item = document_item(tenant, row, CONFLICT, self.now(), self.now())
        self.pipeline.quarantine.add(item)

    def request(self, kind: Any, value: str, tenant: str = "acme") -> Erasure:
        name = erasure_id(self.now(), "1")
        erasure = self.erasures.create(tenant, name, subject_of(kind, value), self.now())
        self.clock.shift(1)
        return erasure

    def delete(self, tenant: str = "acme") -> Erasure:
        """Request the erasure of a tenant, as the command does."""
        found = self.directory.tenant(tenant)
        assert found
        self.directory.begin_deletion(found)
        name = deletion_id(found.created_at)
        erasure = self.erasures.create(tenant, name, Subject("tenant", tenant), self.now())
        self.clock.shift(1)
        return erasure

    def erase_round(self, erasure: Erasure) -> Erasure:
        """The first round of an erasure."""
        return self.erase(erasure, lambda: 900.0)

    def run(self, erasure: Erasure) -> Erasure:
        """Continue an erasure until it is done, with new workers after crashes."""
        for _ in range(100):
            try:
                current = self.erasures.get(erasure.tenant, erasure.id)
                assert current
                current = self.erase(current, lambda: 900.0)
            except Crash:
                self.restart()
                continue
            except (TryAgain, Overtaken, ClientError, BotoCoreError):
                continue
            except TooEarly:
                self.clock.shift(SETTLE)
                continue
            if current.state is State.DONE:
                return current
            self.clock.shift(SETTLE)
        raise AssertionError("the erasure does not end")

    def object_keys(self, prefix: str = "") -> list[str]:
        page = self.s3.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for item in page.get("Contents", [])]

    def body(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.name, Key=key)["Body"].read())

    def rows(self, zone: str, tenant: str = "acme") -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for key in self.object_keys(f"{zone}/tenant_id={tenant}/")
            for line in gzip.decompress(self.body(key)).splitlines()
        ]

    def traces(self, *texts: str) -> list[str]:
        """The keys of what still has one of these texts."""
        return traces(self.dynamodb, self.s3, self.name, self.name, *texts)

    def receipt(self, erasure: Erasure) -> dict[str, dict[str, int]]:
        """The names in the receipt, by place."""
        names: dict[str, dict[str, int]] = {}
        for key in self.object_keys(prefix_of(erasure)):
            place = key.rsplit("/", 1)[1].split("-")[1]
            names.setdefault(place, {}).update(json.loads(self.body(key)))
        return names
