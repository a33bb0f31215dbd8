"""Parquet files, by batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from echostream_import.reading.parts import Part
from echostream_import.rows import FileError, Row

BATCH_ROWS = 4_096
BUFFER = 1 << 20
_INDEX = "__index_level_"
"""What pandas names an index without a name: row numbers, no data."""


class ParquetRows:
    """The rows of a Parquet file. Raises `FileError` if it has none or is damaged."""

    def __init__(self, part: Part) -> None:
        self._part = part
        with self._open() as file:
            names = file.schema_arrow.names
            self._count = file.metadata.num_rows
            groups = file.metadata.num_row_groups
        self.columns: Sequence[str] = [name for name in names if not name.startswith(_INDEX)]
        if not self._count:
            raise FileError(f"{part.place}: a Parquet file without rows")
        self.notes = [f"Parquet, {self._count:,} rows in {groups:,} row group(s)"]

    def rows(self) -> Iterator[Row]:
        """All rows, typed as the file has them; bytes are text if they are UTF-8."""
        name, line = self._part.name, 0
        with self._open() as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(self.columns)):
                for values in _in_microseconds(batch).to_pylist():
                    line += 1
                    yield Row(name, line, {key: _plain(value) for key, value in values.items()})

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import pyarrow
        from pyarrow.parquet import ParquetFile

        with self._part.open_seekable() as stream:
            try:
                with ParquetFile(stream, buffer_size=BUFFER, pre_buffer=False) as file:
                    yield file
            except (pyarrow.ArrowException, OSError) as error:
                raise FileError(
                    f"{self._part.place}: a damaged or cut off Parquet file ({error}); write it"
                    " or get it again"
                ) from error


def _in_microseconds(batch: Any) -> Any:
    """Python's times have no nanoseconds."""
    import pyarrow

    for place, field in enumerate(batch.schema):
        if pyarrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            coarse = batch.column(place).cast(pyarrow.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(place, field.name, coarse)
    return batch


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
