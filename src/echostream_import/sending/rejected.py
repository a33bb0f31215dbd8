"""The file with the rows that were refused, in a form that is corrected and imported again.

Each row has its line and the reason first, then its own values as they were read.
"""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from echostream_import.documents.own_files import FILE, LINE, REASON
from echostream_import.documents.row_ids import normal_name
from echostream_import.documents.values import canonical
from echostream_import.rows import Row
from echostream_import.sending.journal import Progress, Spool

SUFFIX = ".rejected.csv"


def path_beside(path: Path, name: str, working_directory: Path) -> Path:
    """Where the file is: beside a file, else (a folder, a stream) in the working directory.

    It is there too if the folder of the file cannot be written.
    """
    if not path.is_file():
        return working_directory / f"{name}{SUFFIX}"
    is_writable = os.access(path.parent, os.W_OK)
    return (path.parent if is_writable else working_directory) / f"{path.name}{SUFFIX}"


def names_parts(progress: Progress, name: str) -> bool:
    """Whether the file needs the names of the parts of `name`, on which ids of rows depend.

    It does for several parts, and for one of another name, alone in a folder or an archive.
    """
    is_other = normal_name(progress.part).casefold() != normal_name(name).casefold()
    return progress.has_parts or (is_other and progress.part != "")


def entry(row: Row, reason: str) -> dict[str, Any]:
    """A refused row as JSON."""
    values = {name: canonical(value) for name, value in row.values.items()}
    return {FILE: row.part, LINE: row.line, REASON: reason, "values": values}


def write(spool: Spool, path: Path, *, has_parts: bool) -> bool:
    """Write refused rows; without any, remove the file of an earlier import. Whether there are any.

    UTF-8 with a byte order mark, by which Excel knows it.
    """
    names = {name: None for one in spool.values() for name in one["values"]}
    if not spool.size:
        path.unlink(missing_ok=True)
        return False
    first = [FILE, LINE, REASON] if has_parts else [LINE, REASON]
    with path.open("w", newline="", encoding="utf-8-sig", errors="backslashreplace") as out:
        writer = csv.writer(out)
        writer.writerow([*first, *names])
        writer.writerows(_rows(spool, first, list(names)))
    return True


def _rows(spool: Spool, first: list[str], names: list[str]) -> Iterator[list[Any]]:
    for one in spool.values():
        yield [*(one[name] for name in first), *(one["values"].get(name, "") for name in names)]
