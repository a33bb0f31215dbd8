"""Files for tests, and their rows as a test compares them."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echostream_import.reading.opening import ReadOptions, open_rows
from echostream_import.rows import Row, RowFile


def opened(
    folder: Path,
    content: str | bytes,
    name: str = "reviews.csv",
    options: ReadOptions | None = None,
) -> RowFile:
    """A file with this content, opened. Text is UTF-8."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_rows(path, options)


def good(file: RowFile) -> list[dict[str, Any]]:
    """The values of the rows without a problem."""
    return [dict(row.values) for row in file.rows() if not row.problem]


def bad(file: RowFile) -> list[Row]:
    """The rows with a problem."""
    return [row for row in file.rows() if row.problem]


def zipped(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """A zip archive with these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
