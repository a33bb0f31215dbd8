"""`GET /digest`: query parameters in, the JSON of the response out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import time_to_wire
from echostream.domain.digest.facts import facts_of
from echostream.domain.digest.sentences import Written
from echostream.domain.digest.writing import LanguageModel, write
from echostream.domain.quotations import Quotations
from echostream.domain.themes.corpus import Mention
from echostream.domain.themes.sampling import TakeSample
from echostream.entrypoints.period_comparison import FILTERS, compare
from echostream.entrypoints.query_parameters import Parameters, quotations_of, refuse_unknown

THEMES = 12
"""Themes of which a digest chooses; as many as `GET /themes` returns by default."""


def digest_response(
    take: TakeSample,
    model: LanguageModel | None,
    parameters: Parameters,
    now: datetime,
    retention: timedelta,
) -> dict[str, Any]:
    """The body of `GET /digest`. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, (*FILTERS, "mask"))
    quotations = quotations_of(parameters)
    compared = compare(take, parameters, now, retention)
    content = compared.report(THEMES)
    total = compared.samples[compared.question].documents
    digest = write(facts_of(content, total), model, now)
    return {
        **compared.periods(content),
        "written_at": time_to_wire(now),
        "written_by": "model" if digest.model else "rules",
        "model": digest.model,
        "reason": digest.reason,
        "rejected": quotations.all_words(digest.rejected),
        "sentences": [_sentence(sentence, quotations) for sentence in digest.sentences],
        "documents": quotations.cited(_all_cited(digest.sentences)),
    }


def _sentence(sentence: Written, quotations: Quotations) -> dict[str, Any]:
    return {
        "text": quotations.words(sentence.text),
        "numbers": dict(sentence.numbers),
        "citations": [one.id for one in sentence.cited],
    }


def _all_cited(sentences: Sequence[Written]) -> list[Mention]:
    by_id = {one.id: one for sentence in sentences for one in sentence.cited}
    return list(by_id.values())
