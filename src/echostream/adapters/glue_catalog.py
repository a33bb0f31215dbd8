"""The Glue catalog as the compaction uses it: partitions of `compacted`, and views."""

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from echostream.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

TABLE = "compacted"
_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")
_CREATE = re.compile(r"CREATE OR REPLACE VIEW \w+ AS\s+", re.IGNORECASE)


class Catalog:
    """A database of the Glue catalog."""

    def __init__(self, client: "GlueClient", database: str) -> None:
        self._client = client
        self._database = database

    def compacted_days(self) -> dict[str, str]:
        """The folder of each day that is compacted."""
        pages = self._client.get_paginator("get_partitions").paginate(
            DatabaseName=self._database, TableName=TABLE, ExcludeColumnSchema=True
        )
        return {
            found["Values"][0]: found["StorageDescriptor"]["Location"]
            for page in pages
            for found in page["Partitions"]
        }

    def register(self, day: str, folder: str) -> None:
        """Have a day's partition point at a folder, whether it is new or pointed elsewhere."""
        table = self._client.get_table(DatabaseName=self._database, Name=TABLE)["Table"]
        descriptor: Any = {**table["StorageDescriptor"], "Location": folder}
        partition: Any = {"Values": [day], "StorageDescriptor": descriptor}
        try:
            self._client.create_partition(
                DatabaseName=self._database, TableName=TABLE, PartitionInput=partition
            )
        except self._client.exceptions.AlreadyExistsException:
            answer = self._client.batch_update_partition(
                DatabaseName=self._database,
                TableName=TABLE,
                Entries=[{"PartitionValueList": [day], "PartitionInput": partition}],
            )
            if answer.get("Errors"):
                raise TryAgain(f"glue: {answer['Errors']}") from None

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""
        return self._table(name) is not None

    def is_view(self, name: str, create: str) -> bool:
        """Whether a view is there, and is what a CREATE OR REPLACE VIEW would make of it."""
        found = self._table(name) or {}
        kept = _VIEW.search(found.get("ViewOriginalText") or "")
        wanted = _CREATE.sub("", create, count=1)
        return kept is not None and _original(kept[1]) == wanted

    def _table(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._client.get_table(DatabaseName=self._database, Name=name)["Table"]
        except self._client.exceptions.EntityNotFoundException:
            return None


def _original(encoded: str) -> str:
    return str(json.loads(base64.b64decode(encoded))["originalSql"])
