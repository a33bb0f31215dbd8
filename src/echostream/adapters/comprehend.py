"""The paid engine: Amazon Comprehend, with a free engine as its fallback.

Texts are sent in batches of 25, cut to 5,000 bytes, by language. The units of a batch are reserved
with the spend guard before the call. The free engine scores what Comprehend does not (it is
unavailable, a cap is reached, the language is not supported); `fallback` is then the reason.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from echostream.adapters.retry import backoff
from echostream.domain.engine import Engine
from echostream.domain.errors import EchoStreamError
from echostream.domain.model import Document, Enrichment, Scores, Sentiment
from echostream.domain.spend import SpendGuard, units_of

ENGINE = "comprehend"
AWS_MODEL = "aws"
MODEL_HEADER = "x-echostream-model"
"""The header with the model's name in responses of a stand-in for Comprehend; AWS sends none."""
MAX_TEXT_BYTES = 5_000
MAX_BATCH = 25
MAX_ATTEMPTS = 3
BACKOFF = 0.4
"""Seconds, doubled with each attempt."""
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")

UNAVAILABLE = "comprehend_unavailable"
CAPPED = "spend_cap"
UNSUPPORTED_LANGUAGE = "unsupported_language"

_WORTH_RETRYING = {"ThrottlingException", "TooManyRequestsException", "InternalServerException"}
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError)


class CallFailed(EchoStreamError):
    """Comprehend did not score a batch. `reason` becomes the `fallback` of the scores."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PaidCalls:
    """Batch calls whose units are reserved before each attempt.

    `client` is a boto3 Comprehend client without retries, so that each attempt is reserved.
    """

    def __init__(
        self, client: Any, guard: SpendGuard, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._guard = guard
        self._sleep = sleep

    def batch(
        self, operation: str, texts: Sequence[str], now: datetime, **arguments: str
    ) -> tuple[dict[int, Any], str]:
        """Results by index, and the model's name. Failed items are sent again without the others.

        Raises `CallFailed` if no item was scored.
        """
        results: dict[int, Any] = {}
        model, reason = AWS_MODEL, UNAVAILABLE
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._sleep(backoff(attempt - 1, BACKOFF))
            left = [index for index in range(len(texts)) if index not in results]
            try:
                response = self._once(operation, [texts[index] for index in left], now, arguments)
            except CallFailed as error:
                reason = error.reason
                if reason != UNAVAILABLE:
                    break
                continue
            model = response["ResponseMetadata"]["HTTPHeaders"].get(MODEL_HEADER, AWS_MODEL)
            results.update({left[result["Index"]]: result for result in response["ResultList"]})
            self._refund((texts[index] for index in left if index not in results), now)
            if len(results) == len(texts):
                break
        if not results:
            raise CallFailed(reason)
        return results, model

    def _once(
        self, operation: str, texts: Sequence[str], now: datetime, arguments: dict[str, str]
    ) -> Any:
        if not self._guard.reserve(units_of(texts), now):
            raise CallFailed(CAPPED)
        try:
            return getattr(self._client, operation)(TextList=list(texts), **arguments)
        except ClientError as error:
            self._refund(texts, now)
            raise CallFailed(_reason(error)) from error
        except _NEVER_SENT as error:
            self._refund(texts, now)
            raise CallFailed(UNAVAILABLE) from error
        except BotoCoreError as error:  # no response; the call may have been billed
            raise CallFailed(UNAVAILABLE) from error

    def _refund(self, texts: Any, now: datetime) -> None:
        units = units_of(texts)
        if units:
            self._guard.release(units, now)


def _reason(error: ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    if code == "UnsupportedLanguageException":
        return UNSUPPORTED_LANGUAGE
    return UNAVAILABLE if code in _WORTH_RETRYING else f"comprehend_{code}"


@dataclass(frozen=True, slots=True)
class Comprehend:
    """Scores with Comprehend while the spend guard allows it, otherwise with `free`.

    `compound` is the positive score minus the negative one. `engine_version` is the model: `aws`,
    or the name of a stand-in.
    """

    calls: PaidCalls
    free: Engine

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        texts = [cut(document.text) for document in documents]
        failed: dict[int, str] = {}
        languages = self._languages(documents, texts, failed, now)
        scores = self._score(documents, texts, languages, failed, now)
        left = [index for index in range(len(documents)) if index not in scores]
        free = self.free.enrich([documents[index] for index in left], now)
        for index, enrichment in zip(left, free, strict=True):
            scores[index] = replace(enrichment, fallback=failed.get(index, UNAVAILABLE))
        return [scores[index] for index in range(len(documents))]

    def _languages(
        self,
        documents: Sequence[Document],
        texts: Sequence[str],
        failed: dict[int, str],
        now: datetime,
    ) -> dict[int, str]:
        """The supported language of each text, as sent or else detected."""
        tags = {i: d.language for i, d in enumerate(documents) if d.language is not None}
        without = [index for index in range(len(documents)) if index not in tags]
        for batch in _batches(without):
            operation = "batch_detect_dominant_language"
            try:
                results, _ = self.calls.batch(operation, [texts[index] for index in batch], now)
            except CallFailed as error:
                failed.update(dict.fromkeys(without, error.reason))
                break
            for place, result in results.items():
                tags[batch[place]] = _likeliest(result["Languages"])
        codes = {index: language_of(tag) for index, tag in tags.items()}
        failed.update({i: UNSUPPORTED_LANGUAGE for i, code in codes.items() if code is None})
        return {index: code for index, code in codes.items() if code is not None}

    def _score(
        self,
        documents: Sequence[Document],
        texts: Sequence[str],
        languages: dict[int, str],
        failed: dict[int, str],
        now: datetime,
    ) -> dict[int, Enrichment]:
        """Comprehend's scores by index. Stops after the first call that finds it unavailable."""
        scores: dict[int, Enrichment] = {}
        for language in sorted(set(languages.values())):
            indices = [index for index, code in languages.items() if code == language]
            for batch in _batches(indices):
                operation, sent = "batch_detect_sentiment", [texts[index] for index in batch]
                try:
                    results, model = self.calls.batch(operation, sent, now, LanguageCode=language)
                except CallFailed as error:
                    failed.update(dict.fromkeys(batch, error.reason))
                    if error.reason == UNAVAILABLE:
                        return scores
                    continue
                for place, result in results.items():
                    index = batch[place]
                    is_cut = texts[index] != documents[index].text
                    scores[index] = _enrichment(result, model, language, is_cut, now)
        return scores


def cut(text: str) -> str:
    """A text cut to Comprehend's limit of 5,000 bytes of UTF-8, at the end of a character."""
    return text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


def language_of(tag: str) -> str | None:
    """Comprehend's code for a language tag; None for a language that it does not support."""
    if tag.lower() in ("zh-tw", "zh-hant"):
        return "zh-TW"
    code = tag.split("-", maxsplit=1)[0].lower()
    return code if code in LANGUAGES else None


def _likeliest(candidates: Sequence[Any]) -> str:
    """The language with the highest score; `und` (undetermined) without a candidate."""
    if not candidates:
        return "und"
    return str(max(candidates, key=lambda candidate: candidate["Score"])["LanguageCode"])


def _batches(indices: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(indices), MAX_BATCH):
        yield indices[start : start + MAX_BATCH]


def _enrichment(
    result: Any, model: str, language: str, truncated: bool, now: datetime
) -> Enrichment:
    scores = result["SentimentScore"]
    return Enrichment(
        sentiment=Sentiment(result["Sentiment"]),
        scores=_scores(scores["Positive"], scores["Negative"], scores["Mixed"]),
        compound=round(scores["Positive"] - scores["Negative"], 4),
        engine=ENGINE,
        engine_version=model,
        language=language,
        truncated=truncated,
        enriched_at=now,
    )


def _scores(positive: float, negative: float, mixed: float) -> Scores:
    """Rounded to four places; the rest up to 1 is neutral."""
    rounded = [round(share, 4) for share in (positive, negative, mixed)]
    return Scores(
        positive=rounded[0],
        negative=rounded[1],
        neutral=round(max(0.0, 1 - sum(rounded)), 4),
        mixed=rounded[2],
    )
