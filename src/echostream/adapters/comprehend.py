"""The paid engine: Amazon Comprehend, with a free engine as its fallback.

Texts are sent in batches of 25, cut to 5,000 bytes, by language. The free engine scores what
Comprehend does not (it is unavailable, throttled or slow, a cap is reached, the language is not
supported); `fallback` is then the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from echostream.adapters.paid_calls import (
    MAX_CONCURRENT,
    Batch,
    PaidCalls,
    PaidRequest,
)
from echostream.domain.engine import Engine
from echostream.domain.languages import UNSUPPORTED_LANGUAGE
from echostream.domain.model import Document, Enrichment, Scores, Sentiment

ENGINE = "comprehend"
SENTIMENT = "batch_detect_sentiment"
MAX_TEXT_BYTES = 5_000
MAX_BATCH = 25
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")


@dataclass(frozen=True, slots=True)
class Comprehend:
    """Scores with Comprehend while the spend guard allows it, otherwise with `free`.

    `compound` is the positive score minus the negative one. `engine_version` is the model: `aws`,
    or the name of a stand-in.
    """

    calls: PaidCalls
    free: Engine

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        scores, failed = self._score(documents, now)
        left = [index for index in range(len(documents)) if index not in scores]
        free = self.free.enrich([documents[index] for index in left], now)
        for index, enrichment in zip(left, free, strict=True):
            scores[index] = replace(enrichment, fallback=failed[index])
        return [scores[index] for index in range(len(documents))]

    def _score(
        self, documents: Sequence[Document], now: datetime
    ) -> tuple[dict[int, Enrichment], Mapping[int, str]]:
        """Comprehend's scores by index, and the reasons of the other documents.

        Documents with a language are first: they cost half of the others. Of these, each group is
        scored before the next is detected, so that a detection that is paid for is seldom in vain.
        """
        request = _Request(self.calls.begin(now), documents, now)
        tags = {i: d.language for i, d in enumerate(documents) if d.language is not None}
        try:
            scores = request.score(tags)
            without = [index for index in range(len(documents)) if index not in tags]
            for group in _parts(without, MAX_BATCH * MAX_CONCURRENT):
                scores.update(request.score(request.detect(group)))
        finally:
            request.calls.release()
        return scores, request.calls.failed


class _Request:
    """The documents of one request, and its paid calls."""

    def __init__(self, calls: PaidRequest, documents: Sequence[Document], now: datetime) -> None:
        self.calls = calls
        self._documents = documents
        self._texts = [cut(document.text) for document in documents]
        self._now = now

    def detect(self, indices: Sequence[int]) -> dict[int, str]:
        """The languages of texts. The score of each is paid for too, before its detection."""
        results = self.calls.run(
            "batch_detect_dominant_language",
            (self._batch(batch) for batch in _parts(indices, MAX_BATCH)),
            following=[SENTIMENT],
            find_problem=lambda result: _problem_of(_likeliest(result["Languages"])),
        )
        return {index: _likeliest(result["Languages"]) for index, result in results.items()}

    def score(self, tags: Mapping[int, str]) -> dict[int, Enrichment]:
        """The scores of documents with these languages; those not supported are given up."""
        self.calls.fail((i for i, tag in tags.items() if _problem_of(tag)), UNSUPPORTED_LANGUAGE)
        codes = {index: code for index, tag in tags.items() if (code := language_of(tag))}
        batches = (
            self._batch(batch, LanguageCode=language)
            for language in sorted(set(codes.values()))
            for batch in _parts([i for i, code in codes.items() if code == language], MAX_BATCH)
        )
        results = self.calls.run(SENTIMENT, batches)
        return {i: self._enrichment(i, codes[i], result) for i, result in results.items()}

    def _batch(self, indices: Sequence[int], **arguments: str) -> Batch:
        return Batch({index: self._texts[index] for index in indices}, arguments)

    def _enrichment(self, index: int, language: str, result: Any) -> Enrichment:
        scores = result["SentimentScore"]
        return Enrichment(
            sentiment=Sentiment(result["Sentiment"]),
            scores=_scores(scores["Positive"], scores["Negative"], scores["Mixed"]),
            compound=round(scores["Positive"] - scores["Negative"], 4),
            engine=ENGINE,
            engine_version=self.calls.models[index],
            language=language,
            truncated=self._texts[index] != self._documents[index].text,
            enriched_at=self._now,
        )


def cut(text: str) -> str:
    """A text cut to Comprehend's limit of 5,000 bytes of UTF-8, at the end of a character."""
    return text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


def language_of(tag: str) -> str | None:
    """Comprehend's code for a language tag; None for a language that it does not support."""
    if tag.lower() in ("zh-tw", "zh-hant"):
        return "zh-TW"
    code = tag.split("-", maxsplit=1)[0].lower()
    return code if code in LANGUAGES else None


def _problem_of(tag: str) -> str:
    return "" if language_of(tag) else UNSUPPORTED_LANGUAGE


def _likeliest(candidates: Sequence[Any]) -> str:
    """The language with the highest score; `und` (undetermined) without a candidate."""
    if not candidates:
        return "und"
    return str(max(candidates, key=lambda candidate: candidate["Score"])["LanguageCode"])


def _parts(indices: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(indices), size):
        yield indices[start : start + size]


def _scores(positive: float, negative: float, mixed: float) -> Scores:
    """Rounded to four places; the rest up to 1 is neutral."""
    rounded = [round(share, 4) for share in (positive, negative, mixed)]
    return Scores(
        positive=rounded[0],
        negative=rounded[1],
        neutral=round(max(0.0, 1 - sum(rounded)), 4),
        mixed=rounded[2],
    )
