"""What a file is, by its content; its name is a hint at most."""

import re
from enum import Enum, auto

from echostream_import.rows import FileError

HEAD = 1 << 16
"""Bytes of a file's begin that tell what it is."""


class Kind(Enum):
    """What reads a file."""

    ZIP = auto()
    PARQUET = auto()
    JSON = auto()
    TEXT = auto()


_SPREADSHEET = "open it in a spreadsheet program and save it as .xlsx or .csv"
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel (.xls) or Word file, or an encrypted .xlsx", _SPREADSHEET),
    (b"%PDF", "a PDF document", "export the data as .csv, .xlsx or .json"),
    (b"{\\rtf", "a rich-text document", "save it as plain text or .csv"),
    (b"\x89PNG", "a picture (PNG)", "name a file of rows"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "name a file of rows"),
    (b"GIF8", "a picture (GIF)", "name a file of rows"),
    (b"RIFF", "a picture, sound or video", "name a file of rows"),
    (b"ID3", "a sound file", "name a file of rows"),
    (b"SQLite format 3", "an SQLite database", "export the table as .csv"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it: zstd -d --long=31 FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, or pack it again as .zip"),
    (b"Rar!", "a RAR archive", "unpack it, or pack it again as .zip"),
    (b"ARROW1", "an Arrow (Feather) file", "write it as .parquet"),
    (b"ORC", "an ORC file", "write it as .parquet"),
    (b"Obj\x01", "an Avro file", "write it as .parquet or JSON Lines"),
    (b"\x93NUMPY", "a NumPy array", "write it as .csv"),
    (b"\x80\x04\x95", "a Python pickle", "write it as .parquet or .csv"),
    (b"\x80\x05\x95", "a Python pickle", "write it as .parquet or .csv"),
)
_MARKUP = re.compile(r"\s*<(!doctype|html|\?xml|head|body|table|rss|feed|div)\b", re.IGNORECASE)
_CHAT = re.compile(
    r"\W?\[?\d{1,4}[-./]\d{1,2}[-./]\d{2,4},? \d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[ap]\.?m\.?)?\]?"
    r"(?: -)? (?!\d)\S.*",
    re.IGNORECASE,
)
"""A line of a chat of WhatsApp: `21/10/2026, 10:01 - Ann: Hi` or `[21.10.26, 10:01:00] Ann: Hi`."""
_SQL = re.compile(
    r"(?:--.*\s|/\*.*\*/;?\s|\s)*"
    r"(?:COPY [^;]*FROM stdin|INSERT INTO |CREATE (?:TABLE|DATABASE) |DROP TABLE |SET \w+ ?="
    r"|USE `)",
    re.IGNORECASE,
)
_JSON = re.compile(r'\s*(\{\s*("|\}|$)|\[\s*([\[{"\]]|$))')
ASSIGNMENT = re.compile(
    r"""\s*(?:var|let|const)?\s*[\w$.]+(?:\[["'][\w$]+["']\])?\s*=\s*(?=[\[{])"""
)
"""What stands before the JSON of a script, such as `window.YTD.tweets.part0 = `."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")


def kind_of(head: bytes, place: str) -> Kind:
    """The kind of a file that may be text. Raises `FileError` for what no reader reads."""
    if not head.strip(b"\x00"):
        raise FileError(f"{place}: " + ("only NUL bytes; get the file again" if head else "empty"))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    for magic, name, fix in _FOREIGN:
        if head.startswith(magic):
            raise FileError(f"{place}: {name}; {fix}")
    if head[257:262] == b"ustar":
        raise FileError(f"{place}: a tar archive; unpack it: tar -xf FILE, and name the folder")
    if head[4:8] == b"ftyp":
        raise FileError(f"{place}: a video or picture; name a file of rows")
    return Kind.TEXT


def kind_of_text(text: str, place: str) -> Kind:
    """JSON or a table of text. Raises `FileError` for markup and for what is no text."""
    if _MARKUP.match(text):
        raise FileError(
            f"{place}: a web page or XML, not rows; {_SPREADSHEET}, or export .csv or .json"
        )
    if _SQL.match(text):
        raise FileError(f"{place}: commands of SQL, not rows; export the table as .csv")
    if _is_chat(text):
        raise FileError(
            f"{place}: a chat of WhatsApp, not rows; write its messages as .csv with columns such"
            " as date, author and text"
        )
    if len(_CONTROLS.findall(text)) > max(8, len(text) // 50):
        raise FileError(f"{place}: neither text nor a known format; export .csv, .xlsx or .json")
    return Kind.JSON if is_json(text) else Kind.TEXT


def _is_chat(text: str) -> bool:
    """Whether most lines begin with a time, and all of them have a person or a notice after it."""
    lines = text.splitlines()[:50]
    found = [line for line in lines if _CHAT.fullmatch(line)]
    has_names = any(" - " in line[:30] or line.startswith(("[", "\u200e[")) for line in found)
    return has_names and len(found) * 2 > len(lines)


def is_json(text: str) -> bool:
    """Whether a text begins as JSON values do, or a script that assigns one."""
    assignment = ASSIGNMENT.match(text)
    return bool(_JSON.match(text, assignment.end() if assignment else 0))
