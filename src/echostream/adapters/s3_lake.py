"""The lake in an S3 bucket: one object per batch and zone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.adapters.side_by_side import SideBySide
from echostream.domain.json_lines import pack
from echostream.domain.lake import Batch, Rows, Zone

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Lake:
    """The `Lake` of a bucket, and its `BulkLake`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._side_by_side = SideBySide()

    def write_many(self, zone: Zone, batches: Sequence[tuple[Batch, Rows]]) -> None:
        self._side_by_side.map(lambda batch: self.write(zone, *batch), batches)

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
            raise translated("lake", error) from error
