"""JSON to documents and back. With `validation`, the only module with the names of JSON fields."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from echostream.domain.errors import BadRequest
from echostream.domain.model import Count, Document, Enrichment, ScoredDocument, Scores, Sentiment

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})"
)


def time_from_wire(
    name: str, value: str, error: Callable[[str, str], BadRequest] = BadRequest
) -> datetime:
    """An RFC 3339 time in UTC; digits past the microsecond are dropped."""
    match = _RFC3339.fullmatch(value)
    try:
        if not match:
            raise ValueError("no match")
        day, clock, fraction, offset = match.groups()
        micros = (fraction or "0")[:6].ljust(6, "0")
        moment = datetime.fromisoformat(f"{day}T{clock}.{micros}{offset.upper()}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise error(
            "invalid_timestamp", f"{name}: must be an RFC 3339 time such as 2026-01-31T09:30:00Z"
        ) from cause


def time_to_wire(moment: datetime) -> str:
    """An RFC 3339 time in UTC; a fraction of 0 is omitted."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def scored_to_wire(scored: ScoredDocument) -> dict[str, Any]:
    """A scored document as the API returns and the lake stores it: one flat object.

    `language` is the language that the engine used, or else that of the sender.
    """
    document = scored.document
    return {
        "id": document.id,
        "text": document.text,
        "source": document.source,
        "channel": document.channel,
        "created_at": time_to_wire(document.created_at),
        "author": document.author,
        "url": document.url,
        "rating": document.rating,
        "attributes": dict(document.attributes),
        **enrichment_to_wire(scored.enrichment),
        "language": scored.enrichment.language or document.language,
        "others": [enrichment_to_wire(other) for other in scored.other_scores],
    }


def enrichment_to_wire(enrichment: Enrichment) -> dict[str, Any]:
    """A score as a JSON object."""
    return {
        "sentiment": enrichment.sentiment.value,
        "scores": {
            "positive": enrichment.scores.positive,
            "negative": enrichment.scores.negative,
            "neutral": enrichment.scores.neutral,
            "mixed": enrichment.scores.mixed,
        },
        "compound": enrichment.compound,
        "engine": enrichment.engine,
        "engine_version": enrichment.engine_version,
        "language": enrichment.language,
        "truncated": enrichment.truncated,
        "fallback": enrichment.fallback,
        "unscored": enrichment.unscored,
        "enriched_at": time_to_wire(enrichment.enriched_at),
    }


def scored_from_wire(wire: Mapping[str, Any]) -> ScoredDocument:
    """The inverse of `scored_to_wire`.

    Older JSON without the fields that came later is accepted.
    """
    document = Document(
        id=wire["id"],
        text=wire["text"],
        source=wire["source"],
        created_at=time_from_wire("created_at", wire["created_at"]),
        author=wire.get("author"),
        url=wire.get("url"),
        language=wire.get("language"),
        channel=wire.get("channel"),
        rating=wire.get("rating"),
        attributes=wire.get("attributes") or {},
    )
    others = tuple(enrichment_from_wire(other) for other in wire.get("others", []))
    return ScoredDocument(document, enrichment_from_wire(wire), others)


def enrichment_from_wire(wire: Mapping[str, Any]) -> Enrichment:
    """The inverse of `enrichment_to_wire`."""
    return Enrichment(
        sentiment=Sentiment(wire["sentiment"]),
        scores=Scores(**{name: float(value) for name, value in wire["scores"].items()}),
        compound=float(wire["compound"]),
        engine=wire["engine"],
        engine_version=wire["engine_version"],
        language=wire.get("language"),
        truncated=wire["truncated"],
        enriched_at=time_from_wire("enriched_at", wire["enriched_at"]),
        fallback=wire.get("fallback"),
        unscored=wire.get("unscored"),
    )


def count_to_wire(count: Count) -> dict[str, Any]:
    """A count as the API gives it, without the period or source that it belongs to."""
    return {
        "total": count.total,
        "positive": count.positive,
        "negative": count.negative,
        "neutral": count.neutral,
        "mixed": count.mixed,
        "unscored": count.unscored,
        "mean_compound": None if count.mean is None else round(count.mean, 4),
    }


def to_json(value: Any) -> str:
    """JSON as it is sent and stored: compact, in UTF-8 without escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def response_bytes(scored: ScoredDocument) -> int:
    """The size of a document in a Lambda's response, where it is JSON inside JSON.

    Lambda's runtime writes the outer JSON in ASCII: each of the UTF-16 code units of other
    characters, and the control character DEL, takes six bytes, such as \\u00e9.
    """
    inner = to_json(scored_to_wire(scored))
    units = len(inner.encode("utf-16-le", "surrogatepass")) // 2
    in_ascii = len(inner.encode("ascii", "ignore"))
    escaped = inner.count('"') + inner.count("\\")
    return in_ascii + 6 * (units - in_ascii) + escaped + 5 * inner.count("\x7f")


_SCORE_BYTES = 2_000
"""More than a score and the names of a document's fields take in a response."""


def max_response_bytes(scored: ScoredDocument) -> int:
    """A bound of `response_bytes` that needs no JSON: a character takes twelve bytes at most."""
    document = scored.document
    optional = (document.author, document.url, document.language, document.channel)
    attributes = (text for pair in document.attributes.items() for text in pair)
    texts = (document.id, document.text, document.source, *filter(None, optional), *attributes)
    return 12 * sum(map(len, texts)) + _SCORE_BYTES * (1 + len(scored.other_scores))
