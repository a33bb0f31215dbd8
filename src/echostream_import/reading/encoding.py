"""The encoding of a text file, decided over the whole file, and its text.

A byte order mark decides; then NULs tell UTF-16; then UTF-8 holds if all lines are valid. A file
that is not is in a legacy encoding as a whole, unless other lines have valid UTF-8 beyond ASCII:
then it is UTF-8 and only its invalid lines are decoded by the fallback. Decoding them loses nothing
and is reversible by `ENCODING=`; refusing them would drop rows that a person can read.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO

from echostream_import.reading.legacy_encoding import guess_legacy, is_latin
from echostream_import.rows import FileError

BLOCK = 1 << 20
HEAD = 1 << 16
MAX_SAMPLE = 1 << 15
MAX_LINES_NAMED = 3
MAX_LINE = 1 << 24
MIN_ASCII_SHARE = 0.1
"""Of a table's characters, that tells the order of bytes of UTF-16."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DISPLAY = {"utf-8-sig": "UTF-8 with a byte order mark", "utf-8": "UTF-8", "utf-16": "UTF-16"}
_VALID = re.compile("[^\0-\x7f\udc80-\udcff]+")
_ESCAPED = re.compile("[\udc80-\udcff]+")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are text. `fallback` decodes the lines that are not in `codec`.

    `newline` is as `io` takes it: lines end at LF, or ("") at any of CR, LF, CR LF.
    """

    codec: str
    note: str
    fallback: str = ""
    has_nul: bool = False
    newline: str = "\n"


@dataclass(slots=True)
class _Facts:
    """What a pass over all lines has found."""

    valid: int = 0  # lines beyond ASCII that are valid
    invalid: int = 0
    first_invalid: list[int] = field(default_factory=list)
    sample: bytearray = field(default_factory=bytearray)
    has_nul: bool = False


def decide(stream: BinaryIO, option: str = "") -> Encoding:
    """The encoding of a stream, which is read to its end.

    Raises `FileError` naming ENCODING if `option` is no encoding.
    """
    head = stream.read(HEAD)
    if option:
        return _chosen(head, stream, option)
    bom = next((codec for mark, codec in BOMS if head.startswith(mark)), "")
    if bom in ("utf-16", "utf-32"):
        return Encoding(bom, f"encoding {bom.upper()}, by its byte order mark")
    wide = _wide(head)
    if wide:
        return Encoding(wide, f"encoding {wide.upper()}, by its NUL bytes")
    return _utf8_or_legacy(bom or "utf-8", _facts(head, stream, "utf-8"))


def open_text(stream: BinaryIO, encoding: Encoding) -> io.TextIOWrapper:
    """The stream as text with its own line ends."""
    return io.TextIOWrapper(
        stream, encoding.codec, errors=_errors(encoding), newline=encoding.newline
    )


def with_line_ends(encoding: Encoding, sample: str) -> Encoding:
    """The encoding with the line ends of a sample: those of its first line.

    A lone CR ends a line only where the first does; elsewhere it is text, as forms write it. Excel
    on a Mac ends rows by CR and has LF in their texts.
    """
    first = re.search(r"\r?\n|\r", sample)
    return replace(encoding, newline="" if first and first[0] == "\r" else "\n")


def lines(text: io.TextIOBase, encoding: Encoding) -> Iterator[str]:
    """The lines with their ends, without NULs; those not in the codec by the fallback.

    Of a line of more than `MAX_LINE` characters, which no document is, the rest is left out.
    """
    found = _bounded_lines(text)
    if not encoding.fallback and not encoding.has_nul:
        return found
    return (_mended_line(line, encoding) for line in found)


def _bounded_lines(text: io.TextIOBase) -> Iterator[str]:
    for line in iter(partial(text.readline, MAX_LINE), ""):
        yield line
        part = line
        while len(part) == MAX_LINE and not part.endswith(("\n", "\r")):
            part = text.readline(MAX_LINE)


def mended(text: str, encoding: Encoding) -> str:
    """Text as `lines` gives it, for what was read without them."""
    if not encoding.fallback and not encoding.has_nul:
        return text
    return "".join(lines(io.StringIO(text, newline=encoding.newline), encoding))


def _mended_line(line: str, encoding: Encoding) -> str:
    if encoding.fallback and not line.isascii() and _ESCAPED.search(line):
        line = _decode_escaped(line, encoding.fallback)
    return line.replace("\0", "") if encoding.has_nul else line


def _decode_escaped(line: str, fallback: str) -> str:
    raw = line.encode("utf-8", "surrogateescape")
    try:  # halves of surrogate pairs, as Java and older databases write emoji
        halves = raw.decode("utf-8", "surrogatepass")
        return halves.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        pass
    if not is_latin(fallback):
        return raw.decode(fallback, "replace")
    return _ESCAPED.sub(
        lambda part: part[0].encode("utf-8", "surrogateescape").decode(fallback, "replace"), line
    )


def _errors(encoding: Encoding) -> str:
    return "surrogateescape" if encoding.fallback else "replace"


def _chosen(head: bytes, stream: BinaryIO, option: str) -> Encoding:
    try:
        codec = codecs.lookup(option).name
        b"a".decode(codec)
    except LookupError as error:
        raise FileError(
            f"ENCODING: {option!r} is no text encoding; use for example utf-8, utf-16, cp1252,"
            " cp1251, shift_jis or gb18030"
        ) from error
    if codec == "utf-8" and head.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    if codec.startswith(("utf-16", "utf-32")):
        return Encoding(codec, f"encoding {codec}, by ENCODING")
    facts = _facts(head, stream, codec)
    note = f"encoding {codec}, by ENCODING"
    if facts.invalid:
        note += f"; {_named(facts)} not {codec}: these bytes are read as U+FFFD"
    return Encoding(codec, note, has_nul=facts.has_nul)


def _utf8_or_legacy(codec: str, facts: _Facts) -> Encoding:
    if not facts.invalid:
        note = f"encoding {DISPLAY[codec]}"
        return Encoding(codec, note + _nul_note(facts), has_nul=facts.has_nul)
    sample = bytes(facts.sample)
    legacy = guess_legacy(_without_utf8(sample) if facts.valid else sample)
    share = 0 if is_latin(legacy) else facts.invalid // 4
    if codec == "utf-8-sig" or facts.valid > share:
        note = (
            f"encoding {DISPLAY[codec]}, but {_named(facts)} not: read as {legacy};"
            " ENCODING= reads the whole file in one encoding"
        )
        return Encoding(codec, note + _nul_note(facts), legacy, facts.has_nul)
    note = (
        f"encoding {legacy}, by its letters: the file is not UTF-8"
        f" (first in line {facts.first_invalid[0]}); ENCODING= sets another"
    )
    return Encoding(legacy, note + _nul_note(facts), has_nul=facts.has_nul)


def _without_utf8(sample: bytes) -> bytes:
    """The sample without characters that are valid, which lines of mixed files have as well."""
    text = sample.decode("utf-8", "surrogateescape")
    return _VALID.sub("", text).encode("utf-8", "surrogateescape")


def _nul_note(facts: _Facts) -> str:
    return "; NUL characters are left out" if facts.has_nul else ""


def _named(facts: _Facts) -> str:
    first = ", ".join(map(str, facts.first_invalid))
    if facts.invalid == 1:
        return f"line {first} is"
    more = ", …" if facts.invalid > len(facts.first_invalid) else ""
    return f"{facts.invalid:,} lines (lines {first}{more}) are"


def _wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by NULs in every other byte or in three of four."""
    nuls = head.count(0)
    if nuls < 2 or nuls * 50 < len(head):
        return ""
    if nuls * 2 > len(head) * 1.2:
        return next((codec for codec in ("utf-32-le", "utf-32-be") if _fits(head, codec)), "")
    odd = head[1::2].count(0)
    codec = max(("utf-16-le", "utf-16-be"), key=lambda name: _ascii_share(head, name))
    is_one_sided = max(odd, nuls - odd) >= 0.95 * nuls
    is_likely = is_one_sided or _ascii_share(head, codec) > MIN_ASCII_SHARE
    return codec if is_likely and _fits(head, codec) else ""


def _fits(head: bytes, codec: str) -> bool:
    text = _decoded(head, codec)
    return bool(text) and "\0" not in text


def _ascii_share(head: bytes, codec: str) -> float:
    text = _decoded(head, codec)
    return sum(map(str.isascii, text)) / len(text) if text else 0.0


def _decoded(head: bytes, codec: str) -> str:
    """The text of bytes that may end within a character; "" if they are not in the encoding."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return ""


def _facts(head: bytes, stream: BinaryIO, codec: str) -> _Facts:
    facts = _Facts()
    line = 1
    has_lf = b"\n" in head or b"\r" not in head
    end = b"\n" if has_lf else b"\r"
    for block in _blocks(head, stream, end):
        facts.has_nul = facts.has_nul or b"\0" in block
        if not block.isascii():
            _look(facts, block, codec, line, end)
        line += block.count(end)
    return facts


def _look(facts: _Facts, block: bytes, codec: str, line: int, end: bytes) -> None:
    try:
        block.decode(codec)
    except UnicodeDecodeError:
        for number, part in enumerate(block.split(end), start=line):
            if not part.isascii():
                _look_at_line(facts, part, codec, number)
    else:
        if facts.valid < BLOCK:
            facts.valid += sum(not part.isascii() for part in block.split(end))


def _look_at_line(facts: _Facts, line: bytes, codec: str, number: int) -> None:
    try:
        line.decode(codec)
        facts.valid += 1
    except UnicodeDecodeError as error:
        facts.invalid += 1
        if len(facts.first_invalid) < MAX_LINES_NAMED:
            facts.first_invalid.append(number)
        room = MAX_SAMPLE - len(facts.sample)
        if room > 0:
            start = max(0, error.start - room // 2)
            facts.sample += line[start : start + room] + b"\n"


def _blocks(head: bytes, stream: BinaryIO, end: bytes) -> Iterator[bytes]:
    """The stream in blocks of whole lines, or of whole UTF-8 characters where lines are longer."""
    rest = b""
    block = head
    while block:
        rest += block
        cut = rest.rfind(end) + 1 or (_whole_characters(rest) if len(rest) > BLOCK else 0)
        if cut:
            yield rest[:cut]
        rest = rest[cut:]
        block = stream.read(BLOCK)
    if rest:
        yield rest


def _whole_characters(block: bytes) -> int:
    for cut in range(len(block), max(0, len(block) - 4), -1):
        if block[cut - 1] < 0x80:
            return cut
        if block[cut - 1] >= 0xC0:
            return cut - 1
    return len(block)
