"""The Glue catalog of the lake: partitions of `compacted_documents`, and views."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from echostream.adapters.aws_errors import translating
from echostream.domain.errors import TryAgain
from echostream.domain.lake import CompactedDay
from echostream.domain.lake_sql import FIRST_DAY, view_definition

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

TABLE, VIEW = "compacted_documents", "documents"
STATE = "state"
"""The parameter of a partition with the hash of the objects that it is from."""
MAX_PARTITIONS = 100
"""In one call (Glue's limit)."""
EXISTS = "AlreadyExistsException"
_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")


class GlueCatalog:
    """The `LakeCatalog` of a Glue database."""

    def __init__(self, client: "GlueClient", database: str) -> None:
        self._client = client
        self._database = database

    def compacted_days(self) -> dict[str, dict[str, CompactedDay]]:
        pages = self._client.get_paginator("get_partitions").paginate(
            DatabaseName=self._database, TableName=TABLE, ExcludeColumnSchema=True
        )
        days: dict[str, dict[str, CompactedDay]] = {}
        for partition in (partition for page in pages for partition in page["Partitions"]):
            tenant, day = partition["Values"]
            folder = partition["StorageDescriptor"]["Location"]
            state = partition.get("Parameters", {}).get(STATE, "")
            days.setdefault(day, {})[tenant] = CompactedDay(folder, state)
        return days

    def register(self, day: str, tenants: Mapping[str, CompactedDay]) -> None:
        table = self._client.get_table(DatabaseName=self._database, Name=TABLE)["Table"]
        inputs: list[Any] = [
            {
                "Values": [tenant, day],
                "StorageDescriptor": {**table["StorageDescriptor"], "Location": one.folder},
                "Parameters": {STATE: one.state},
            }
            for tenant, one in tenants.items()
        ]
        for start in range(0, len(inputs), MAX_PARTITIONS):
            self._register(inputs[start : start + MAX_PARTITIONS])

    def _register(self, inputs: list[Any]) -> None:
        table: Any = {"DatabaseName": self._database, "TableName": TABLE}
        response: Any = self._client.batch_create_partition(**table, PartitionInputList=inputs)
        errors = response.get("Errors", [])
        existing = [e["PartitionValues"] for e in errors if e["ErrorDetail"]["ErrorCode"] == EXISTS]
        if len(existing) < len(errors):
            raise TryAgain(f"glue: {errors}")
        entries: list[Any] = [
            {"PartitionValueList": one["Values"], "PartitionInput": one}
            for one in inputs
            if one["Values"] in existing
        ]
        if entries:
            response = self._client.batch_update_partition(**table, Entries=entries)
            if response.get("Errors"):
                raise TryAgain(f"glue: {response['Errors']}")

    def remove(self, day: str, tenant: str) -> None:
        with suppress(self._client.exceptions.EntityNotFoundException):
            self._client.delete_partition(
                DatabaseName=self._database, TableName=TABLE, PartitionValues=[tenant, day]
            )

    def is_divided(self, name: str) -> bool:
        """Whether a view exists and reads days that are divided by tenant.

        A view of an older version reads days with all tenants in one file, which no session of a
        tenant can read.
        """
        return TABLE in self._sql(name)

    def is_view(self, name: str, create: str) -> bool:
        stored = view_definition(self._sql(name))
        return stored is not None and stored == view_definition(create)

    def compacted_to(self) -> str:
        with translating("glue"):
            definition = view_definition(self._sql(VIEW))
        return definition[1] if definition else FIRST_DAY

    def _sql(self, name: str) -> str:
        """The statement of a view; empty if there is none."""
        table = self._table(name) or {}
        view = _VIEW.search(table.get("ViewOriginalText") or "")
        return _original_sql(view[1]) if view else ""

    def _table(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._client.get_table(DatabaseName=self._database, Name=name)["Table"]
        except self._client.exceptions.EntityNotFoundException:
            return None


def _original_sql(encoded: str) -> str:
    return str(json.loads(base64.b64decode(encoded))["originalSql"])
