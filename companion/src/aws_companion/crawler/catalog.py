"""What a crawl writes into the Glue catalog, as Glue's own crawlers write it."""

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
    differs,
    is_same,
    parameters_of,
    storage,
)

BATCH = 100
"""How many partitions the API takes at once."""
DEPRECATED = "DEPRECATED_BY_CRAWLER"


class Catalog:
    """The catalog's database of one crawler, changed as far as its policies allow."""

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
        self._keeps_columns = (
            output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns"
        )
        self._kept: set[str] = set()
        self._existing = self._prepared()

    def write(self, table: Table) -> None:
        """Create the table or bring it up to date, with its partitions.

        A table of the same folder that no crawler made (a template's, with projection) is kept.
        """
        name = self._name(table)
        self._kept.add(name)
        before = self._existing.get(name)
        if before and BY not in before.get("Parameters", {}):
            self._report.say("WARN", f"Table {name} was not made by a crawler; left as it is")
            return
        wanted = self._wanted(name, table, before)
        if before is None:
            self._glue.create_table(DatabaseName=self._database, TableInput=wanted)
            self._report.created(name, self._database)
        elif not is_same(before, wanted):
            if self._may_update:
                self._glue.update_table(DatabaseName=self._database, TableInput=wanted)
                self._report.updated(name, self._database)
            else:
                self._report.only_logged(f"Table {name} has changed")
                wanted = dict(before)
        if table.keys:
            self._write_partitions(name, wanted, table)

    def remove_missing(self, targets: Sequence[str], still_there: Sequence[str]) -> None:
        """Apply DeleteBehavior to this crawler's tables below the targets that were not found.

        A table with an object that the crawl left out (`still_there`, URIs) is left as it is.
        """
        for name, table in self._existing.items():
            location = table.get("StorageDescriptor", {}).get("Location", "")
            is_mine = table.get("Parameters", {}).get(BY) == self._crawler
            is_gone = not any(uri.startswith(location) for uri in still_there)
            if (
                is_mine
                and is_gone
                and name not in self._kept
                and location.startswith(tuple(targets))
            ):
                self._remove(name, table)

    def _prepared(self) -> dict[str, Definition]:
        """The tables that are there, by name; the database is made where there is none."""
        try:
            self._glue.get_database(Name=self._database)
        except self._glue.exceptions.EntityNotFoundException:
            self._glue.create_database(DatabaseInput={"Name": self._database})
            self._report.say("INFO", f"Created database {self._database}")
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database)
        return {table["Name"]: table for page in pages for table in page["TableList"]}

    def _name(self, table: Table) -> str:
        """Glue's name of a table; a hash tells two folders of the same name apart."""
        plain = re.sub(r"[^a-z0-9]", "_", (self._prefix + table.folder).lower())
        before = self._existing.get(plain)
        location = before and before.get("StorageDescriptor", {}).get("Location", "")
        if plain in self._kept or (before and _slashed(str(location)) != table.location):
            digest = hashlib.md5(table.location.encode(), usedforsecurity=False).hexdigest()
            return f"{plain}_{digest}"
        return plain

    def _wanted(self, name: str, table: Table, before: Definition | None) -> dict[str, Any]:
        """A TableInput. Columns keep the order that they had: only CSV has one of its own."""
        columns = {column.lower(): hive(kind) for column, kind in table.columns.items()}
        for key in set(columns) & set(table.keys):
            del columns[key]
            self._report.say("WARN", f"Column {key} of table {name} is a partition key too")
        if before:
            old = {c["Name"]: c["Type"] for c in before["StorageDescriptor"].get("Columns", [])}
            if self._keeps_columns:
                columns = old | {c: kind for c, kind in columns.items() if c not in old}
            elif table.layout.format != "csv":
                order = {column: index for index, column in enumerate(old)}
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

    def _write_partitions(self, name: str, wanted: Definition, table: Table) -> None:
        where = {"DatabaseName": self._database, "TableName": name}
        pages = self._glue.get_paginator("get_partitions").paginate(**where)
        before = {tuple(one["Values"]): one for page in pages for one in page["Partitions"]}
        found = {one.values: self._partition(one, wanted, table) for one in table.partitions}
        new = [one for values, one in found.items() if values not in before]
        for batch in _batches(new):
            answer = self._glue.batch_create_partition(**where, PartitionInputList=batch)
            self._report.partitions("Created", name, batch, answer.get("Errors", []))
        changed = [
            one
            for values, one in found.items()
            if values in before and differs(before[values], one)
        ]
        if self._may_update:
            self._update_partitions(where, changed)
        gone = [one for values, one in before.items() if values not in found]
        for one in gone:
            self._remove_partition(where, one, len(table.keys))

    def _partition(self, found: Partition, wanted: Definition, table: Table) -> dict[str, Any]:
        """A PartitionInput with the table's columns: a partition with its own breaks queries."""
        columns = {c["Name"]: c["Type"] for c in wanted["StorageDescriptor"]["Columns"]}
        parameters = parameters_of(table, found.statistics, self._crawler)
        described = storage(table, found.location, columns, parameters)
        return {"Values": [*found.values], "StorageDescriptor": described, "Parameters": parameters}

    def _update_partitions(self, where: dict[str, str], changed: Sequence[Any]) -> None:
        for batch in _batches(changed):
            entries = [
                {"PartitionValueList": one["Values"], "PartitionInput": one} for one in batch
            ]
            answer = self._glue.batch_update_partition(**where, Entries=entries)
            self._report.partitions("Updated", where["TableName"], batch, answer.get("Errors", []))

    def _remove_partition(self, where: dict[str, str], one: Definition, keys: int) -> None:
        """Apply DeleteBehavior; one that no longer fits the keys goes whatever that says."""
        name, values, location = (
            where["TableName"],
            one["Values"],
            one["StorageDescriptor"]["Location"],
        )
        if self._report.has_left_out(location) and len(values) == keys:
            return
        if self._on_delete == "DELETE_FROM_DATABASE" or len(values) != keys:
            self._glue.delete_partition(**where, PartitionValues=values)
            self._report.partitions("Deleted", name, [one], [])
        elif self._on_delete == "LOG":
            self._report.only_logged(f"Partition {values} of table {name} is gone")
        elif DEPRECATED not in one.get("Parameters", {}):
            kept = {key: one[key] for key in ("Values", "StorageDescriptor", "Parameters")}
            kept["Parameters"] = {**kept["Parameters"], DEPRECATED: _now()}
            self._update_partitions(where, [kept])

    def _remove(self, name: str, table: Definition) -> None:
        if self._on_delete == "DELETE_FROM_DATABASE":
            self._glue.delete_table(DatabaseName=self._database, Name=name)
            self._report.deleted(name, self._database)
        elif self._on_delete == "LOG":
            self._report.only_logged(f"The data of table {name} are gone")
        elif DEPRECATED not in table["Parameters"]:
            kept = {key: table[key] for key in ("Name", "StorageDescriptor", "PartitionKeys")}
            parameters = {**table["Parameters"], DEPRECATED: _now()}
            deprecated = {**kept, "TableType": "EXTERNAL_TABLE", "Parameters": parameters}
            self._glue.update_table(DatabaseName=self._database, TableInput=deprecated)
            self._report.updated(name, self._database, "deprecated: its data are gone")


def _batches(found: Sequence[Any]) -> Iterator[list[Any]]:
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        yield batch


def _slashed(location: str) -> str:
    return location if location.endswith("/") else location + "/"


def _now() -> str:
    """Milliseconds since 1970, as Glue writes a time into a parameter."""
    return str(int(datetime.now(UTC).timestamp() * 1000))
