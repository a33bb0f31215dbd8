"""The sample data in the lake, which sources of the kind `replay` repeat."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from echostream.adapters.aws_errors import translating
from echostream.domain.json_lines import pack, unpack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "replay/documents.json.gz"


class S3Samples:
    """Documents in one object of a bucket. Every method may raise `TryAgain` and `CallRefused`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def exist(self) -> bool:
        """Whether the object exists."""
        with translating("samples"):
            listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=KEY)
        return listed["KeyCount"] > 0

    def read(self) -> list[dict[str, Any]]:
        """The documents."""
        with translating("samples"):
            response = self._client.get_object(Bucket=self._bucket, Key=KEY)
            return unpack(response["Body"].read())

    def write(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Store documents in place of the former ones."""
        with translating("samples"):
            self._client.put_object(Bucket=self._bucket, Key=KEY, Body=pack(documents))
