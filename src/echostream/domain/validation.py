"""What a document must be to be accepted: its fields, their types, lengths and values."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import time_from_wire, time_to_wire, to_json
from echostream.domain.errors import BadDocument, BadRequest
from echostream.domain.model import Document, document_id

MAX_BODY_BYTES = 5_000_000
"""Of a request, as sent."""
MAX_EVENT_BYTES = 6_000_000
"""Of a body in Lambda's event, where it is a JSON string or base64. Lambda's limit for the whole
event is 6,291,456 bytes; the API takes at most 10,240 bytes of headers, the token included."""
MAX_DOCUMENTS = 500
MAX_TEXT_BYTES = 64 * 1024
MAX_STORED_BYTES = 400_000
"""Of text, id, source, channel, author, url and attributes as JSON. DynamoDB's limit of an item is
409,600 bytes; the rest is for its keys and for the scores of all engines."""
MAX_LENGTH = {
    "id": 128,
    "source": 128,
    "author": 256,
    "url": 2048,
    "language": 35,
    "channel": 128,
}
"""In characters."""
MIN_RATING, MAX_RATING = 1, 5
"""Stars."""
MAX_ATTRIBUTES = 20
MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTE_VALUE = 64, 256
"""In characters."""
MAX_ATTRIBUTES_BYTES = 4096
"""Of all attributes as JSON in UTF-8."""
MAX_CLOCK_SKEW = timedelta(minutes=5)
LONGEST_ESCAPE = 6
"""Bytes of one character in JSON: that of a control character, such as `\\u0000`."""
_ALWAYS_STORED = (MAX_STORED_BYTES - MAX_ATTRIBUTES_BYTES) // LONGEST_ESCAPE - sum(
    MAX_LENGTH.values()
)
"""Characters of a text that fits whatever its characters and the other fields are."""
DEFAULT_SOURCE = "unknown"

DOCUMENT_FIELDS = (
    *("id", "text", "source", "created_at", "author", "url", "language", "channel", "rating"),
    "attributes",
)

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
URL = re.compile(r"https?://\S+", re.IGNORECASE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AcceptedTimes:
    """What `created_at` may be: any time until `newest`, for clocks that are fast.

    A document that was written up to `oldest` is older than the table's retention.
    """

    now: datetime
    retention: timedelta

    @property
    def oldest(self) -> datetime:
        return self.now - self.retention

    @property
    def newest(self) -> datetime:
        return self.now + MAX_CLOCK_SKEW

    def is_lake_only(self, document: Document) -> bool:
        """Whether a document goes to the lake only, because of its age."""
        return document.created_at <= self.oldest


def document_from_wire(raw: Any, times: AcceptedTimes) -> Document:
    """A document, checked. Raises `BadDocument` that names the first wrong field.

    `raw` is parsed JSON, or the `BadDocument` of a document that is not JSON.
    """
    if isinstance(raw, BadDocument):
        raise raw
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
    document = Document(
        id=_short(raw, "id") or document_id(source, author, sent_at, text),
        text=text,
        source=source,
        created_at=sent_at or times.now,
        author=author,
        url=_matching(raw, "url", URL, "an http or https address"),
        language=_matching(raw, "language", LANGUAGE, "a language tag such as en or pt-BR"),
        channel=_short(raw, "channel"),
        rating=_rating(raw),
        attributes=_attributes(raw),
    )
    _check_stored_size(document)
    return document


def sent_id(row: Mapping[str, Any]) -> str | None:
    """The id of a document as it was sent, accepted or not; None if it has none."""
    try:
        sent_at = time_from_wire("created_at", row["created_at"]) if row.get("created_at") else None
        source = row.get("source") or DEFAULT_SOURCE
        return row.get("id") or document_id(source, row.get("author"), sent_at, row["text"])
    except (KeyError, TypeError, ValueError, BadRequest):
        return None


def _text(raw: Mapping[str, Any]) -> str:
    if "text" not in raw:
        raise BadDocument("missing_field", "text: required")
    text = _string(raw, "text")
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        raise BadDocument("too_long", f"text: {size} bytes of UTF-8, at most {MAX_TEXT_BYTES}")
    return text


def _check_stored_size(document: Document) -> None:
    if len(document.text) <= _ALWAYS_STORED:
        return
    names = (document.id, document.source, document.channel, document.author, document.url)
    fields = (document.text, *names, document.attributes)
    size = sum(len(to_json(field).encode()) for field in fields if field)
    if size > MAX_STORED_BYTES:
        raise BadDocument(
            "too_long",
            f"text: {size} bytes as it is stored with id, source, channel, author, url, attributes,"
            f" at most {MAX_STORED_BYTES}; a control character takes {LONGEST_ESCAPE}, remove some",
        )


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
        raise _not_text(name, match)
    return value


def _not_text(name: str, match: re.Match[str]) -> BadDocument:
    """The error for a lone surrogate, which stands for a byte that is not UTF-8 (PEP 383)."""
    place = f"at character {match.start()}"
    if "\udc80" <= match[0] <= "\udcff":
        return BadDocument(
            "invalid_utf8",
            f"{name}: not UTF-8 {place}; send whole characters, and U+FFFD as the escape \\ufffd",
        )
    return BadDocument(
        "invalid_text", f"{name}: half of a surrogate pair {place}; send the whole character"
    )


def _matching(
    raw: Mapping[str, Any], name: str, pattern: re.Pattern[str], expected: str
) -> str | None:
    value = _short(raw, name)
    if value is not None and not pattern.fullmatch(value):
        raise BadDocument("invalid_value", f"{name}: must be {expected}")
    return value


def _rating(raw: Mapping[str, Any]) -> float | None:
    value = raw.get("rating")
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadDocument("invalid_type", "rating: must be a number")
    if not MIN_RATING <= value <= MAX_RATING:
        raise BadDocument(
            "out_of_range", f"rating: must be from {MIN_RATING} to {MAX_RATING} (stars)"
        )
    return value


def _attributes(raw: Mapping[str, Any]) -> dict[str, str]:
    """The attributes, checked; each error names the attribute."""
    value = raw.get("attributes")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadDocument("invalid_type", "attributes: must be a JSON object of strings")
    if len(value) > MAX_ATTRIBUTES:
        raise BadDocument("too_long", f"attributes: {len(value)}, at most {MAX_ATTRIBUTES}")
    for name, one in value.items():
        _check_attribute(name, one)
    size = len(to_json(value).encode())
    if size > MAX_ATTRIBUTES_BYTES:
        raise BadDocument(
            "too_long", f"attributes: {size} bytes of JSON, at most {MAX_ATTRIBUTES_BYTES}"
        )
    return value


def _check_attribute(name: str, value: Any) -> None:
    named = f"attributes.{printable(name)}"
    if not 0 < len(name) <= MAX_ATTRIBUTE_NAME:
        raise BadDocument(
            "too_long", f"{named}: its name must have 1 to {MAX_ATTRIBUTE_NAME} characters"
        )
    if not isinstance(value, str):
        raise BadDocument("invalid_type", f"{named}: must be a string")
    if not 0 < len(value) <= MAX_ATTRIBUTE_VALUE:
        raise BadDocument("too_long", f"{named}: must have 1 to {MAX_ATTRIBUTE_VALUE} characters")
    for text in (name, value):
        if match := _SURROGATE.search(text):
            raise _not_text(named, match)


def _time(raw: Mapping[str, Any], times: AcceptedTimes) -> datetime | None:
    if raw.get("created_at") is None:
        return None
    moment = time_from_wire("created_at", _string(raw, "created_at"), BadDocument)
    if moment > times.newest:
        raise BadDocument(
            "out_of_range", f"created_at: after {time_to_wire(times.newest)}, in the future"
        )
    return moment


def printable(name: str) -> str:
    """A name of unknown origin in ASCII, cut to a length that fits into a message."""
    return json.dumps(name[:64])[1:-1][:64] or "''"
