"""`GET /aspects`: query parameters in, the JSON of the response out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.model import count_as_one
from echostream.domain.quotations import Quotations
from echostream.domain.themes.aspects import Aspect, Example, aspects
from echostream.domain.themes.opinions import Score
from echostream.domain.themes.sampling import TakeSample
from echostream.entrypoints.period_comparison import SETS, day_of, sampled
from echostream.entrypoints.query_parameters import (
    Parameters,
    limit_of,
    quotations_of,
    refuse_unknown,
)

SAMPLE = 2_000
"""Documents that are read of a period, about, if it has more."""
DEFAULT_ASPECTS, MAX_ASPECTS = 20, 100


def aspects_response(
    take: TakeSample, score: Score, parameters: Parameters, now: datetime, retention: timedelta
) -> dict[str, Any]:
    """The body of `GET /aspects`. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, (*SETS, "limit", "mask"))
    limit = limit_of(parameters, DEFAULT_ASPECTS, MAX_ASPECTS)
    quotations = quotations_of(parameters)
    question = day_of(parameters, now, retention)
    taken = take(question, SAMPLE)
    found = (one.enrichment for one in taken.scored)
    count = count_as_one((one.label, one.compound) for one in found)
    return {
        "period": sampled(question, taken, count),
        "aspects": [_aspect(one, quotations) for one in aspects(taken.scored, score, limit)],
    }


def _aspect(aspect: Aspect, quotations: Quotations) -> dict[str, Any]:
    return {
        "phrase": quotations.words(aspect.phrase),
        "documents": aspect.documents,
        "praised": aspect.praised,
        "criticised": aspect.criticised,
        "authors": aspect.authors,
        "mean_compound": round(aspect.mean, 4),
        "praise": _sentences(aspect.praise, quotations),
        "criticism": _sentences(aspect.criticism, quotations),
    }


def _sentences(examples: Sequence[Example], quotations: Quotations) -> list[dict[str, Any]]:
    return [
        {
            "id": one.document,
            "text": quotations.excerpt(one.sentence),
            "compound": round(one.compound, 4),
        }
        for one in examples
    ]
