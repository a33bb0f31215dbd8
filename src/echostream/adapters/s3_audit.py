"""Copies of the audit log's items in a bucket with Object Lock, in which nothing can be changed.

    audit/tenant_id=T/dt=YYYY-MM-DD/hour=HH/<hash>.json.gz      a change of an item, a JSON object

`dt` and `hour` (UTC) are the time of the change by DynamoDB's clock. An object has one change: the
item as DynamoDB has it, and INSERT; MODIFY or REMOVE show that somebody changed the table's log by
hand. A repeat finds the object and writes nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.audit_items import KIND
from echostream.adapters.aws_errors import translated
from echostream.adapters.side_by_side import SideBySide
from echostream.adapters.table_keys import kind_of, tenant_of
from echostream.domain.json_lines import pack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Record = Mapping[str, Any]
EXISTS = "PreconditionFailed"
TIME_TO_LIVE = "dynamodb.amazonaws.com"
"""Who deletes expired items."""


@dataclass(frozen=True, slots=True)
class AuditChange:
    """A change of an item of the audit log."""

    tenant: str
    at: datetime
    row: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The key of the object; the same change has the same."""
        name = hashlib.sha256(json.dumps(self.row, sort_keys=True).encode()).hexdigest()[:32]
        folder = f"{KIND}/tenant_id={self.tenant}/dt={self.at:%Y-%m-%d}/hour={self.at:%H}"
        return f"{folder}/{name}.json.gz"


def audit_changes(records: Iterable[Record]) -> Iterator[AuditChange]:
    """The changes of the audit log in records of the table's stream, without expired items."""
    for record in records:
        content, by = record["dynamodb"], record.get("userIdentity") or {}
        if kind_of(content["Keys"]) == KIND and by.get("principalId") != TIME_TO_LIVE:
            at = datetime.fromtimestamp(content["ApproximateCreationDateTime"], UTC)
            item = content.get("NewImage") or content["Keys"]
            row = {"change": record["eventName"], "item": item}
            yield AuditChange(tenant_of(content["Keys"]), at, row)


class S3AuditCopies:
    """Writes changes of the audit log to a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._side_by_side = SideBySide()

    def write(self, changes: Sequence[AuditChange]) -> None:
        """Write an object for each change that has none. Raises `TryAgain` and `CallRefused`."""
        self._side_by_side.map(self._write, changes)

    def _write(self, change: AuditChange) -> None:
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=change.key,
                Body=pack([change.row]),
                ContentType="application/x-ndjson",
                ContentEncoding="gzip",
                ChecksumAlgorithm="SHA256",  # a bucket with Object Lock requires a checksum
                IfNoneMatch="*",
            )
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"].get("Code") == EXISTS:
                return
            raise translated("audit bucket", error) from error
