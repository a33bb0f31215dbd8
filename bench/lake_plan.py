"""The plan and the content of a generated lake. The same seed gives the same batches.

Texts and scores are real; ids, times and sources are random.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, TypeAlias

from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire, time_from_wire
from echostream.domain.lake import Batch, batch_of
from echostream.domain.model import Document, ScoredDocument, document_id
from echostream.domain.validation import DOCUMENT_FIELDS
from seed.dataset import DATASETS, documents, samples

BATCH = 25
"""The default mean number of documents in an object."""
WEEKDAYS = (1.0, 1.05, 1.05, 1.0, 0.95, 0.8, 0.75)
"""Traffic from Monday to Sunday, relative to Monday."""
HOURS = (3, 2, 2, 1, 1, 2, 4, 6, 9, 11, 12, 12, 13, 13, 13, 12, 12, 13, 14, 15, 14, 11, 8, 5)
"""Relative traffic of the 24 hours (UTC)."""
SHARES = {
    "twitter": 34,
    "bluesky": 22,
    "mastodon": 12,
    "shop-reviews": 14,
    "film-reviews": 10,
    "newspaper": 8,
}
"""Traffic of the sources, in percent."""
MAX_DELAY = 300_000
"""Milliseconds between `created_at` and arrival, at most."""

Pool: TypeAlias = Mapping[str, Sequence[ScoredDocument]]
"""Scored samples by source."""
Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write: a tenant's documents over `days` days (UTC), of which `last` is the last.

    `batch` is the mean number of documents in an object.
    """

    tenant: str
    last: date
    days: int
    documents: int
    seed: int = 1
    batch: int = BATCH

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    def numbers(self) -> dict[date, int]:
        """Documents by day, `documents` in total: a weekly pattern, slow growth and noise."""
        random = Random(f"{self.seed} days")  # noqa: S311 (no secret)
        days = [self.first + timedelta(days=index) for index in range(self.days)]
        weights = [
            WEEKDAYS[day.weekday()]
            * (0.8 + 0.4 * index / self.days)
            * random.lognormvariate(0, 0.15)
            for index, day in enumerate(days)
        ]
        return dict(zip(days, _split(self.documents, weights), strict=True))


def pool(number: int | None = None) -> Pool:
    """All samples, or at most `number` of each data set, each scored once by VADER."""
    now = datetime.now(UTC)
    sample_documents = [
        _document(raw)
        for name in DATASETS
        for raw in documents(name, number or len(samples(name)), now)
    ]
    by_source: dict[str, list[ScoredDocument]] = {}
    for pair in zip(sample_documents, Vader().enrich(sample_documents, now), strict=True):
        by_source.setdefault(pair[0].source, []).append(ScoredDocument(*pair))
    return by_source


def _document(raw: Mapping[str, Any]) -> Document:
    return Document(**{**raw, "created_at": time_from_wire("created_at", raw["created_at"])})


def batches(plan: Plan, day: date, number: int, samples_of: Pool) -> Iterator[tuple[Batch, Rows]]:
    """The batches of a day with `number` documents, in the order of their arrival.

    Each has its rows of `enriched/`.
    """
    random = Random(f"{plan.seed} {day}")  # noqa: S311
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for hour, in_hour in enumerate(_split(number, HOURS)):
        objects = max(1, round(in_hour / plan.batch))
        sizes = _split(in_hour, [random.uniform(0.4, 1.6) for _ in range(objects)])
        seconds = sorted(random.random() * 3600 for _ in sizes)
        for size, second in zip(sizes, seconds, strict=True):
            if size:
                arrived_at = start + timedelta(hours=hour, microseconds=int(second * 1e6))
                yield _batch(plan.tenant, arrived_at, size, samples_of, random)


def _batch(
    tenant: str, arrived_at: datetime, size: int, samples_of: Pool, random: Random
) -> tuple[Batch, Rows]:
    """A batch of one source."""
    sources = [source for source in SHARES if source in samples_of]
    [source] = random.choices(sources, [SHARES[source] for source in sources])
    selection = random.choices(samples_of[source], k=size)
    rows = [scored_to_wire(_copy(sample, arrived_at, random)) for sample in selection]
    return batch_of(tenant, arrived_at, without_scores(rows)), rows


def without_scores(rows: Rows) -> Rows:
    """The documents of scored rows, as they were sent."""
    return [{name: row[name] for name in DOCUMENT_FIELDS} for row in rows]


def _copy(sample: ScoredDocument, arrived_at: datetime, random: Random) -> ScoredDocument:
    """A sample as a new document with its own id, scored at its arrival."""
    created_at = arrived_at.replace(microsecond=arrived_at.microsecond // 1000 * 1000)
    created_at -= timedelta(milliseconds=random.randrange(MAX_DELAY))
    document = sample.document
    new_id = document_id(document.source, document.author, created_at, document.text)
    return ScoredDocument(
        replace(document, id=new_id, created_at=created_at),
        replace(sample.enrichment, enriched_at=arrived_at),
    )


def _split(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights, which add up to `total`."""
    sum_of_weights = sum(weights)
    ends = [round(total * part / sum_of_weights) for part in accumulate(weights)]
    return [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]
