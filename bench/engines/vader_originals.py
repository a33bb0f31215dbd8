"""The two programs of VADER's authors, read from the fetched archive into memory.

They tell which differences from the paper come from the rules: the Python 2 program that lies
beside the paper's data (2014), and the package that the archive is the source of (3.3.2). The
archive is checked by hash when it is fetched. Nothing of it is kept.
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
"""What Python 3 does not take, and what says the same."""


@dataclass
class Original:
    """An engine around a function from a text to VADER's four numbers."""

    name: str
    score: Callable[[str], dict[str, float]]

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        return [self._enrich(document, now) for document in documents]

    def _enrich(self, document: Document, now: datetime) -> Enrichment:
        found = self.score(document.text)
        return Enrichment(
            sentiment=sentiment_of(found["compound"]),
            scores=Scores(found["pos"], found["neg"], found["neu"], 0.0),
            compound=found["compound"],
            engine="vader",
            engine_version=self.name,
            language=document.language,
            truncated=False,
            enriched_at=now,
        )


def paper_program() -> Original:
    """The program of 2014 with the lexicon beside it, which is NLTK's."""
    source = _inner("vaderSentiment.py").decode("utf-8-sig").split("if __name__")[0]
    for old, new in _PYTHON_2.items():
        source = source.replace(old, new)
    space = _run(source, open=lambda _name: lexicon().split("\n"))
    return Original("paper-2014", space["sentiment"])


def package() -> Original:
    """vaderSentiment 3.3.2 with its lexicon and its emoji."""
    space = _run(_outer("vaderSentiment/vaderSentiment.py").decode())
    kind = space["SentimentIntensityAnalyzer"]
    analyzer = object.__new__(kind)  # its constructor looks for the lexicons on the disk
    analyzer.lexicon_full_filepath = _outer("vaderSentiment/vader_lexicon.txt").decode()
    analyzer.emoji_full_filepath = _outer("vaderSentiment/emoji_utf8_lexicon.txt").decode()
    analyzer.lexicon = analyzer.make_lex_dict()
    analyzer.emojis = analyzer.make_emoji_dict()
    return Original("vaderSentiment-3.3.2", analyzer.polarity_scores)


def printed_means(dataset: str) -> dict[str, float]:
    """The mean ratings as the archive prints them, by the ids that `seed.dataset` gives rows.

    Those of 196 tweets are not the means of the ratings that it prints beside them.
    """
    text = _inner(f"{_FILES[dataset]}_GroundTruth.txt").decode("utf-8-sig", errors="replace")
    rows = (line.split("\t", 2) for line in text.split("\n") if line.strip())
    return {f"{dataset}-{name}": float(mean) for name, mean, _ in rows}


def _run(source: str, **given: Any) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "original", **given}
    exec(compile(source, "original", "exec"), space)  # noqa: S102  fetched by hash
    return space


def _inner(name: str) -> bytes:
    packed = _outer(f"additional_resources/{_DATA}.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return _read(archive, f"{_DATA}/{name}")


@cache
def _outer(name: str) -> bytes:
    with tarfile.open(fetch()) as archive:
        return _read(archive, f"{_ROOT}/{name}")


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    found = archive.extractfile(name)
    if found is None:
        raise FileNotFoundError(name)
    return found.read()
