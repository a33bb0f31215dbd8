"""Excel workbooks (.xlsx, .xlsm): the first sheet with rows, a hidden one only if no other has."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from echostream_import.reading.cells import is_empty
from echostream_import.reading.header import make_header
from echostream_import.reading.parts import Part, check_member
from echostream_import.rows import FileError, Row

HEADER_SAMPLE = 200
WORKBOOK = "xl/workbook.xml"
_FIX = "open it in a spreadsheet program and save it again as .xlsx or .csv"


class WorkbookRows:
    """The rows of a workbook's first sheet that has some, hidden sheets last.

    Raises `FileError` if none has.
    """

    def __init__(self, part: Part, is_headerless: bool | None) -> None:
        self._part = part
        with self._open() as book:
            sheets = sorted(book.sheetnames, key=lambda name: _is_hidden(book, name))
            self._sheet = next((name for name in sheets if _has_rows(book, name)), "")
            if not self._sheet:
                raise FileError(f"{part.place}: a workbook without rows; if it has some, {_FIX}")
            first = [cells for _, cells in islice(_filled(book, self._sheet), HEADER_SAMPLE)]
        self._header = make_header(first, is_headerless)
        self._skip = self._header.preamble + self._header.rows
        if self._skip >= len(first):
            raise FileError(f"{part.place}: names of columns and no rows")
        self.columns: Sequence[str] = self._header.columns
        others = [name for name in sheets if name != self._sheet]
        left = f"; left out: {', '.join(others[:10])}" if others else ""
        self.notes = [f"Excel workbook, sheet {self._sheet}{left}", *self._header.notes]

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty; dates are `datetime`, numbers are numbers."""
        with self._open() as book:
            for number, cells in islice(_filled(book, self._sheet), self._skip, None):
                values = self._header.values(cells)
                extra = len(cells) > len(self._header.names)
                problem = self._header.problem(cells) if extra else ""
                yield Row(self._part.name, number, values, problem)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with self._part.open_seekable() as stream, _errors(self._part.place):
            _check(stream, self._part.place)
            from openpyxl import load_workbook

            with warnings.catch_warnings():  # of styles and other things that rows do not need
                warnings.simplefilter("ignore")
                book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            try:
                yield book
            finally:
                book.close()


def _check(stream: BinaryIO, place: str) -> None:
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            check_member(member, place)
        if WORKBOOK not in archive.namelist():
            raise FileError(f"{place}: a damaged Excel workbook (it has no {WORKBOOK}); {_FIX}")


@contextmanager
def _errors(place: str) -> Iterator[None]:
    from openpyxl.utils.exceptions import InvalidFileException

    damaged = (
        zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError,
        AttributeError, IndexError, EOFError,
    )  # fmt: skip
    try:
        yield
    except damaged as error:
        raise FileError(f"{place}: a damaged Excel workbook ({error}); {_FIX}") from error


def _is_hidden(book: Any, name: str) -> bool:
    return bool(getattr(book[name], "sheet_state", "visible") != "visible")


def _has_rows(book: Any, name: str) -> bool:
    return any(True for _ in _filled(book, name))


def _filled(book: Any, name: str) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows that have values, with their numbers; charts have none."""
    sheet = book[name]
    if not hasattr(sheet, "iter_rows") or not hasattr(sheet, "reset_dimensions"):
        return
    sheet.reset_dimensions()  # what some programs write of them is wrong
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if not all(map(is_empty, cells)):
            yield number, cells
