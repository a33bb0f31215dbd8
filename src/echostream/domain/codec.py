"""JSON to documents and back. This module alone knows the names of JSON fields."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.domain.errors import BadDocument, BadRequest
from echostream.domain.model import (
    Count,
    Document,
    Enrichment,
    ScoredDocument,
    Scores,
    Sentiment,
    document_id,
)

MAX_BODY_BYTES = 5_000_000
"""Of a request. Lambda's limit is 6 MiB, in which each quote of the body takes two bytes."""
MAX_DOCUMENTS = 500
MAX_TEXT_BYTES = 64 * 1024
MAX_LENGTH = {"id": 128, "source": 128, "author": 256, "url": 2048, "language": 35}
"""In characters."""
MAX_CLOCK_SKEW = timedelta(minutes=5)
DEFAULT_SOURCE = "unknown"

DOCUMENT_FIELDS = ("id", "text", "source", "created_at", "author", "url", "language")

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AcceptedTimes:
    """The range of `created_at`: the retention, and a tolerance for clocks that are fast."""

    now: datetime
    retention: timedelta

    @property
    def oldest(self) -> datetime:
        return self.now - self.retention

    @property
    def newest(self) -> datetime:
        return self.now + MAX_CLOCK_SKEW


def document_from_wire(raw: Any, times: AcceptedTimes) -> Document:
    """A document, checked. Raises `BadDocument` that names the first wrong field."""
    if not isinstance(raw, dict):
        raise BadDocument("invalid_type", "document: must be a JSON object")
    for name in raw:
        if name not in DOCUMENT_FIELDS:
            known = ", ".join(DOCUMENT_FIELDS)
            raise BadDocument("unknown_field", f"{printable(name)}: unknown field; known: {known}")
    text = _text(raw)
    source = _short(raw, "source") or DEFAULT_SOURCE
    author = _short(raw, "author")
    sent_at = _time(raw, times)
    return Document(
        id=_short(raw, "id") or document_id(source, author, sent_at, text),
        text=text,
        source=source,
        created_at=sent_at or times.now,
        author=author,
        url=_matching(raw, "url", _URL, "an http or https address"),
        language=_matching(raw, "language", _LANGUAGE, "a language tag such as en or pt-BR"),
    )


def _text(raw: Mapping[str, Any]) -> str:
    if "text" not in raw:
        raise BadDocument("missing_field", "text: required")
    text = _string(raw, "text")
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        raise BadDocument("too_long", f"text: {size} bytes of UTF-8, at most {MAX_TEXT_BYTES}")
    return text


def _short(raw: Mapping[str, Any], name: str) -> str | None:
    if raw.get(name) is None:
        return None
    value = _string(raw, name)
    if len(value) > MAX_LENGTH[name]:
        raise BadDocument(
            "too_long", f"{name}: {len(value)} characters, at most {MAX_LENGTH[name]}"
        )
    return value


def _string(raw: Mapping[str, Any], name: str) -> str:
    value = raw[name]
    if not isinstance(value, str):
        raise BadDocument("invalid_type", f"{name}: must be a string")
    if not value:
        raise BadDocument("empty", f"{name}: must not be empty")
    if match := _SURROGATE.search(value):
        raise BadDocument(
            "invalid_text",
            f"{name}: half of a surrogate pair at character {match.start()};"
            " send the whole character",
        )
    return value


def _matching(
    raw: Mapping[str, Any], name: str, pattern: re.Pattern[str], expected: str
) -> str | None:
    value = _short(raw, name)
    if value is not None and not pattern.fullmatch(value):
        raise BadDocument("invalid_value", f"{name}: must be {expected}")
    return value


def _time(raw: Mapping[str, Any], times: AcceptedTimes) -> datetime | None:
    if raw.get("created_at") is None:
        return None
    moment = time_from_wire("created_at", _string(raw, "created_at"), BadDocument)
    if moment < times.oldest:
        raise BadDocument(
            "out_of_range",
            f"created_at: before {time_to_wire(times.oldest)}, the start of the retention",
        )
    if moment > times.newest:
        raise BadDocument(
            "out_of_range", f"created_at: after {time_to_wire(times.newest)}, in the future"
        )
    return moment


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
    """An RFC 3339 time in UTC; a fraction of 0 is left out."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def scored_to_wire(scored: ScoredDocument) -> dict[str, Any]:
    """A scored document as the API returns and the lake stores it: one flat object.

    `language` is the language that the engine used, or the one that was sent.
    """
    document = scored.document
    return {
        "id": document.id,
        "text": document.text,
        "source": document.source,
        "created_at": time_to_wire(document.created_at),
        "author": document.author,
        "url": document.url,
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
        "enriched_at": time_to_wire(enrichment.enriched_at),
    }


def scored_from_wire(wire: Mapping[str, Any]) -> ScoredDocument:
    """The inverse of `scored_to_wire`; older JSON without `fallback` and `others` is accepted."""
    document = Document(
        id=wire["id"],
        text=wire["text"],
        source=wire["source"],
        created_at=time_from_wire("created_at", wire["created_at"]),
        author=wire.get("author"),
        url=wire.get("url"),
        language=wire.get("language"),
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
    )


def count_to_wire(count: Count) -> dict[str, Any]:
    """A count as the API gives it, without the period or source that it belongs to."""
    return {
        "total": count.total,
        "positive": count.positive,
        "negative": count.negative,
        "neutral": count.neutral,
        "mixed": count.mixed,
        "mean_compound": round(count.compound_sum / count.total, 4),
    }


def to_json(value: Any) -> str:
    """JSON as it is sent and stored: compact, in UTF-8 without escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def response_bytes(scored: ScoredDocument) -> int:
    """The size of a document in a Lambda's response, where it is JSON inside JSON."""
    return len(to_json(to_json(scored_to_wire(scored))).encode())


def printable(name: str) -> str:
    """A name of unknown origin in ASCII, cut to a length that fits into a message."""
    return ascii(name)[1:-1][:64]
