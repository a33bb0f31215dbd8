"""`GET /themes`: query parameters in, the JSON of the response out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import count_to_wire, time_from_wire, time_to_wire
from echostream.domain.errors import BadRequest
from echostream.domain.model import Count, Sentiment
from echostream.domain.query import Question
from echostream.domain.themes.change import FALSE_DISCOVERY_RATE, Driver, Emerging
from echostream.domain.themes.corpus import Mention
from echostream.domain.themes.report import Report, Theme, report
from echostream.domain.themes.sampling import Sample
from echostream.entrypoints.query_parameters import (
    Parameters,
    limit_of,
    question_of,
    refuse_unknown,
)

PARAMETERS = ("from", "to", "source", "sentiment", "channel", "against", "limit")
DAY, WEEK = timedelta(days=1), timedelta(days=7)
DEFAULT_THEMES, MAX_THEMES = 12, 30
SAMPLE = 4_000
"""Documents that are read of a period, about, if it has more."""
MAX_TERMS = 20
"""Terms that drive a change, or emerge, in a response."""
AGAINST = (
    "against: must be previous, week, two times such as "
    "2026-01-30T00:00:00Z/2026-01-31T00:00:00Z, source:<name> or sentiment:<label>"
)
_NOTHING = dict.fromkeys(("total", "positive", "negative", "neutral", "mixed"), 0)

TakeSample = Callable[[Question, int], Sample]
"""A sample of the documents that a question names, of about a size."""


def themes_response(
    take: TakeSample, parameters: Parameters, now: datetime, retention: timedelta
) -> dict[str, Any]:
    """The body of `GET /themes`. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, PARAMETERS)
    limit = limit_of(parameters, DEFAULT_THEMES, MAX_THEMES)
    question = _question(parameters, now, retention)
    against = _against(parameters.get("against", "previous"), question)
    usual = replace(question, start=question.start - WEEK, end=question.start)
    samples = {one: take(one, SAMPLE) for one in dict.fromkeys((question, against, usual))}
    mentions = [samples[one].mentions for one in (question, against, usual)]
    content = report(mentions[0], mentions[1], mentions[2], limit)
    return {
        "period": _sampled(question, samples[question], content.count),
        "against": _sampled(against, samples[against], content.before),
        **_found(content),
        "emerging": {
            "since": time_to_wire(usual.start),
            **_size(samples[usual]),
            "terms": [
                {**_emerging(one), "examples": _examples(content.examples[one.term])}
                for one in content.emerging[:MAX_TERMS]
            ],
        },
        "false_discovery_rate": FALSE_DISCOVERY_RATE,
    }


def _question(parameters: Parameters, now: datetime, retention: timedelta) -> Question:
    """As of `GET /query`, but for a day if no start is given."""
    end = time_from_wire("to", parameters["to"]) if "to" in parameters else now
    period = {"from": time_to_wire(end - DAY), "to": time_to_wire(end)}
    return question_of({**period, **parameters}, now, retention)


def _against(text: str, question: Question) -> Question:
    """What `against` names: another period, or another source or sentiment in the same period."""
    kind, _, value = text.partition(":")
    if text in ("previous", "week"):
        length = WEEK if text == "week" else question.end - question.start
        return replace(question, start=question.start - length, end=question.start)
    if kind == "source" and value:
        return replace(question, source=value)
    if kind == "sentiment" and value in Sentiment.__members__:
        return replace(question, sentiment=Sentiment(value))
    times = text.split("/")
    if len(times) != 2:
        raise BadRequest("invalid_value", AGAINST)
    start, end = (time_from_wire("against", one) for one in times)
    if end <= start:
        raise BadRequest("out_of_range", "against: the second time must be after the first")
    return replace(question, start=start, end=end)


def _sampled(question: Question, taken: Sample, count: Count) -> dict[str, Any]:
    return {
        "from": time_to_wire(question.start),
        "to": time_to_wire(question.end),
        "source": question.source,
        "sentiment": question.sentiment,
        "channel": question.channel,
        **_size(taken),
        **_counts(count),
    }


def _size(taken: Sample) -> dict[str, Any]:
    return {"documents": taken.documents, "complete": taken.is_complete}


def _counts(count: Count) -> dict[str, Any]:
    """The counts of documents that were read. Without any, there is no mean."""
    return count_to_wire(count) if count.total else {**_NOTHING, "mean_compound": None}


def _found(content: Report) -> dict[str, Any]:
    return {
        "themes": [_theme(theme) for theme in content.themes],
        "without_theme": _counts(content.rest),
        "drivers": [
            {**_driver(one), "examples": _examples(content.examples[one.term])}
            for one in content.drivers[:MAX_TERMS]
        ],
    }


def _theme(theme: Theme) -> dict[str, Any]:
    return {
        "label": theme.terms[0],
        "terms": theme.terms,
        **_counts(theme.count),
        "authors": theme.authors,
        "share": round(theme.share, 4),
        "share_before": _rounded(theme.share_before),
        "effect": _rounded(theme.effect),
        "examples": _examples(theme.examples),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _examples(mentions: Sequence[Mention]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "text": one.excerpt,
            "source": one.source,
            "author": one.author,
            "created_at": time_to_wire(one.created_at),
            "sentiment": one.sentiment,
            "compound": one.compound,
        }
        for one in mentions
    ]


def _driver(driver: Driver) -> dict[str, Any]:
    return {
        "term": driver.term,
        "z": round(driver.z, 2),
        "share": round(driver.share, 4),
        "share_before": round(driver.share_before, 4),
    }


def _emerging(one: Emerging) -> dict[str, Any]:
    return {
        "term": one.term,
        "documents": one.documents,
        "expected": round(one.expected, 1),
        "probability": float(f"{one.probability:.2g}"),
    }
