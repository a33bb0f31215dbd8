"""A table of the catalog as DuckDB scans it: only the partitions and columns that a query needs.

DuckDB hands what it needs of a table (columns, and the conditions that it could move down to it)
to a dataset of Arrow. `LakeTable` is one whose files are found only then.
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
"""About how many bytes of text are turned into columns at once."""
_PARQUET = ds.ParquetFileFormat()
_ORC = ds.OrcFileFormat()
_NOWHERE = LocalFileSystem()
"""Of files that are only named, to have Arrow reason about their partitions."""


class LakeTable(ds.InMemoryDataset):  # type: ignore[misc]
    """A table's rows, read when DuckDB asks for them. `failure` is why a scan failed."""

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
        """A scanner over the partitions that the condition leaves."""
        try:
            return self._scanner(columns or self._columns.names, filter)
        except Exception as error:
            self.failure = error
            raise

    def _scanner(self, columns: list[str], condition: Any) -> ds.Scanner:
        stored = list(self._list_objects(condition))
        if _is_columnar(self._table):
            found = self._columnar_dataset(stored, columns, condition)
            return found.scanner(columns=columns, filter=condition)
        needed = pa.schema(
            [self._columns.field(name) for name in self._needed_columns(columns, condition)]
        )
        batches = self._text_batches(stored, needed)
        return ds.Scanner.from_batches(batches, schema=needed, columns=columns, filter=condition)

    def _needed_columns(self, columns: list[str], condition: Any) -> list[str]:
        """The columns asked for, and those that the condition is about."""
        if condition is None:
            return columns
        named = str(condition)
        return [
            name
            for name in self._columns.names
            if name in columns or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", named)
        ]

    # Which objects

    def _list_objects(self, condition: Any) -> Iterator[tuple[Partition, list[ObjectSummary]]]:
        partitions = self._partitions(condition)
        listed = self._objects.list_folders([one.location for one in partitions])
        for partition, stored in zip(partitions, listed, strict=True):
            self._meter.check()
            yield partition, stored

    def _partitions(self, condition: Any) -> list[Partition]:
        table = self._table
        if not table.partition_keys:
            return [Partition((), table.location.rstrip("/") + "/")]
        if not table.is_projected:
            return self._matching_partitions(self._registered_partitions(condition), condition)

        def keep(name: str, values: list[str]) -> list[str]:
            hive = dict(table.partition_keys)[name]
            equals = [_equality(name, hive, value) for value in values]
            return [values[at] for at in self._matching_indices(equals, condition)]

        every = project_partitions(table, datetime.now(UTC), self._objects.subfolders, keep)
        left = self._matching_partitions(every, condition)
        for name in injected_columns(table):
            at = [key for key, _ in table.partition_keys].index(name)
            if any(one.values[at] == UNCONSTRAINED for one in left):
                raise QueryFailed(
                    f"CONSTRAINT_VIOLATION: For the injected projected partition column {name},"
                    " the WHERE clause must contain only static equality conditions, and at least"
                    " one such condition must be present."
                )
        return left

    def _registered_partitions(self, condition: Any) -> list[Partition]:
        """The catalog's partitions; only the one where a condition names it."""
        values = required_values(condition, [name for name, _ in self._table.partition_keys])
        if values is not None:
            return self._catalog.partition(self._table, values)
        return self._catalog.partitions(self._table)

    def _matching_partitions(
        self, partitions: Sequence[Partition], condition: Any
    ) -> list[Partition]:
        """The partitions that a condition does not exclude, by Arrow's own reasoning."""
        expressions = [self._partition_expression(one) for one in partitions]
        return [partitions[at] for at in self._matching_indices(expressions, condition)]

    def _matching_indices(self, expressions: Sequence[Any], condition: Any) -> list[int]:
        """Which of what is said of partitions a condition does not exclude; by their numbers."""
        if condition is None:
            return list(range(len(expressions)))
        fragments = [
            _PARQUET.make_fragment(str(at), _NOWHERE, partition_expression=expression)
            for at, expression in enumerate(expressions)
        ]
        every = ds.FileSystemDataset(fragments, self._columns, _PARQUET, _NOWHERE)
        return sorted(int(one.path) for one in every.get_fragments(filter=condition))

    def _partition_expression(self, partition: Partition) -> Any:
        expression: Any = None
        for (name, hive), value in zip(self._table.partition_keys, partition.values, strict=True):
            equal = _equality(name, hive, value)
            expression = equal if expression is None else expression & equal
        return expression

    # Their rows

    def _columnar_dataset(
        self,
        stored: Sequence[tuple[Partition, list[ObjectSummary]]],
        columns: list[str],
        condition: Any,
    ) -> ds.FileSystemDataset:
        kind = _PARQUET if "parquet" in self._table.serde.lower() else _ORC
        pairs = [(partition, one) for partition, found in stored for one in found]
        bodies = self._objects.get_all(one.uri for _, one in pairs)
        needed = set(self._needed_columns(columns, condition))
        fragments = []
        for (partition, one), body in zip(pairs, bodies, strict=True):
            expression = pc.field(PATH) == one.uri
            if partition.values:
                expression = expression & self._partition_expression(partition)
            fragment = kind.make_fragment(pa.py_buffer(body), partition_expression=expression)
            if kind is _PARQUET:
                fragment = self._row_groups(fragment, one, condition)
                self._meter.add(_parquet_bytes(fragment, needed))
            else:
                self._meter.add(one.size)
            fragments.append(fragment)
        return ds.FileSystemDataset(fragments, self._columns, kind)

    def _row_groups(self, fragment: Any, stored: ObjectSummary, condition: Any) -> Any:
        """The row groups that the file's statistics do not exclude."""
        try:
            fragment.ensure_complete_metadata()
        except pa.ArrowInvalid as error:
            raise QueryFailed(
                f"HIVE_BAD_DATA: Not valid Parquet file: {stored.uri}: {error}"
            ) from error
        if condition is None:
            return fragment
        return fragment.subset(filter=condition, schema=self._columns)

    def _text_batches(
        self, stored: Sequence[tuple[Partition, list[ObjectSummary]]], needed: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        read = text_files.csv_rows if _is_delimited(self._table) else text_files.json_rows
        try:
            for texts in self._read_texts(stored):
                yield from read(self._table, texts, needed).to_batches()
        except Exception as error:
            self.failure = error
            raise

    def _read_texts(
        self, stored: Sequence[tuple[Partition, list[ObjectSummary]]]
    ) -> Iterator[list[text_files.TextObject]]:
        """The lines of the objects, some megabytes at a time."""
        names = [name for name, _ in self._table.partition_keys]
        pairs = [(partition, one) for partition, found in stored for one in found]
        bodies = self._objects.get_all(one.uri for _, one in pairs)
        texts: list[text_files.TextObject] = []
        size = 0
        for (partition, one), body in zip(pairs, bodies, strict=True):
            self._meter.add(one.size)
            lines = text_files.read_lines(one, body)
            constants = {**dict(zip(names, partition.values, strict=True)), PATH: one.uri}
            texts.append(text_files.TextObject(lines, constants))
            size += sum(map(len, lines))
            if size > BATCH_BYTES:
                yield texts
                texts, size = [], 0
        if texts:
            yield texts


@lru_cache(maxsize=65536)
def _equality(name: str, hive: str, value: str) -> Any:
    """That a partition column has a value. Kept, for each query asks it of every partition."""
    return pc.field(name) == pa.array([value], pa.string()).cast(arrow_type(hive))[0]


def _is_columnar(table: Table) -> bool:
    return any(kind in table.serde.lower() for kind in ("parquet", "orc"))


def _is_delimited(table: Table) -> bool:
    return any(kind in table.serde for kind in ("LazySimpleSerDe", "OpenCSVSerde"))


def _parquet_bytes(fragment: Any, columns: set[str]) -> int:
    """What a columnar reader fetches of a file: its footer, and the chunks of these columns."""
    metadata = fragment.metadata
    size = int(metadata.serialized_size) + 8
    for group in fragment.row_groups:
        found = metadata.row_group(group.id)
        for at in range(found.num_columns):
            chunk = found.column(at)
            if chunk.path_in_schema.split(".")[0] in columns:
                size += chunk.total_compressed_size
    return size
