"""The paid engine: Amazon Comprehend, with the free one behind it.

Texts go in batches of 25, cut at 5,000 bytes, by language. A batch is paid for out of the spend
guard before it is sent. What Comprehend does not score (it is down, the cap is reached, it does not
know the language) the free engine does, and the enrichment says why.
"""

import random
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

from echostream.domain.engine import Engine
from echostream.domain.errors import EchoStreamError
from echostream.domain.model import Document, Enrichment, Scores, Sentiment
from echostream.domain.spend import SpendGuard, units_of

ENGINE = "comprehend"
AWS_MODEL = "aws"
MODEL_HEADER = "x-echostream-model"
"""Names the model in the answers of what stands in for Comprehend; AWS sends none."""
MAX_TEXT_BYTES = 5_000
MAX_BATCH = 25
MAX_ATTEMPTS = 3
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")

UNAVAILABLE = "comprehend_unavailable"
CAPPED = "spend_cap"
UNSUPPORTED_LANGUAGE = "unsupported_language"

_WORTH_RETRYING = {"ThrottlingException", "TooManyRequestsException", "InternalServerException"}
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError)


class CallFailed(EchoStreamError):
    """Comprehend did not score a batch. `reason` is what the enrichments will say."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PaidCalls:
    """Batch calls, each paid for before it is made, repeated with jitter where that may help.

    `client` is a boto3 Comprehend client that tries once: every attempt is paid for here.
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
        """Results by index, and the model that gave them. Items that failed are tried alone.

        Raises `CallFailed` where no item was scored.
        """
        found: dict[int, Any] = {}
        model, reason = AWS_MODEL, UNAVAILABLE
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311
            left = [index for index in range(len(texts)) if index not in found]
            try:
                answer = self._once(operation, [texts[index] for index in left], now, arguments)
            except CallFailed as error:
                reason = error.reason
                if reason != UNAVAILABLE:
                    break
                continue
            model = answer["ResponseMetadata"]["HTTPHeaders"].get(MODEL_HEADER, AWS_MODEL)
            found.update({left[result["Index"]]: result for result in answer["ResultList"]})
            self._refund((texts[index] for index in left if index not in found), now)
            if len(found) == len(texts):
                break
        if not found:
            raise CallFailed(reason)
        return found, model

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
        except BotoCoreError as error:  # no answer; it may have been scored, and charged
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
    """Scores with Comprehend as long as the guard lets it, else with `free`.

    `compound` is the positive score less the negative one. `engine_version` names the model: `aws`,
    or whatever stood in for it.
    """

    calls: PaidCalls
    free: Engine

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        texts = [cut(document.text) for document in documents]
        failed: dict[int, str] = {}
        languages = self._languages(documents, texts, failed, now)
        found = self._score(documents, texts, languages, failed, now)
        left = [index for index in range(len(documents)) if index not in found]
        free = self.free.enrich([documents[index] for index in left], now)
        for index, enrichment in zip(left, free, strict=True):
            found[index] = replace(enrichment, fallback=failed.get(index, UNAVAILABLE))
        return [found[index] for index in range(len(documents))]

    def _languages(
        self,
        documents: Sequence[Document],
        texts: Sequence[str],
        failed: dict[int, str],
        now: datetime,
    ) -> dict[int, str]:
        """The language of each text that Comprehend knows: as the sender said, or detected."""
        said = {i: d.language for i, d in enumerate(documents) if d.language is not None}
        silent = [index for index in range(len(documents)) if index not in said]
        for batch in _batches(silent):
            operation = "batch_detect_dominant_language"
            try:
                results, _ = self.calls.batch(operation, [texts[index] for index in batch], now)
            except CallFailed as error:
                failed.update(dict.fromkeys(silent, error.reason))
                break
            for place, result in results.items():
                said[batch[place]] = _likeliest(result["Languages"])
        known = {index: language_of(tag) for index, tag in said.items()}
        failed.update({i: UNSUPPORTED_LANGUAGE for i, code in known.items() if code is None})
        return {index: code for index, code in known.items() if code is not None}

    def _score(
        self,
        documents: Sequence[Document],
        texts: Sequence[str],
        languages: dict[int, str],
        failed: dict[int, str],
        now: datetime,
    ) -> dict[int, Enrichment]:
        """What Comprehend says, as far as it says anything. Once it is down, it is left alone."""
        found: dict[int, Enrichment] = {}
        for language in sorted(set(languages.values())):
            mine = [index for index, code in languages.items() if code == language]
            for batch in _batches(mine):
                operation, sent = "batch_detect_sentiment", [texts[index] for index in batch]
                try:
                    results, model = self.calls.batch(operation, sent, now, LanguageCode=language)
                except CallFailed as error:
                    failed.update(dict.fromkeys(batch, error.reason))
                    if error.reason == UNAVAILABLE:
                        return found
                    continue
                for place, result in results.items():
                    index = batch[place]
                    whole = texts[index] == documents[index].text
                    found[index] = _enrichment(result, model, language, not whole, now)
        return found


def cut(text: str) -> str:
    """A text as Comprehend takes it: at most 5,000 bytes of UTF-8, ending with a character."""
    return text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


def language_of(tag: str) -> str | None:
    """Comprehend's code for a language tag; None for a language that it does not know."""
    if tag.lower() in ("zh-tw", "zh-hant"):
        return "zh-TW"
    code = tag.split("-", maxsplit=1)[0].lower()
    return code if code in LANGUAGES else None


def _likeliest(candidates: Sequence[Any]) -> str:
    """The language with the best score; `und` (undetermined) where nothing was recognised."""
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
    """To four places, with what rounding leaves counted as neutral."""
    rounded = [round(share, 4) for share in (positive, negative, mixed)]
    return Scores(
        positive=rounded[0],
        negative=rounded[1],
        neutral=round(max(0.0, 1 - sum(rounded)), 4),
        mixed=rounded[2],
    )
