"""Writes the tables and partitions of a crawl to the Glue catalog, as Glue's crawlers do."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from aws_companion.crawler.objects import Partition, Table
from aws_companion.crawler.report import CrawlReport
from aws_companion.crawler.schema import hive
from aws_companion.crawler.table_input import (
    BY,
    Definition,
    is_changed,
    is_unchanged,
    parameters_of,
    storage,
)

BATCH = 100
"""The most partitions in one request."""
DEPRECATED = "DEPRECATED_BY_CRAWLER"


class Catalog:
    """The database of a crawler, changed as far as the crawler's policies allow."""

    def __init__(self, glue: Any, crawler: Definition, report: CrawlReport) -> None:
        policy = crawler.get("SchemaChangePolicy") or {}
        output = json.loads(crawler.get("Configuration") or "{}").get("CrawlerOutput", {})
        self._glue = glue
        self._report = report
        self._crawler = str(crawler["Name"])
        self._prefix = str(crawler.get("TablePrefix") or "")
        self._database = str(crawler.get("DatabaseName") or "default")
        self._may_update = policy.get("UpdateBehavior") != "LOG"
        self._on_delete = str(policy.get("DeleteBehavior") or "DEPRECATE_IN_DATABASE")
        self._merges_columns = (
            output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns"
        )
        self._written: set[str] = set()
        self._existing = self._existing_tables()

    def write(self, table: Table) -> None:
        """Create or update a table and its partitions.

        A table of the same folder that no crawler created does not change.
        """
        name = self._name(table)
        self._written.add(name)
        existing = self._existing.get(name)
        if existing and BY not in existing.get("Parameters", {}):
            self._report.say("WARN", f"Table {name} was not made by a crawler; left as it is")
            return
        table_input = self._table_input(name, table, existing)
        if existing is None:
            self._glue.create_table(DatabaseName=self._database, TableInput=table_input)
            self._report.created(name, self._database)
        elif not is_unchanged(existing, table_input):
            if self._may_update:
                self._glue.update_table(DatabaseName=self._database, TableInput=table_input)
                self._report.updated(name, self._database)
            else:
                self._report.only_logged(f"Table {name} has changed")
                table_input = dict(existing)
        if table.keys:
            self._write_partitions(name, table_input, table)

    def remove_missing(self, targets: Sequence[str], remaining_uris: Sequence[str]) -> None:
        """Apply DeleteBehavior to this crawler's tables that no longer have objects.

        A table with an object that the crawl skipped (`remaining_uris`) does not change.
        """
        for name, table in self._existing.items():
            location = table.get("StorageDescriptor", {}).get("Location", "")
            is_mine = table.get("Parameters", {}).get(BY) == self._crawler
            is_gone = not any(uri.startswith(location) for uri in remaining_uris)
            if (
                is_mine
                and is_gone
                and name not in self._written
                and location.startswith(tuple(targets))
            ):
                self._remove(name, table)

    def _existing_tables(self) -> dict[str, Definition]:
        """The existing tables by name. Creates the database if it does not exist."""
        try:
            self._glue.get_database(Name=self._database)
        except self._glue.exceptions.EntityNotFoundException:
            self._glue.create_database(DatabaseInput={"Name": self._database})
            self._report.say("INFO", f"Created database {self._database}")
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database)
        return {table["Name"]: table for page in pages for table in page["TableList"]}

    def _name(self, table: Table) -> str:
        """The name of a table; a hash distinguishes folders of the same name."""
        name = re.sub(r"[^a-z0-9]", "_", (self._prefix + table.folder).lower())
        existing = self._existing.get(name)
        location = existing and existing.get("StorageDescriptor", {}).get("Location", "")
        if name in self._written or (existing and _with_slash(str(location)) != table.location):
            digest = hashlib.md5(table.location.encode(), usedforsecurity=False).hexdigest()
            return f"{name}_{digest}"
        return name

    def _table_input(self, name: str, table: Table, existing: Definition | None) -> dict[str, Any]:
        """A TableInput. Columns keep their order, except for CSV, whose files define it."""
        columns = {column.lower(): hive(kind) for column, kind in table.columns.items()}
        for key in set(columns) & set(table.keys):
            del columns[key]
            self._report.say("WARN", f"Column {key} of table {name} is a partition key too")
        if existing:
            existing_columns = {
                c["Name"]: c["Type"] for c in existing["StorageDescriptor"].get("Columns", [])
            }
            if self._merges_columns:
                columns = existing_columns | {
                    c: kind for c, kind in columns.items() if c not in existing_columns
                }
            elif table.layout.format != "csv":
                order = {column: index for index, column in enumerate(existing_columns)}
                columns = dict(sorted(columns.items(), key=lambda c: order.get(c[0], len(order))))
        parameters = parameters_of(table, table.statistics, self._crawler)
        return {
            "Name": name,
            "Owner": "owner",
            "Retention": 0,
            "StorageDescriptor": storage(table, table.location, columns, parameters),
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.keys],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
        }

    def _write_partitions(self, name: str, table_input: Definition, table: Table) -> None:
        location = {"DatabaseName": self._database, "TableName": name}
        pages = self._glue.get_paginator("get_partitions").paginate(**location)
        existing = {
            tuple(partition["Values"]): partition
            for page in pages
            for partition in page["Partitions"]
        }
        inputs = {
            partition.values: self._partition(partition, table_input, table)
            for partition in table.partitions
        }
        new = [partition for values, partition in inputs.items() if values not in existing]
        for batch in _batches(new):
            response = self._glue.batch_create_partition(**location, PartitionInputList=batch)
            self._report.partitions("Created", name, batch, response.get("Errors", []))
        changed = [
            partition
            for values, partition in inputs.items()
            if values in existing and is_changed(existing[values], partition)
        ]
        if self._may_update:
            self._update_partitions(location, changed)
        obsolete = [partition for values, partition in existing.items() if values not in inputs]
        for partition in obsolete:
            self._remove_partition(location, partition, len(table.keys))

    def _partition(
        self, partition: Partition, table_input: Definition, table: Table
    ) -> dict[str, Any]:
        """A PartitionInput with the table's columns; other columns would break queries."""
        columns = {c["Name"]: c["Type"] for c in table_input["StorageDescriptor"]["Columns"]}
        parameters = parameters_of(table, partition.statistics, self._crawler)
        descriptor = storage(table, partition.location, columns, parameters)
        return {
            "Values": [*partition.values],
            "StorageDescriptor": descriptor,
            "Parameters": parameters,
        }

    def _update_partitions(self, location: dict[str, str], changed: Sequence[Any]) -> None:
        for batch in _batches(changed):
            entries = [
                {"PartitionValueList": partition["Values"], "PartitionInput": partition}
                for partition in batch
            ]
            response = self._glue.batch_update_partition(**location, Entries=entries)
            self._report.partitions(
                "Updated", location["TableName"], batch, response.get("Errors", [])
            )

    def _remove_partition(self, table: dict[str, str], partition: Definition, keys: int) -> None:
        """Apply DeleteBehavior. A partition with other keys is always deleted."""
        name, values, location = (
            table["TableName"],
            partition["Values"],
            partition["StorageDescriptor"]["Location"],
        )
        if self._report.has_left_out(location) and len(values) == keys:
            return
        if self._on_delete == "DELETE_FROM_DATABASE" or len(values) != keys:
            self._glue.delete_partition(**table, PartitionValues=values)
            self._report.partitions("Deleted", name, [partition], [])
        elif self._on_delete == "LOG":
            self._report.only_logged(f"Partition {values} of table {name} no longer has objects")
        elif DEPRECATED not in partition.get("Parameters", {}):
            partition_input = {
                key: partition[key] for key in ("Values", "StorageDescriptor", "Parameters")
            }
            partition_input["Parameters"] = {**partition_input["Parameters"], DEPRECATED: _now()}
            self._update_partitions(table, [partition_input])

    def _remove(self, name: str, table: Definition) -> None:
        if self._on_delete == "DELETE_FROM_DATABASE":
            self._glue.delete_table(DatabaseName=self._database, Name=name)
            self._report.deleted(name, self._database)
        elif self._on_delete == "LOG":
            self._report.only_logged(f"Table {name} no longer has objects")
        elif DEPRECATED not in table["Parameters"]:
            table_input = {
                key: table[key] for key in ("Name", "StorageDescriptor", "PartitionKeys")
            }
            parameters = {**table["Parameters"], DEPRECATED: _now()}
            deprecated = {**table_input, "TableType": "EXTERNAL_TABLE", "Parameters": parameters}
            self._glue.update_table(DatabaseName=self._database, TableInput=deprecated)
            self._report.updated(name, self._database, "deprecated: it no longer has objects")


def _batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _with_slash(location: str) -> str:
    return location if location.endswith("/") else location + "/"


def _now() -> str:
    """Milliseconds since 1970, as Glue writes a time into a parameter."""
    return str(int(datetime.now(UTC).timestamp() * 1000))
