"""The quarantine in the lake's bucket: one object for each item."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.domain.codec import to_json
from echostream.domain.quarantine import PREFIX, Quarantined, item_from_wire, item_to_wire

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EXISTS = "PreconditionFailed"
"""S3's code if an object with this key exists."""


class S3Quarantine:
    """The `Quarantine` of a bucket; admins also list and remove items, operators replace them."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def add(self, item: Quarantined) -> bool:
        try:
            self._put(item, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] == EXISTS:
                return False
            raise translated("quarantine", error) from error
        except BotoCoreError as error:
            raise translated("quarantine", error) from error
        return True

    def items(self, tenant: str = "", after: str = "") -> Iterator[Quarantined]:
        """The items of a tenant, or of all, in the order of their keys, from after a key on.

        Raises `TryAgain` and `CallRefused`.
        """
        prefix = f"{PREFIX}tenant_id={tenant}/" if tenant else PREFIX
        start: Any = {"StartAfter": after} if after else {}
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, **start
        )
        try:
            for page in pages:
                for summary in page.get("Contents", []):
                    if item := self.get(summary["Key"]):
                        yield item
        except (ClientError, BotoCoreError) as error:
            raise translated("quarantine", error) from error

    def get(self, key: str) -> Quarantined | None:
        """The item with a key; None if there is none. Raises `TryAgain` and `CallRefused`."""
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=key)
            return item_from_wire(json.loads(response["Body"].read()))
        except self._client.exceptions.NoSuchKey:
            return None
        except (ClientError, BotoCoreError) as error:
            raise translated("quarantine", error) from error

    def replace(self, item: Quarantined) -> None:
        """Store an item in place of the one with the same id."""
        self._put(item)

    def remove(self, item: Quarantined) -> None:
        """Delete an item. Raises `TryAgain` and `CallRefused`."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=item.key)
        except (ClientError, BotoCoreError) as error:
            raise translated("quarantine", error) from error

    def _put(self, item: Quarantined, **condition: Any) -> None:
        self._client.put_object(
            Bucket=self._bucket,
            Key=item.key,
            Body=to_json(item_to_wire(item)).encode(),
            ContentType="application/json",
            **condition,
        )
