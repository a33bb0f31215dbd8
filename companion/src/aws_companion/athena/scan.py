"""Scans a table for DuckDB: only the partitions and columns that a query needs.

DuckDB passes the columns that it needs, and the conditions that it can push down, to an Arrow
dataset. `LakeTable` lists its files only then.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow.fs import LocalFileSystem

from aws_companion.athena import text_files
from aws_companion.athena.catalog import Catalog, Partition, Table
from aws_companion.athena.execution import QueryFailed, ScanMeter
from aws_companion.athena.partition_filter import required_values
from aws_companion.athena.projection import UNCONSTRAINED, injected_columns, project_partitions
from aws_companion.athena.s3_objects import ObjectStore, ObjectSummary
from aws_companion.athena.type_names import arrow_type, schema

PATH = "$path"
BATCH_BYTES = 4_000_000
"""The approximate number of bytes of text that are parsed at once."""
_PARQUET = ds.ParquetFileFormat()
_ORC = ds.OrcFileFormat()
_NOWHERE = LocalFileSystem()
"""The file system of files that only carry partition expressions."""


class LakeTable(ds.InMemoryDataset):  # type: ignore[misc]
    """A table whose rows are read when DuckDB scans it. `failure` is the error of a scan."""

    def __init__(
        self, table: Table, catalog: Catalog, objects: ObjectStore, meter: ScanMeter
    ) -> None:
        self._columns = schema([*table.all_columns, (PATH, "string")])
        super().__init__(self._columns.empty_table())
        self._table = table
        self._catalog = catalog
        self._objects = objects
        self._meter = meter
        self.failure: Exception | None = None

    def scanner(
        self,
        columns: list[str] | None = None,
        filter: Any = None,  # noqa: A002 (the name that DuckDB gives it)
        **_: Any,
    ) -> ds.Scanner:
        """A scanner over the partitions that the condition does not exclude."""
        try:
            return self._scanner(columns or self._columns.names, filter)
        except Exception as error:
            self.failure = error
            raise

    def _scanner(self, columns: list[str], condition: Any) -> ds.Scanner:
        objects = list(self._list_objects(condition))
        if _is_columnar(self._table):
            dataset = self._columnar_dataset(objects, columns, condition)
            return dataset.scanner(columns=columns, filter=condition)
        needed = pa.schema(
            [self._columns.field(name) for name in self._needed_columns(columns, condition)]
        )
        batches = self._text_batches(objects, needed)
        return ds.Scanner.from_batches(batches, schema=needed, columns=columns, filter=condition)

    def _needed_columns(self, columns: list[str], condition: Any) -> list[str]:
        """The selected columns and those in the condition."""
        if condition is None:
            return columns
        named = str(condition)
        return [
            name
            for name in self._columns.names
            if name in columns or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", named)
        ]

    # Objects

    def _list_objects(self, condition: Any) -> Iterator[tuple[Partition, list[ObjectSummary]]]:
        partitions = self._partitions(condition)
        listings = self._objects.list_folders([partition.location for partition in partitions])
        for partition, objects in zip(partitions, listings, strict=True):
            self._meter.check()
            yield partition, objects

    def _partitions(self, condition: Any) -> list[Partition]:
        table = self._table
        if not table.partition_keys:
            return [Partition((), table.location.rstrip("/") + "/")]
        if not table.is_projected:
            return self._matching_partitions(self._registered_partitions(condition), condition)

        def keep(name: str, values: list[str]) -> list[str]:
            hive = dict(table.partition_keys)[name]
            equalities = [_equality(name, hive, value) for value in values]
            return [values[index] for index in self._matching_indices(equalities, condition)]

        projected = project_partitions(table, datetime.now(UTC), self._objects.subfolders, keep)
        matching = self._matching_partitions(projected, condition)
        for name in injected_columns(table):
            index = [key for key, _ in table.partition_keys].index(name)
            if any(partition.values[index] == UNCONSTRAINED for partition in matching):
                raise QueryFailed(
                    f"CONSTRAINT_VIOLATION: For the injected projected partition column {name},"
                    " the WHERE clause must contain only static equality conditions, and at least"
                    " one such condition must be present."
                )
        return matching

    def _registered_partitions(self, condition: Any) -> list[Partition]:
        """The catalog's partitions, or the one that a condition selects."""
        values = required_values(condition, [name for name, _ in self._table.partition_keys])
        if values is not None:
            return self._catalog.partition(self._table, values)
        return self._catalog.partitions(self._table)

    def _matching_partitions(
        self, partitions: Sequence[Partition], condition: Any
    ) -> list[Partition]:
        """The partitions that a condition does not exclude, as Arrow evaluates it."""
        expressions = [self._partition_expression(partition) for partition in partitions]
        return [partitions[index] for index in self._matching_indices(expressions, condition)]

    def _matching_indices(self, expressions: Sequence[Any], condition: Any) -> list[int]:
        """The indices of the partition expressions that a condition does not exclude."""
        if condition is None:
            return list(range(len(expressions)))
        fragments = [
            _PARQUET.make_fragment(str(index), _NOWHERE, partition_expression=expression)
            for index, expression in enumerate(expressions)
        ]
        dataset = ds.FileSystemDataset(fragments, self._columns, _PARQUET, _NOWHERE)
        return sorted(int(fragment.path) for fragment in dataset.get_fragments(filter=condition))

    def _partition_expression(self, partition: Partition) -> Any:
        expression: Any = None
        for (name, hive), value in zip(self._table.partition_keys, partition.values, strict=True):
            equal = _equality(name, hive, value)
            expression = equal if expression is None else expression & equal
        return expression

    # Rows

    def _columnar_dataset(
        self,
        objects: Sequence[tuple[Partition, list[ObjectSummary]]],
        columns: list[str],
        condition: Any,
    ) -> ds.FileSystemDataset:
        file_format = _PARQUET if "parquet" in self._table.serde.lower() else _ORC
        pairs = [(partition, summary) for partition, summaries in objects for summary in summaries]
        bodies = self._objects.get_all(summary.uri for _, summary in pairs)
        needed = set(self._needed_columns(columns, condition))
        fragments = []
        for (partition, summary), body in zip(pairs, bodies, strict=True):
            expression = pc.field(PATH) == summary.uri
            if partition.values:
                expression = expression & self._partition_expression(partition)
            fragment = file_format.make_fragment(
                pa.py_buffer(body), partition_expression=expression
            )
            if file_format is _PARQUET:
                fragment = self._row_groups(fragment, summary, condition)
                self._meter.add(_parquet_bytes(fragment, needed))
            else:
                self._meter.add(summary.size)
            fragments.append(fragment)
        return ds.FileSystemDataset(fragments, self._columns, file_format)

    def _row_groups(self, fragment: Any, summary: ObjectSummary, condition: Any) -> Any:
        """The row groups that the file's statistics do not exclude."""
        try:
            fragment.ensure_complete_metadata()
        except pa.ArrowInvalid as error:
            raise QueryFailed(
                f"HIVE_BAD_DATA: Not valid Parquet file: {summary.uri}: {error}"
            ) from error
        if condition is None:
            return fragment
        return fragment.subset(filter=condition, schema=self._columns)

    def _text_batches(
        self, objects: Sequence[tuple[Partition, list[ObjectSummary]]], needed: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        read = text_files.csv_rows if _is_delimited(self._table) else text_files.json_rows
        try:
            for texts in self._read_texts(objects):
                yield from read(self._table, texts, needed).to_batches()
        except Exception as error:
            self.failure = error
            raise

    def _read_texts(
        self, objects: Sequence[tuple[Partition, list[ObjectSummary]]]
    ) -> Iterator[list[text_files.TextObject]]:
        """The lines of the objects, a few megabytes at a time."""
        names = [name for name, _ in self._table.partition_keys]
        pairs = [(partition, summary) for partition, summaries in objects for summary in summaries]
        bodies = self._objects.get_all(summary.uri for _, summary in pairs)
        texts: list[text_files.TextObject] = []
        size = 0
        for (partition, summary), body in zip(pairs, bodies, strict=True):
            self._meter.add(summary.size)
            lines = text_files.read_lines(summary, body)
            constants = {**dict(zip(names, partition.values, strict=True)), PATH: summary.uri}
            texts.append(text_files.TextObject(lines, constants))
            size += sum(map(len, lines))
            if size > BATCH_BYTES:
                yield texts
                texts, size = [], 0
        if texts:
            yield texts


@lru_cache(maxsize=65536)
def _equality(name: str, hive: str, value: str) -> Any:
    """An expression for a partition column's value. Cached: each query needs all of them."""
    return pc.field(name) == pa.array([value], pa.string()).cast(arrow_type(hive))[0]


def _is_columnar(table: Table) -> bool:
    return any(kind in table.serde.lower() for kind in ("parquet", "orc"))


def _is_delimited(table: Table) -> bool:
    return any(kind in table.serde for kind in ("LazySimpleSerDe", "OpenCSVSerde"))


def _parquet_bytes(fragment: Any, columns: set[str]) -> int:
    """The bytes that a columnar reader fetches: the footer and the chunks of the columns."""
    metadata = fragment.metadata
    size = int(metadata.serialized_size) + 8
    for fragment_group in fragment.row_groups:
        row_group = metadata.row_group(fragment_group.id)
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            if chunk.path_in_schema.split(".")[0] in columns:
                size += chunk.total_compressed_size
    return size
