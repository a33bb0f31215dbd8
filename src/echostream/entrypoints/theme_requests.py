"""`GET /themes`: query parameters in, the JSON of the response out."""

from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import count_to_wire, time_to_wire
from echostream.domain.quotations import Quotations
from echostream.domain.themes.change import FALSE_DISCOVERY_RATE, Driver, Emerging
from echostream.domain.themes.report import Report, Theme
from echostream.domain.themes.sampling import TakeSample
from echostream.entrypoints.period_comparison import (
    FILTERS,
    compare,
    size,
)
from echostream.entrypoints.query_parameters import (
    Parameters,
    limit_of,
    quotations_of,
    refuse_unknown,
)

DEFAULT_THEMES, MAX_THEMES = 12, 30
MAX_TERMS = 20
"""Terms that drive a change, or emerge, in a response."""


def themes_response(
    take: TakeSample, parameters: Parameters, now: datetime, retention: timedelta
) -> dict[str, Any]:
    """The body of `GET /themes`. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, (*FILTERS, "limit", "mask"))
    limit = limit_of(parameters, DEFAULT_THEMES, MAX_THEMES)
    quotations = quotations_of(parameters)
    compared = compare(take, parameters, now, retention)
    content = compared.report(limit)
    return {
        **compared.periods(content),
        "themes": [_theme(theme, quotations) for theme in content.themes],
        "without_theme": count_to_wire(content.rest),
        "drivers": [
            {**_term(one.term, content, quotations), **_driver(one)}
            for one in content.drivers[:MAX_TERMS]
        ],
        "emerging": {
            "since": time_to_wire(compared.usual.start),
            **size(compared.samples[compared.usual]),
            "terms": [
                {**_term(one.term, content, quotations), **_emerging(one)}
                for one in content.emerging[:MAX_TERMS]
            ],
        },
        "false_discovery_rate": FALSE_DISCOVERY_RATE,
    }


def _theme(theme: Theme, quotations: Quotations) -> dict[str, Any]:
    terms = quotations.all_words(theme.terms)
    return {
        "label": terms[0],
        "terms": terms,
        **count_to_wire(theme.count),
        "authors": theme.authors,
        "share": round(theme.share, 4),
        "share_before": _rounded(theme.share_before),
        "effect": _rounded(theme.effect),
        "examples": quotations.cited(theme.examples),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _term(term: str, content: Report, quotations: Quotations) -> dict[str, Any]:
    """A term that drives a change or emerges, with its documents."""
    return {"term": quotations.words(term), "examples": quotations.cited(content.examples[term])}


def _driver(driver: Driver) -> dict[str, Any]:
    return {
        "z": round(driver.z, 2),
        "share": round(driver.share, 4),
        "share_before": round(driver.share_before, 4),
    }


def _emerging(one: Emerging) -> dict[str, Any]:
    return {
        "documents": one.documents,
        "expected": round(one.expected, 1),
        "probability": float(f"{one.probability:.2g}"),
    }
