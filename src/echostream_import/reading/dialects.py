"""The dialect of a CSV file: delimiter, quotes, escapes.

clevercsv proposes one from a bounded sample; a proposal that reads fewer rows whole than another of
the usual dialects loses to it.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

DELIMITERS = ",;\t|"
NO_DELIMITER = "\x1f"
"""For files of one column: no text has it."""
MAX_CHARACTERS = 10_000_000
"""Of one field. The API checks the length of a document."""
CLEVER_SAMPLE = 20_000
_ESCAPED_QUOTE = re.compile(r'\\"')
_LONE_BACKSLASH = re.compile(r'\\(?:(["\\])|)')
_QUOTED_FIELD = re.compile(rf'(?:^|[{DELIMITERS}])"[^"]*"(?:[{DELIMITERS}]|\r?$)')
_SINGLE_QUOTED = re.compile(rf"(?:^|[{DELIMITERS}])'[^']*'(?:[{DELIMITERS}]|\r?$)")
_WRAPPED = re.compile(r'"(?:[^"]|"")*"')
_DELIMITER_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "vertical bar"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How lines are fields. `quote` is "" where quotes mean nothing.

    Of a file that `is_wrapped`, each line as a whole is in quotes.
    """

    delimiter: str
    quote: str = '"'
    is_escaped: bool = False
    skips_spaces: bool = False
    is_wrapped: bool = False

    def reader(self, lines: Iterator[str], is_strict: bool = True) -> Any:
        """A reader of Python's csv module."""
        csv.field_size_limit(MAX_CHARACTERS)
        if self.is_wrapped:
            lines = map(_unwrapped, lines)
        return csv.reader(
            map(self.protect, lines) if self.is_escaped else lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar="\\" if self.is_escaped else None,
            skipinitialspace=self.skips_spaces,
            strict=is_strict,
        )

    def protect(self, line: str) -> str:
        """Doubles the backslashes that escape no quote and no backslash, so they stay."""
        return _LONE_BACKSLASH.sub(_doubled, line) if "\\" in line else line

    @property
    def note(self) -> str:
        """The dialect in words."""
        if self.delimiter == NO_DELIMITER:
            return "one column"
        name = _DELIMITER_NAMES.get(self.delimiter, repr(self.delimiter))
        escapes = r", quotes escaped by backslashes" if self.is_escaped else ""
        quotes = "" if self.quote == '"' else f", quote {self.quote}" if self.quote else ""
        return f"delimiter {name}{quotes or ('' if self.quote else ', no quoting')}{escapes}"


def _unwrapped(line: str) -> str:
    return line.rstrip("\r\n")[1:-1].replace('""', '"') + "\n"


def _doubled(found: re.Match[str]) -> str:
    return found[0] if found[1] else "\\\\"


def detect(sample: str, delimiter: str = "") -> Dialect:
    """The dialect of a sample of whole lines; `delimiter` is known from a `sep=` line."""
    dialects = list(_candidates(sample, delimiter))
    return max(dialects, key=lambda dialect: _score(sample, dialect))


def _candidates(sample: str, delimiter: str) -> Iterator[Dialect]:
    """The usual dialects, clevercsv's first: the first of the best is taken."""
    proposed = None if delimiter else _clever(sample)
    if proposed:
        yield proposed
    for known in delimiter or DELIMITERS:
        plain = Dialect(known)
        yield plain
        if _ESCAPED_QUOTE.search(sample):
            yield replace(plain, is_escaped=True)
        if f'{known} "' in sample:
            yield replace(plain, skips_spaces=True)
        if _has_quotes_without_meaning(sample):
            yield replace(plain, quote="")
        if _is_wrapped(sample):
            yield replace(plain, is_wrapped=True)
    if not delimiter:
        yield Dialect(NO_DELIMITER)


def _has_quotes_without_meaning(sample: str) -> bool:
    """Whether more lines have a quote too many than have a field in quotes: no stray quote."""
    lines = sample.split("\n")
    odd = sum(line.count('"') % 2 for line in lines)
    return odd > 2 and odd > sum(bool(_QUOTED_FIELD.search(line)) for line in lines)


def _has_single_quotes(sample: str) -> bool:
    """Whether most lines have a field in single quotes; others have them as apostrophes."""
    lines = sample.splitlines()
    return sum(bool(_SINGLE_QUOTED.search(line)) for line in lines) * 2 > len(lines)


def _is_wrapped(sample: str) -> bool:
    """Whether each line as a whole is in quotes, as Excel saves CSV that it took for one column."""
    lines = [line.rstrip("\r") for line in sample.split("\n")]
    return all(_WRAPPED.fullmatch(line) for line in lines if line)


def _clever(sample: str) -> Dialect | None:
    from clevercsv import Detector, Error

    head = sample[: sample.rfind("\n", 0, CLEVER_SAMPLE) + 1] or sample[:CLEVER_SAMPLE]
    try:
        found = Detector().detect(head, delimiters=list(DELIMITERS))
    except Error:
        return None
    if found is None or found.delimiter is None or found.delimiter not in tuple(DELIMITERS):
        return None
    quote = "'" if found.quotechar == "'" and _has_single_quotes(head) else '"'
    return Dialect(found.delimiter, quote, found.escapechar == "\\" and '\\"' in sample)


def _score(sample: str, dialect: Dialect) -> tuple[float, bool, int]:
    """The share of the rows that have as many fields as the columns' names.

    Then, whether quotes mean something, and the number of columns.
    """
    found = counts(sample, dialect)
    width = width_of(found)
    if width < 2:
        return (0.3 if dialect.delimiter == NO_DELIMITER else 0.0), bool(dialect.quote), 1
    whole = sum(count == width for count in found) / len(found)
    return round(whole, 2), bool(dialect.quote), width


def width_of(counts: Sequence[int]) -> int:
    """The fields of the first row or, if titles or pairs stand before the names, of most rows."""
    usual, number = Counter(counts).most_common(1)[0] if counts else (0, 0)
    is_pair = (
        counts[:2] == [2, 2] and usual > 3 and number * 2 > len(counts) and max(counts) == usual
    )
    return counts[0] if counts and counts[0] > 1 and not is_pair else usual


def counts(sample: str, dialect: Dialect) -> list[int]:
    """The number of fields of each row that is not empty; 0 if it cannot be read."""
    reader = dialect.reader(iter(io.StringIO(sample, newline="")))
    found: list[int] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return found
        except csv.Error:
            found.append(0)
            continue
        if any(row):
            found.append(len(row))
