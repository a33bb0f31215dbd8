"""What erasures erased, in the lake: a JSON object for each part, with names and numbers.

erasures/tenant_id=T/<erasure>/<round>-<place>-<part>.json      {"<name>": <documents>, ...}
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.domain.codec import to_json
from echostream.domain.erasure import Erasure
from echostream.domain.lake import ERASURES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Receipts:
    """`Receipts` in a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def add(self, erasure: Erasure, found: Mapping[str, int]) -> Mapping[str, int]:
        key = f"{prefix_of(erasure)}{erasure.round}-{erasure.place}-{erasure.part:06}.json"
        try:
            former = self._read(key)
            names = {**found, **former}
            if names != former:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=to_json(names).encode(),
                    ContentType="application/json",
                )
        except (ClientError, BotoCoreError) as error:
            raise translated("lake", error) from error
        return names

    def _read(self, key: str) -> dict[str, int]:
        """The names of a part that another worker began; empty if none did."""
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return {}
        names: dict[str, int] = json.loads(response["Body"].read())
        return names


def prefix_of(erasure: Erasure) -> str:
    """The folder of an erasure's parts in the lake."""
    return f"{ERASURES}tenant_id={erasure.tenant}/{erasure.id}/"
