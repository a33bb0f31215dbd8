"""Documents for tests, with defaults for every field that a test does not set."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.domain.model import Document, Enrichment, ScoredDocument, Scores, sentiment_of
from echostream.entrypoints.config import TableSettings

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
RETENTION = timedelta(days=30)
SHARDS = 4
RATED: dict[str, Any] = {"rating": 4.5, "attributes": {"app version": "2.1"}}
"""Fields of a document that few documents have."""
TABLE = TableSettings("documents", SHARDS, 1, RETENTION, timedelta(0))


def scored(
    name: str,
    *,
    text: str = "some words",
    at: datetime = NOW,
    source: str = "forum",
    compound: float = 0.0,
    channel: str | None = None,
    author: str | None = "ann",
    rating: float | None = None,
    attributes: Mapping[str, str] | None = None,
    arrived: datetime | None = None,
) -> ScoredDocument:
    """A document with a score of VADER; `at` is when it was written, and scored if not later."""
    document = Document(
        *(name, text, source, at, author),
        language="en",
        channel=channel,
        rating=rating,
        attributes=attributes or {},
    )
    enrichment = Enrichment(
        sentiment=sentiment_of(compound),
        scores=Scores(0.0, 0.0, 1.0, 0.0),
        compound=compound,
        engine="vader",
        engine_version="nltk-test",
        language="en",
        truncated=False,
        enriched_at=arrived or at,
    )
    return ScoredDocument(document, enrichment)
