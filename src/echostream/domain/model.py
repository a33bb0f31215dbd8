"""The values of EchoStream: documents, their scores, and counts."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

POSITIVE_THRESHOLD = 0.05
"""VADER's authors call a text positive from this compound on, and negative from its negative on
(Hutto & Gilbert, ICWSM 2014)."""

TENANT_RULE = "a tenant's name has 1 to 63 letters, digits, hyphens and underscores"
_NO_HOUR = datetime(1970, 1, 1, tzinfo=UTC)
"""In counts of documents of any hour."""
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def is_tenant_name(text: str) -> bool:
    """Whether a tenant can have this name, which becomes part of lake and table keys."""
    return _TENANT.fullmatch(text) is not None


class Sentiment(StrEnum):
    """The four labels, as Amazon Comprehend names them."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    NEUTRAL = "NEUTRAL"
    MIXED = "MIXED"


UNSCORED = "UNSCORED"
"""The label of a document without a score, beside the sentiments."""
LABELS = (*map(str, Sentiment), UNSCORED)
"""The labels by which documents are counted and found."""


def label_of(sentiment: str, unscored: str | None) -> str:
    """One of `LABELS`: the sentiment of a document, unless there is a reason why it has none."""
    return UNSCORED if unscored else str(sentiment)


def in_words(label: str) -> str:
    """A label in a sentence."""
    return "not scored" if label == UNSCORED else label.lower()


@dataclass(frozen=True, slots=True)
class Document:
    """One text as it was sent. `created_at` is in UTC.

    `channel` is the part of the source that has the text, such as a subreddit, feed or hashtag.
    `rating` is the author's own verdict in stars, 1 to 5. `attributes` are further names and values
    of the sender, to filter by.
    """

    id: str
    text: str
    source: str
    created_at: datetime
    author: str | None = None
    url: str | None = None
    language: str | None = None
    channel: str | None = None
    rating: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Scores:
    """The share of each sentiment in a text; the four add up to 1."""

    positive: float
    negative: float
    neutral: float
    mixed: float


@dataclass(frozen=True, slots=True)
class Enrichment:
    """An engine's score of a document. `compound` is between -1 and 1.

    `fallback` is the reason why another engine than the configured one scored; None if none did.
    `unscored` is the reason why no engine could: the sentiment is then NEUTRAL and the compound 0,
    which no mean includes.
    """

    sentiment: Sentiment
    scores: Scores
    compound: float
    engine: str
    engine_version: str
    language: str | None
    truncated: bool
    enriched_at: datetime
    fallback: str | None = None
    unscored: str | None = None

    @property
    def label(self) -> str:
        """One of `LABELS`."""
        return label_of(self.sentiment, self.unscored)


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A document, its score, and the scores that other engines gave it later."""

    document: Document
    enrichment: Enrichment
    other_scores: tuple[Enrichment, ...] = ()

    @property
    def position(self) -> str:
        """The position of this document in time: sorts like (created_at, id)."""
        return f"{sort_time(self.document.created_at)}#{self.document.id}"


@dataclass(frozen=True, slots=True)
class Count:
    """The number of documents of one source in one hour or day, by sentiment.

    `hour` is the start of the hour or day. A difference of counts can have negative numbers.
    `unscored` documents have no sentiment, and are in no other of the numbers.
    """

    hour: datetime
    source: str
    positive: int = 0
    negative: int = 0
    neutral: int = 0
    mixed: int = 0
    compound_sum: float = 0.0
    unscored: int = 0

    @property
    def scored(self) -> int:
        """The number of documents with a score."""
        return self.positive + self.negative + self.neutral + self.mixed

    @property
    def total(self) -> int:
        return self.scored + self.unscored

    @property
    def mean(self) -> float | None:
        """The mean compound of the documents with a score; None without any."""
        return self.compound_sum / self.scored if self.scored else None

    def __add__(self, other: "Count") -> "Count":
        """The sum, with the time and the source of the first count."""
        return Count(  # not `replace`, which takes twice the time: /stats adds thousands
            self.hour,
            self.source,
            self.positive + other.positive,
            self.negative + other.negative,
            self.neutral + other.neutral,
            self.mixed + other.mixed,
            # Sums have four decimals. Without rounding, a mean depends on the order of the parts.
            round(self.compound_sum + other.compound_sum, 4),
            self.unscored + other.unscored,
        )

    def __neg__(self) -> "Count":
        """The change of the counts when these documents are removed."""
        return replace(
            self,
            positive=-self.positive,
            negative=-self.negative,
            neutral=-self.neutral,
            mixed=-self.mixed,
            compound_sum=-self.compound_sum,
            unscored=-self.unscored,
        )


def sentiment_of(compound: float) -> Sentiment:
    """VADER's published label for a compound score."""
    if compound >= POSITIVE_THRESHOLD:
        return Sentiment.POSITIVE
    if compound <= -POSITIVE_THRESHOLD:
        return Sentiment.NEGATIVE
    return Sentiment.NEUTRAL


def document_id(source: str, author: str | None, created_at: datetime | None, text: str) -> str:
    """The id of a document that was sent without one: the same content has the same id.

    `created_at` is the time as sent, or None if none was sent, so that a text that is sent twice
    without a time is one document.
    """
    when = sort_time(created_at) if created_at else None
    content = json.dumps([source, author, when, text]).encode()
    return hashlib.sha256(content).hexdigest()[:32]


def sort_time(moment: datetime) -> str:
    """A time as text of fixed width, so that text order is time order."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="microseconds") + "Z"


def hour_of(moment: datetime) -> datetime:
    """The start of the hour that contains a time."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def count_of(created_at: datetime, source: str, label: str, compound: float) -> Count:
    """The count of one document. Without a score, its compound is 0."""
    numbers = {one.lower(): int(one == label) for one in LABELS}
    return Count(hour_of(created_at), source, **numbers, compound_sum=round(compound, 4))


def count(documents: Iterable[ScoredDocument]) -> list[Count]:
    """Documents counted by hour and source."""
    return add_up(map(_count_of_scored, documents))


def _count_of_scored(scored: ScoredDocument) -> Count:
    document, enrichment = scored.document, scored.enrichment
    return count_of(document.created_at, document.source, enrichment.label, enrichment.compound)


def count_as_one(scores: Iterable[tuple[str, float]]) -> Count:
    """The count of documents of any hour and source, from their label and compound."""
    parts = (count_of(_NO_HOUR, "", label, compound) for label, compound in scores)
    return sum(parts, Count(_NO_HOUR, ""))


def add_up(parts: Iterable[Count]) -> list[Count]:
    """The sums of the counts that have the same time and source, in the order of the first."""
    sums: dict[tuple[datetime, str], Count] = {}
    for part in parts:
        group = part.hour, part.source
        sums[group] = sums[group] + part if group in sums else part
    return list(sums.values())
