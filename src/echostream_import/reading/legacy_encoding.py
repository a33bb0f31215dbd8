"""The legacy encoding of lines that are not UTF-8, from a bounded sample.

charset-normalizer ranks the candidates; the rules here settle what it leaves open: Japanese by its
kana, and the encodings of Latin letters, which decode each other's bytes to letters as well.
Windows-1252 wins where nothing tells against it, since most such files come from Excel in the West.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charset_normalizer.models import CharsetMatch

WESTERN = "cp1252"
_WINDOWS = ("cp1252", "cp1250", "cp1254")
_LATIN = (*_WINDOWS, "mac_roman", "cp850")
_JAPANESE = ("cp932", "euc_jp")
_OTHERS = (
    "cp1251", "gb18030", "cp949", "big5", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "cp866",
)  # fmt: skip
_WINDOWS_LETTERS = rb"[\xc0-\xcf\xd6-\xff]"  # where others have signs, no letters
_CENTRAL_EUROPEAN = bytes((0x8A, 0x8E, 0x9A, 0x9E))  # Š Ž š ž in cp1250 and cp1252
_TURKISH = bytes((0xD0, 0xDD, 0xDE, 0xF0, 0xFD, 0xFE))  # in cp1254 what cp1252 has for Icelandic
_ICELANDIC = bytes((0xE1, 0xE6, 0xED, 0xF3, 0xFA))  # á æ í ó ú, which Turkish has not


def is_latin(encoding: str) -> bool:
    """Whether the encoding has one byte a character and Latin letters."""
    return encoding in _LATIN


def guess_legacy(sample: bytes) -> str:
    """The encoding, by Python's name, of bytes that are not UTF-8."""
    japanese = max(_JAPANESE, key=lambda name: _kana(sample, name))
    if _kana(sample, japanese) > 0.2:
        return japanese
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=_candidates(sample))
    plausible = [match for match in matches if not _is_shouted(sample, match.encoding)]
    best = (plausible or list(matches))[:1]
    if not best:
        return WESTERN
    if is_latin(best[0].encoding):
        return _latin(sample, best[0].chaos, plausible or list(matches))
    return str(best[0].encoding)


def _candidates(sample: bytes) -> list[str]:
    """Bytes beyond ASCII stand alone or in pairs in Latin text, in longer runs in other scripts."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    short = sum(run for run in runs if run <= 2)
    if short > 0.7 * sum(runs):
        letters = len(re.findall(_WINDOWS_LETTERS, sample))
        return list(_WINDOWS if letters * 2 >= sum(runs) else _LATIN)
    others = [*_JAPANESE, *_OTHERS]
    return others if short < 0.3 * sum(runs) else [*_LATIN, *others]


def _latin(sample: bytes, chaos: float, matches: Sequence["CharsetMatch"]) -> str:
    high = bytes(byte for byte in sample if byte >= 0x80)
    as_good = {
        name
        for match in matches
        if match.chaos <= chaos
        for name in (match.encoding, *match.could_be_from_charset)
    }
    if WESTERN not in as_good:
        return matches[0].encoding
    if "cp1250" in as_good and _share(high, _CENTRAL_EUROPEAN) > 0.05:
        return "cp1250"
    if _share(high, _TURKISH) > 0.3 and _share(high, _ICELANDIC) < 0.1:
        return "cp1254"
    return WESTERN


def _share(high: bytes, some: bytes) -> float:
    return sum(high.count(byte) for byte in some) / max(1, len(high))


def _kana(sample: bytes, encoding: str) -> float:
    """The share of hiragana and katakana beyond ASCII; 0 if the bytes are not in the encoding."""
    beyond = [char for char in _decoded(sample, encoding) if not char.isascii()]
    kana = sum("\u3041" <= char <= "\u30ff" for char in beyond)
    return kana / len(beyond) if beyond else 0.0


def _is_shouted(sample: bytes, encoding: str) -> bool:
    """Whether most letters beyond ASCII are capitals: Hebrew read as KOI8-R is."""
    letters = [char for char in _decoded(sample, encoding) if not char.isascii() and char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    return len(letters) > 8 and capitals > 0.6 * len(letters)


def _decoded(sample: bytes, encoding: str) -> str:
    """The sample, whose last character may be cut; nothing if it is not in the encoding."""
    for cut in range(4):
        try:
            return sample[: len(sample) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""
