"""Amazon Comprehend, for the operations that an offline model can answer.

A response is replayed from the cassette if it was recorded, otherwise the model makes it. Limits
follow the service's guide ("Guidelines and quotas"), entries of the ErrorList its page on document
processing modes: the code of an entry is the name of the exception.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_companion.comprehend.cassette import Cassette
from aws_companion.comprehend.language import detect_languages
from aws_companion.comprehend.model import SentimentModel
from aws_companion.comprehend.phrases import key_phrases
from aws_companion.emulator import ClientFactory
from aws_companion.faults import check_injected
from aws_companion.protocol import ServiceError, service_model
from aws_companion.services import Options, ServiceResponse

BATCH = "Batch"
MAX_BATCH_TEXTS = 25
MAX_BATCH_TEXT_BYTES = 5_000
"""UTF-8 bytes of one text in a batch, whatever the operation."""
MAX_TEXT_BYTES = {
    "DetectSentiment": 5_000,
    "DetectKeyPhrases": 100_000,
    "DetectDominantLanguage": 100_000,
}
"""UTF-8 bytes of the text of each supported single-document operation."""
LANGUAGE = "en"
FROM_CASSETTE = "cassette"
Detection = tuple[dict[str, Any], str]
"""The fields of a result, and the model that made them."""


def create(_: ClientFactory, options: Options) -> "ComprehendService":
    """The service with its model loaded. Raises `CorruptCassette`."""
    detect_languages("loads the model")
    cassette = Cassette(options.cassettes, options.replay_any)
    return ComprehendService(SentimentModel.load(), cassette)


class ComprehendService:
    """DetectSentiment, DetectKeyPhrases and DetectDominantLanguage, and their batches."""

    def __init__(self, sentiment_model: SentimentModel, cassette: Cassette) -> None:
        self.model = service_model("comprehend")
        self.operations = frozenset(self.model.operation_names)
        self._cassette = cassette
        self._model_name = f"stand-in/{sentiment_model.version}"
        self._detectors: Mapping[str, Callable[[str], dict[str, Any]]] = {
            "DetectSentiment": lambda text: _sentiment(sentiment_model, text),
            "DetectKeyPhrases": lambda text: {"KeyPhrases": key_phrases(text)},
            "DetectDominantLanguage": lambda text: {"Languages": detect_languages(text)},
        }

    @property
    def status(self) -> dict[str, Any]:
        return {"model": self._model_name, "recorded_answers": len(self._cassette)}

    def close(self) -> None:
        """There is no background work."""

    def respond(
        self, operation: str, parameters: dict[str, Any], answered: int | None
    ) -> ServiceResponse:
        """The response to a request whose members match the service model."""
        name, is_batch = operation.removeprefix(BATCH), operation.startswith(BATCH)
        if name not in self._detectors or ("TextList" in parameters) != is_batch:
            message = f"{operation}: no model that runs offline backs this operation"
            raise ServiceError("UnsupportedOperationException", message)
        language = str(parameters.get("LanguageCode", ""))
        if is_batch:
            return self._detect_batch(name, parameters["TextList"], language, answered)
        _check_size(parameters["Text"], MAX_TEXT_BYTES[name])
        body, model = self._detect(name, parameters["Text"], language)
        return ServiceResponse(body, model, 1)

    def _detect_batch(
        self, name: str, texts: list[str], language: str, answered: int | None
    ) -> ServiceResponse:
        if len(texts) > MAX_BATCH_TEXTS:
            message = f"The request has {len(texts)} documents; the limit is {MAX_BATCH_TEXTS}"
            raise ServiceError("BatchSizeLimitExceededException", message)
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        models: set[str] = set()
        for index, text in enumerate(texts):
            try:
                _check_size(text, MAX_BATCH_TEXT_BYTES)
                check_injected(index, answered)
            except ServiceError as error:
                errors.append(_batch_error(index, error))
                continue
            fields, model = self._detect(name, text, language)
            results.append({"Index": index, **fields})
            models.add(model)
        body = {"ResultList": results, "ErrorList": errors}
        return ServiceResponse(body, "+".join(sorted(models)) or self._model_name, len(texts))

    def _detect(self, name: str, text: str, language: str) -> Detection:
        recorded = self._cassette.find(text, language, name)
        if recorded is not None:
            return dict(recorded), FROM_CASSETTE
        if language not in ("", LANGUAGE):
            message = f"{language}: Amazon Comprehend supports this language, the stand-in supports"
            message += " English (en) only"
            raise ServiceError("UnsupportedLanguageException", message)
        return self._detectors[name](text), self._model_name


def _sentiment(model: SentimentModel, text: str) -> dict[str, Any]:
    scores = model.score(text)
    by_label = {"Positive": scores.positive, "Negative": scores.negative}
    by_label |= {"Neutral": scores.neutral, "Mixed": scores.mixed}
    label = max(by_label, key=lambda label: by_label[label])
    return {"Sentiment": label.upper(), "SentimentScore": by_label}


def _check_size(text: str, limit: int) -> None:
    size = len(text.encode())
    if size > limit:
        message = f"Input text size exceeds limit. Max length of request text allowed is {limit}"
        message += f" bytes while in this request the text size is {size} bytes"
        raise ServiceError("TextSizeLimitExceededException", message)


def _batch_error(index: int, error: ServiceError) -> dict[str, Any]:
    return {"Index": index, "ErrorCode": error.code, "ErrorMessage": error.message}
