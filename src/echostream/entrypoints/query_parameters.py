"""Query parameters of `GET /query`, `/stats` and `/themes`: checked, with defaults."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from echostream.domain.attributes import Attribute, attribute_from_text
from echostream.domain.codec import time_from_wire
from echostream.domain.errors import BadRequest
from echostream.domain.model import LABELS
from echostream.domain.query import DEFAULT_LIMIT, MAX_HOURS, MAX_LIMIT, Bucket, Question
from echostream.domain.quotations import Quotations
from echostream.domain.ratings import RATING_FILTERS, RatingFilter
from echostream.domain.validation import MAX_CLOCK_SKEW, printable

BUCKETS: tuple[Bucket, ...] = get_args(Bucket)
BOOLEANS = ("true", "false")
Parameters = Mapping[str, str]


def refuse_unknown(parameters: Parameters, known: tuple[str, ...]) -> None:
    """Raises `BadRequest` with the first parameter that is not known."""
    for name in parameters:
        if name not in known:
            raise BadRequest(
                "unknown_parameter",
                f"{printable(name)}: unknown parameter; known: {', '.join(known)}",
            )


def question_of(parameters: Parameters, now: datetime, retention: timedelta) -> Question:
    """What `from`, `to`, `source`, `sentiment`, `channel`, `attribute` and `rating` name.

    The period is cut to the time that documents are kept. Raises `BadRequest`.
    """
    for name in ("source", "channel"):
        if parameters.get(name) == "":
            raise BadRequest("empty", f"{name}: must not be empty; leave it out for all {name}s")
    oldest, newest = now - retention, now + MAX_CLOCK_SKEW
    start = time_from_wire("from", parameters["from"]) if "from" in parameters else oldest
    end = time_from_wire("to", parameters["to"]) if "to" in parameters else newest
    if {"from", "to"} <= parameters.keys() and end <= start:
        raise BadRequest("out_of_range", "to: must be after from")
    return Question(
        start=max(start, oldest),
        end=min(end, newest),
        source=parameters.get("source"),
        sentiment=_label(parameters.get("sentiment")),
        channel=parameters.get("channel"),
        attribute=_attribute(parameters.get("attribute")),
        rating=_rating(parameters.get("rating")),
    )


def _label(text: str | None) -> str | None:
    if text not in (None, *LABELS):
        raise BadRequest("invalid_value", f"sentiment: must be one of {', '.join(LABELS)}")
    return text


def _attribute(text: str | None) -> Attribute | None:
    attribute = None if text is None else attribute_from_text(text)
    if text is not None and attribute is None:
        raise BadRequest(
            "invalid_value", "attribute: must be a name, a colon and a value, such as country:DE"
        )
    return attribute


def _rating(text: str | None) -> RatingFilter | None:
    if text is not None and text not in RATING_FILTERS:
        raise BadRequest("invalid_value", f"rating: must be one of {', '.join(RATING_FILTERS)}")
    return text


def limit_of(parameters: Parameters, default: int = DEFAULT_LIMIT, largest: int = MAX_LIMIT) -> int:
    """The number of documents in a page, or of other things, from `limit`. Raises `BadRequest`."""
    text = parameters.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= largest):
        raise BadRequest("invalid_value", f"limit: must be a whole number from 1 to {largest}")
    return int(text)


def quotations_of(parameters: Parameters) -> Quotations:
    """How `mask` asks to quote documents; by default as they are. Raises `BadRequest`."""
    text = parameters.get("mask", "false")
    if text not in BOOLEANS:
        raise BadRequest("invalid_value", f"mask: must be one of {', '.join(BOOLEANS)}")
    return Quotations(is_masked=text == "true")


def bucket_of(parameters: Parameters, question: Question) -> Bucket:
    """The period that `bucket` names; by default an hour, or a day for a question over long time.

    Raises `BadRequest`.
    """
    is_long = question.end - question.start > MAX_HOURS
    bucket = parameters.get("bucket", "day" if is_long else "hour")
    if bucket not in BUCKETS:
        raise BadRequest("invalid_value", f"bucket: must be one of {', '.join(BUCKETS)}")
    if bucket == "hour" and is_long:
        raise BadRequest(
            "out_of_range", f"bucket: hour is for at most {MAX_HOURS.days} days; choose day"
        )
    return bucket
