"""A separate lake for tests of the compaction."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.codec import scored_to_wire
from echostream.domain.compaction import Compaction
from echostream.domain.lake import Batch
from tests.builders import RETENTION, scored

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TODAY, YESTERDAY, EARLIER = (f"{NOON - timedelta(days=days):%Y-%m-%d}" for days in range(3))
TENANT = "acme"


class Lake:
    """A bucket and a database like those of the template, with operations for tests."""

    def __init__(self, settings, sandbox, name):
        self.bucket, self.database = f"lake-{name}", name
        self.s3 = settings.target.client("s3")
        self.glue = settings.target.client("glue")
        self.athena = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], self.database)
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": name})
        for table in ("raw", "enriched", "compacted", "compacted_documents"):
            self._copy(sandbox, table)

    def _copy(self, sandbox, name):
        table = self.glue.get_table(DatabaseName=sandbox["DATABASE"], Name=name)["Table"]
        fields = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
        text = json.dumps({field: table[field] for field in fields})
        copy = json.loads(text.replace(sandbox["LAKE_BUCKET"], self.bucket))
        self.glue.create_table(DatabaseName=self.database, TableInput=copy)

    def compaction(self, **replacements):
        """A compaction of this lake; replacements take the place of its adapters, by name."""
        adapters = {
            "athena": self.athena,
            "catalog": GlueCatalog(self.glue, self.database),
            "files": S3LakeFiles(self.s3, self.bucket),
        }
        return Compaction(**{**adapters, **replacements}, retention=RETENTION)

    def put(self, day, *names, batch="b1", tenant=TENANT, at=None, **fields):
        """Write documents with these ids as one object, as the pipeline does.

        They arrive at noon of the day or `at`. Other fields are those of `scored`: its `at` is the
        time of arrival, unless `written` is given.
        """
        at = at or datetime.fromisoformat(f"{day}T12:00:00Z")
        written = fields.pop("written", at)
        documents = [scored(name, at=written, arrived=at, compound=0.5, **fields) for name in names]
        rows = [scored_to_wire(document) for document in documents]
        S3Lake(self.s3, self.bucket).write("enriched", Batch(tenant, at, batch), rows)

    def put_bytes(self, key, body):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def counts(self):
        """The tenant's documents by day of arrival, as readers of the view see them."""
        rows: list[Any] = self.athena.query(
            f"SELECT dt, count(*), count(DISTINCT id) FROM documents"
            f" WHERE tenant_id = '{TENANT}' GROUP BY dt"
        ).rows
        assert all(total == distinct for _, total, distinct in rows)
        return {day: int(total) for day, total, _ in rows}

    def keys(self, prefix):
        page = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return sorted(item["Key"] for item in page.get("Contents", []))


def pack(*rows):
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
