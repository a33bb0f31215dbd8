"""Tables and views of the Glue catalog, as a query engine sees them."""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_companion.athena.execution import QueryFailed

NamedType = tuple[str, str]
"""The name and the Hive type of a column."""
_VIEW = re.compile(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/")


@dataclass(frozen=True, slots=True)
class Partition:
    """The values of the partition columns, and the folder of the partition."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the catalog. `view` is the SQL of a view, empty for a table with files."""

    database: str
    name: str
    columns: Sequence[NamedType]
    partition_keys: Sequence[NamedType] = ()
    location: str = ""
    serde: str = ""
    serde_parameters: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    view: str = ""

    @property
    def all_columns(self) -> list[NamedType]:
        return [*self.columns, *self.partition_keys]

    @property
    def is_projected(self) -> bool:
        return self.parameters.get("projection.enabled", "").lower() == "true"


class Catalog:
    """The Glue catalog. Names are in lower case, as Glue stores them."""

    def __init__(self, glue: Any) -> None:
        self._glue = glue

    def table(self, database: str, name: str) -> Table:
        """A table or view. Raises `QueryFailed` if it does not exist."""
        try:
            table = self._glue.get_table(DatabaseName=database, Name=name)["Table"]
        except self._glue.exceptions.EntityNotFoundException as error:
            raise QueryFailed(
                f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{name}' does not exist"
            ) from error
        return table_from_glue(table)

    def partitions(self, table: Table) -> list[Partition]:
        """The registered partitions."""
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True
        )
        return [
            Partition(tuple(partition["Values"]), partition["StorageDescriptor"]["Location"])
            for page in pages
            for partition in page["Partitions"]
        ]

    def partition(self, table: Table, values: Sequence[str]) -> list[Partition]:
        """The registered partition with these values, or an empty list."""
        try:
            partition = self._glue.get_partition(
                DatabaseName=table.database, TableName=table.name, PartitionValues=list(values)
            )["Partition"]
        except self._glue.exceptions.EntityNotFoundException:
            return []
        return [Partition(tuple(partition["Values"]), partition["StorageDescriptor"]["Location"])]

    def add_partitions(
        self, table: Table, partitions: Sequence[Partition], if_not_exists: bool
    ) -> None:
        """Register partitions. Raises `QueryFailed` for an existing one unless `if_not_exists`."""
        descriptor = self._glue.get_table(DatabaseName=table.database, Name=table.name)["Table"][
            "StorageDescriptor"
        ]
        for start in range(0, len(partitions), 100):
            inputs = [
                {
                    "Values": list(partition.values),
                    "StorageDescriptor": {**descriptor, "Location": partition.location},
                }
                for partition in partitions[start : start + 100]
            ]
            response = self._glue.batch_create_partition(
                DatabaseName=table.database, TableName=table.name, PartitionInputList=inputs
            )
            _check_added(response.get("Errors", []), if_not_exists)

    def drop_partition(self, table: Table, values: Sequence[str]) -> None:
        self._glue.delete_partition(
            DatabaseName=table.database, TableName=table.name, PartitionValues=list(values)
        )

    def databases(self) -> list[str]:
        pages = self._glue.get_paginator("get_databases").paginate()
        return sorted(database["Name"] for page in pages for database in page["DatabaseList"])

    def tables(self, database: str) -> list[Table]:
        """The tables and views of a database, by name. Raises `QueryFailed`."""
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
        try:
            tables = [table_from_glue(table) for page in pages for table in page["TableList"]]
        except self._glue.exceptions.EntityNotFoundException as error:
            raise QueryFailed(f"SCHEMA_NOT_FOUND: Schema '{database}' does not exist") from error
        return sorted(tables, key=lambda table: table.name)

    def create_database(self, name: str, if_not_exists: bool) -> None:
        try:
            self._glue.create_database(DatabaseInput={"Name": name})
        except self._glue.exceptions.AlreadyExistsException as error:
            if not if_not_exists:
                raise QueryFailed(f"FAILED: AlreadyExistsException: {name}") from error

    def drop_database(self, name: str, if_exists: bool) -> None:
        try:
            self._glue.delete_database(Name=name)
        except self._glue.exceptions.EntityNotFoundException as error:
            if not if_exists:
                raise QueryFailed(f"FAILED: SemanticException {name} not found") from error

    def create_table(self, database: str, table_input: dict[str, Any], if_not_exists: bool) -> bool:
        """Whether the table is new. Raises `QueryFailed` if it exists, unless `if_not_exists`."""
        try:
            self._glue.create_table(DatabaseName=database, TableInput=table_input)
        except self._glue.exceptions.AlreadyExistsException as error:
            if if_not_exists:
                return False
            name = table_input["Name"]
            raise QueryFailed(
                f"TABLE_ALREADY_EXISTS: Table 'awsdatacatalog.{database}.{name}' already exists"
            ) from error
        except self._glue.exceptions.EntityNotFoundException as error:
            raise QueryFailed(f"SCHEMA_NOT_FOUND: Schema '{database}' does not exist") from error
        return True

    def update_table(self, database: str, table_input: dict[str, Any]) -> None:
        self._glue.update_table(DatabaseName=database, TableInput=table_input)

    def drop_table(self, database: str, name: str, if_exists: bool) -> None:
        try:
            self._glue.delete_table(DatabaseName=database, Name=name)
        except self._glue.exceptions.EntityNotFoundException as error:
            if not if_exists:
                raise QueryFailed(
                    f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}"
                ) from error


def _check_added(errors: Sequence[Mapping[str, Any]], if_not_exists: bool) -> None:
    for error in errors:
        details = error["ErrorDetail"]
        if details["ErrorCode"] != "AlreadyExistsException" or not if_not_exists:
            raise QueryFailed(f"FAILED: {details['ErrorCode']}: {details.get('ErrorMessage', '')}")


def table_from_glue(table: Mapping[str, Any]) -> Table:
    """A table as Glue's GetTable describes it."""
    descriptor = table.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    return Table(
        database=table["DatabaseName"],
        name=table["Name"],
        columns=list(_columns(descriptor.get("Columns") or [])),
        partition_keys=list(_columns(table.get("PartitionKeys") or [])),
        location=descriptor.get("Location") or "",
        serde=serde.get("SerializationLibrary") or "",
        serde_parameters=serde.get("Parameters") or {},
        parameters=table.get("Parameters") or {},
        view=_view_sql(table.get("ViewOriginalText") or ""),
    )


def _columns(columns: Sequence[Mapping[str, str]]) -> Iterator[NamedType]:
    for column in columns:
        yield column["Name"].lower(), column.get("Type", "string")


def _view_sql(text: str) -> str:
    match = _VIEW.search(text)
    return str(json.loads(base64.b64decode(match[1]))["originalSql"]) if match else ""


def view_input(name: str, database: str, sql: str, columns: Sequence[Any]) -> dict[str, Any]:
    """A TableInput for a view, as Athena writes it: (name, Hive type, Trino type) a column."""
    body = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": column, "type": trino} for column, _, trino in columns],
    }
    encoded = base64.b64encode(json.dumps(body).encode()).decode()
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": hive_type} for column, hive_type, _ in columns],
            "SerdeInfo": {},
        },
        "PartitionKeys": [],
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
    }
