"""The two programs of VADER's authors, executed from the downloaded archive.

They show which differences from the paper come from the rules: the Python 2 program that was
published with the paper's data (2014), and the package vaderSentiment 3.3.2, whose source the
archive is. The hash of the archive is checked after the download. No file is extracted.
"""

import io
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from echostream.domain.model import Document, Enrichment, Scores, sentiment_of
from seed.dataset import fetch, lexicon

_ROOT = "vaderSentiment-3.3.2"
_DATA = "hutto_ICWSM_2014"
_FILES = {
    "tweets": "tweets",
    "reviews": "amazonReviewSnippets",
    "film": "movieReviewSnippets",
    "editorials": "nytEditorialSnippets",
}
_PYTHON_2 = {
    "reload(sys)": "",
    "lambda (w, m): (w, float(m))": "lambda pair: (pair[0], float(pair[1]))",
}
"""Expressions that Python 3 does not have, with their equivalents."""


@dataclass
class Original:
    """An engine that calls a function from a text to VADER's four numbers."""

    name: str
    score: Callable[[str], dict[str, float]]

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        return [self._enrich(document, now) for document in documents]

    def _enrich(self, document: Document, now: datetime) -> Enrichment:
        numbers = self.score(document.text)
        return Enrichment(
            sentiment=sentiment_of(numbers["compound"]),
            scores=Scores(numbers["pos"], numbers["neg"], numbers["neu"], 0.0),
            compound=numbers["compound"],
            engine="vader",
            engine_version=self.name,
            language=document.language,
            truncated=False,
            enriched_at=now,
        )


def paper_program() -> Original:
    """The program of 2014 with its lexicon, which is NLTK's."""
    source = _inner("vaderSentiment.py").decode("utf-8-sig").split("if __name__")[0]
    for old, new in _PYTHON_2.items():
        source = source.replace(old, new)
    namespace = _run(source, open=lambda _name: lexicon().split("\n"))
    return Original("paper-2014", namespace["sentiment"])


def package() -> Original:
    """vaderSentiment 3.3.2 with its lexicons of words and emoji."""
    namespace = _run(_outer("vaderSentiment/vaderSentiment.py").decode())
    analyzer_class = namespace["SentimentIntensityAnalyzer"]
    analyzer = object.__new__(analyzer_class)  # its constructor reads the lexicons from files
    analyzer.lexicon_full_filepath = _outer("vaderSentiment/vader_lexicon.txt").decode()
    analyzer.emoji_full_filepath = _outer("vaderSentiment/emoji_utf8_lexicon.txt").decode()
    analyzer.lexicon = analyzer.make_lex_dict()
    analyzer.emojis = analyzer.make_emoji_dict()
    return Original("vaderSentiment-3.3.2", analyzer.polarity_scores)


def printed_means(dataset: str) -> dict[str, float]:
    """The mean ratings in the archive, by the row ids of `seed.dataset`.

    For 196 tweets they are not the means of the ratings in the same archive.
    """
    text = _inner(f"{_FILES[dataset]}_GroundTruth.txt").decode("utf-8-sig", errors="replace")
    rows = (line.split("\t", 2) for line in text.split("\n") if line.strip())
    return {f"{dataset}-{name}": float(mean) for name, mean, _ in rows}


def _run(source: str, **names: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "original", **names}
    exec(compile(source, "original", "exec"), namespace)  # noqa: S102 (the hash is pinned)
    return namespace


def _inner(name: str) -> bytes:
    packed = _outer(f"additional_resources/{_DATA}.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return _read(archive, f"{_DATA}/{name}")


@cache
def _outer(name: str) -> bytes:
    with tarfile.open(fetch()) as archive:
        return _read(archive, f"{_ROOT}/{name}")


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise FileNotFoundError(name)
    return member.read()
