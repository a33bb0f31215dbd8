"""The Glue catalog of the lake: partitions of `compacted`, and views."""

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


class GlueCatalog:
    """The `LakeCatalog` of a Glue database."""

    def __init__(self, client: "GlueClient", database: str) -> None:
        self._client = client
        self._database = database

    def compacted_days(self) -> dict[str, str]:
        pages = self._client.get_paginator("get_partitions").paginate(
            DatabaseName=self._database, TableName=TABLE, ExcludeColumnSchema=True
        )
        return {
            partition["Values"][0]: partition["StorageDescriptor"]["Location"]
            for page in pages
            for partition in page["Partitions"]
        }

    def register(self, day: str, folder: str) -> None:
        table = self._client.get_table(DatabaseName=self._database, Name=TABLE)["Table"]
        descriptor: Any = {**table["StorageDescriptor"], "Location": folder}
        partition: Any = {"Values": [day], "StorageDescriptor": descriptor}
        try:
            self._client.create_partition(
                DatabaseName=self._database, TableName=TABLE, PartitionInput=partition
            )
        except self._client.exceptions.AlreadyExistsException:
            response = self._client.batch_update_partition(
                DatabaseName=self._database,
                TableName=TABLE,
                Entries=[{"PartitionValueList": [day], "PartitionInput": partition}],
            )
            if response.get("Errors"):
                raise TryAgain(f"glue: {response['Errors']}") from None

    def has(self, name: str) -> bool:
        """Whether a table or view of this name exists."""
        return self._table(name) is not None

    def is_view(self, name: str, create: str) -> bool:
        table = self._table(name) or {}
        view = _VIEW.search(table.get("ViewOriginalText") or "")
        return view is not None and _original_sql(view[1]) == _CREATE.sub("", create, count=1)

    def _table(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._client.get_table(DatabaseName=self._database, Name=name)["Table"]
        except self._client.exceptions.EntityNotFoundException:
            return None


def _original_sql(encoded: str) -> str:
    return str(json.loads(base64.b64decode(encoded))["originalSql"])
