"""Opens what a user names: a file, a folder, an archive, standard input, an upload."""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from echostream_import.reading import encoding
from echostream_import.reading.content import HEAD, Kind, kind_of, kind_of_text
from echostream_import.reading.delimited import DelimitedRows
from echostream_import.reading.json_rows import json_rows
from echostream_import.reading.parquet import ParquetRows
from echostream_import.reading.parts import BLOCK, Part, Progress
from echostream_import.reading.workbooks import WorkbookRows
from echostream_import.rows import FileError, Row, RowFile

STANDARD_INPUT = "-"
MAX_NAMED = 10
ENDINGS = frozenset((
    ".csv", ".tsv", ".tab", ".txt", ".dat", ".json", ".jsonl", ".ndjson", ".js", ".xlsx",
    ".xlsm", ".parquet", ".pq", ".gz", ".bz2", ".xz", ".zip",
))  # fmt: skip
_NO_ROWS = frozenset((
    ".html", ".htm", ".css", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".mp4",
    ".mov", ".mp3", ".m4a", ".wav", ".webm", ".pdf", ".md", ".woff", ".woff2", ".ttf", ".map",
    ".xml", ".py", ".sh", ".ds_store",
))  # fmt: skip
_TWEETS = re.compile(r"tweets?(-part\d+)?\.js")
_SCRIPT = ".js"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user says of a file. "" and None: found out."""

    encoding: str = ""
    is_headerless: bool | None = None


class _Reader(Protocol):
    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def notes(self) -> Sequence[str]: ...

    def rows(self) -> Iterator[Row]: ...


class _Opened:
    """The `RowFile` of one or many parts. `kept` are files that must live as long as it does."""

    def __init__(
        self, name: str, readers: Sequence[tuple[Part, _Reader]], notes: Sequence[str],
        progress: Progress, kept: Sequence[object] = (),
    ) -> None:  # fmt: skip
        self.name, self._readers, self._progress, self._kept = name, readers, progress, kept
        self.size = sum(part.size for part, _ in readers)
        self.columns = tuple(
            dict.fromkeys(name for _, reader in readers for name in reader.columns)
        )
        self.notes = [*_notes_of(readers), *notes]

    @property
    def position(self) -> int:
        """The bytes, of `size`, that the iterator begun last has read."""
        return self._progress.position

    def rows(self) -> Iterator[Row]:
        """All rows of all parts. A part that fails among others is a row with a problem."""
        self._progress.reset()
        for part, reader in self._readers:
            last = 0
            try:
                for row in reader.rows():
                    last = row.line
                    yield row
            except FileError as error:
                if len(self._readers) == 1:
                    raise
                yield Row(part.name, last + 1, {}, str(error))
            self._progress.end(part.size)


def open_rows(
    path: str | Path,
    options: ReadOptions | None = None,
    stream: BinaryIO | None = None,
    name: str = "",
) -> RowFile:
    """The rows of a path; of `stream` if the path is `-`, or if one is given for an upload.

    `name` is the stream's file name. Raises `FileError` that says what is wrong and the fix.
    """
    options = options or ReadOptions()
    if stream is not None or str(path) == STANDARD_INPUT:
        if stream is None:
            raise FileError("FILE: - is standard input, and there is none")
        shown = name or (str(path) if str(path) != STANDARD_INPUT else "standard input")
        return _spooled(stream, PurePosixPath(shown.replace("\\", "/")).name, options)
    path = Path(path)
    if path.is_dir():
        return _folder(path, options)
    if not path.exists():
        raise FileError(f"FILE: {path} does not exist")
    if not path.is_file():
        raise FileError(f"FILE: {path} is no file and no folder; FILE=- reads standard input")
    return _file(path, path.name, str(path), options)


def _spooled(stream: BinaryIO, name: str, options: ReadOptions) -> RowFile:
    """A stream is copied to a temporary file, which lives as long as its rows do."""
    copy = tempfile.NamedTemporaryFile(prefix="import-")  # noqa: SIM115
    shutil.copyfileobj(stream, copy, BLOCK)
    copy.flush()
    return _file(Path(copy.name), name, name, options, kept=[copy])


def _file(
    path: Path, name: str, place: str, options: ReadOptions, kept: Sequence[object] = ()
) -> RowFile:
    progress = Progress()
    part = Part(name, place, path.stat().st_size, progress, path)
    if _is_archive(part):
        return _archive(path, part, options, kept)
    return _Opened(_stem(name), [(part, _reader(part, options))], [], progress, kept)


def _folder(path: Path, options: ReadOptions) -> RowFile:
    progress = Progress()
    files = sorted(
        file for file in path.rglob("*")
        if file.is_file() and not _is_hidden(str(file.relative_to(path)))
    )  # fmt: skip
    parts = [
        Part(file.name, str(file.relative_to(path)), file.stat().st_size, progress, file)
        for file in files
    ]
    readers, notes = _readers(parts, options)
    if not readers:
        raise FileError(f"{path}: no file of rows in this folder" + _reasons(notes))
    return _Opened(path.resolve().name, readers, notes, progress)


def _archive(path: Path, whole: Part, options: ReadOptions, kept: Sequence[object]) -> RowFile:
    archive = _zip(path, whole.place)
    members = sorted(
        (member for member in archive.infolist()
         if not member.is_dir() and not _is_hidden(member.filename)),
        key=lambda member: member.filename,
    )  # fmt: skip
    progress = Progress()
    parts = [
        Part(
            PurePosixPath(member.filename).name, f"{whole.place}: {member.filename}",
            member.compress_size, progress, path, archive, member,
        )
        for member in members
    ]  # fmt: skip
    readers, notes = _readers(parts, options)
    if not readers:
        raise FileError(f"{whole.place}: no file of rows in this archive" + _reasons(notes))
    return _Opened(_stem(whole.name), readers, notes, progress, [archive, *kept])


def _zip(path: Path, place: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileError(
            f"{place}: a damaged or cut off zip archive or workbook ({error}); get it again"
        ) from error


def _readers(
    parts: Sequence[Part], options: ReadOptions
) -> tuple[list[tuple[Part, _Reader]], list[str]]:
    """The readers of the parts that have rows, and notes of the others."""
    wanted, left = _wanted(parts)
    readers, failures = [], []
    for part in wanted:
        try:
            readers.append((part, _reader(part, options)))
        except FileError as error:
            failures.append(f"not read: {error}")
    more = len(failures) - MAX_NAMED
    notes = failures[:MAX_NAMED] + ([f"{more:,} more files are not read"] if more > 0 else [])
    return readers, [*notes, *left]


def _wanted(parts: Sequence[Part]) -> tuple[list[Part], list[str]]:
    """The parts that may have rows: of an archive of Twitter's, the tweets only."""
    wanted = [part for part in parts if Path(part.name).suffix.lower() not in _NO_ROWS]
    others = len(parts) - len(wanted)
    notes = [f"{others:,} files are no rows (pages, pictures and the like)"] if others else []
    tweets = [part for part in wanted if _TWEETS.fullmatch(part.name)]
    if tweets:
        scripts = [part for part in wanted if part.name.endswith(_SCRIPT) and part not in tweets]
        wanted = [part for part in wanted if part not in scripts]
        if scripts:
            notes.append(
                f"of the archive's scripts the tweets are read; {len(scripts):,} others are not:"
                " to read one, unpack it and name it"
            )
    return wanted, notes


def _reader(part: Part, options: ReadOptions) -> _Reader:
    head = part.sniff(HEAD)
    kind = kind_of(head, part.place)
    if kind is Kind.PARQUET:
        return ParquetRows(part)
    if kind is Kind.ZIP:
        return _workbook(part, options)
    with part.open() as stream:
        text = encoding.decide(stream, options.encoding)
    with part.open() as stream, encoding.open_text(stream, text) as characters:
        sample = encoding.mended(characters.read(HEAD), text)
    text = encoding.with_line_ends(text, sample)
    if kind_of_text(sample, part.place) is Kind.JSON:
        return json_rows(part, text)
    return DelimitedRows(part, text, options.is_headerless)


def _is_archive(part: Part) -> bool:
    """Whether a file is a zip archive of files, not a workbook, which is a zip archive, too."""
    if kind_of(part.sniff(HEAD), part.place) is not Kind.ZIP:
        return False
    return part.is_stored and not _office(part)


def _workbook(part: Part, options: ReadOptions) -> _Reader:
    kind = _office(part)
    if kind == "xl":
        return WorkbookRows(part, options.is_headerless)
    if kind:
        raise FileError(f"{part.place}: {kind}; save the table in it as .xlsx or .csv")
    raise FileError(f"{part.place}: an archive within an archive; unpack it and name it")


def _office(part: Part) -> str:
    """What an archive is as a whole: `xl` for a workbook, a name for others, "" for files."""
    with part.open_seekable() as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile as error:
            raise FileError(
                f"{part.place}: a damaged or cut off archive or workbook ({error}); get it again"
            ) from error
    if any(name.startswith("xl/") for name in names):
        return "xl"
    if any(name.startswith("word/") for name in names):
        return "a Word document"
    if any(name.startswith("ppt/") for name in names):
        return "a PowerPoint presentation"
    return "an OpenDocument file" if names[:1] == ["mimetype"] else ""


def _notes_of(readers: Sequence[tuple[Part, _Reader]]) -> list[str]:
    if len(readers) == 1:
        return list(readers[0][1].notes)
    named = [f"{part.name}: {note}" for part, reader in readers for note in reader.notes]
    more = len(named) - 2 * MAX_NAMED
    notes = named[: 2 * MAX_NAMED] + ([f"{more:,} more notes on other files"] if more > 0 else [])
    return [f"{len(readers):,} files", *notes]


def _reasons(notes: Sequence[str]) -> str:
    return f": {'; '.join(notes)}" if notes else ""


def _is_hidden(place: str) -> bool:
    """Hidden files and folders, and what macOS adds to archives."""
    steps = PurePosixPath(place).parts
    return any(step.startswith((".", "__MACOSX")) and step != ".." for step in steps)


def _stem(name: str) -> str:
    """A file's name without the endings that tell its format and compression."""
    while (suffix := Path(name).suffix) and suffix.lower() in ENDINGS:
        name = name[: -len(suffix)]
    return name
