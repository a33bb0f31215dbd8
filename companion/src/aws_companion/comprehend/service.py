"""Amazon Comprehend, as far as a model that runs here can back it.

An answer comes from the cassette if it was recorded, else from the stand-in. Limits follow the
service's guide ("Guidelines and quotas"), entries of the ErrorList its page on document
processing modes, where an entry's code is the name of the exception.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_companion.comprehend.cassette import Cassette
from aws_companion.comprehend.language import languages
from aws_companion.comprehend.model import SentimentModel
from aws_companion.comprehend.phrases import key_phrases
from aws_companion.protocol import ServiceError, service_model
from aws_companion.services import ServiceResponse

BATCH = "Batch"
BATCH_TEXTS = 25
BATCH_BYTES = 5_000
"""UTF-8 bytes of one text in a batch, whatever the operation."""
SINGLE_BYTES = {
    "DetectSentiment": 5_000,
    "DetectKeyPhrases": 100_000,
    "DetectDominantLanguage": 100_000,
}
"""UTF-8 bytes of the text where it is the only one; also the list of what is backed."""
LANGUAGE = "en"
FROM_CASSETTE = "cassette"
Result = tuple[dict[str, Any], str]


class ComprehendService:
    """Answers DetectSentiment, DetectKeyPhrases and DetectDominantLanguage, and their batches."""

    def __init__(self, stand_in: SentimentModel, cassette: Cassette) -> None:
        self.model = service_model("comprehend")
        self.operations = frozenset(self.model.operation_names)
        self._cassette = cassette
        self._version = f"stand-in/{stand_in.version}"
        self._models: Mapping[str, Callable[[str], dict[str, Any]]] = {
            "DetectSentiment": lambda text: _sentiment(stand_in, text),
            "DetectKeyPhrases": lambda text: {"KeyPhrases": key_phrases(text)},
            "DetectDominantLanguage": lambda text: {"Languages": languages(text)},
        }

    def answer(
        self, operation: str, parameters: dict[str, Any], answered: int | None
    ) -> ServiceResponse:
        """The answer to a request whose members were checked against the service model."""
        name = operation.removeprefix(BATCH)
        if name not in self._models or ("TextList" in parameters) != operation.startswith(BATCH):
            raise ServiceError("UnsupportedOperationException", _not_backed(operation))
        code = str(parameters.get("LanguageCode", ""))
        if operation.startswith(BATCH):
            return self._batch(name, parameters["TextList"], code, answered)
        _check_size(parameters["Text"], SINGLE_BYTES[name])
        body, source = self._one(name, parameters["Text"], code)
        return ServiceResponse(body, source, 1)

    def _batch(
        self, name: str, texts: list[str], code: str, answered: int | None
    ) -> ServiceResponse:
        if len(texts) > BATCH_TEXTS:
            message = f"The request holds {len(texts)} documents; the limit is {BATCH_TEXTS}"
            raise ServiceError("BatchSizeLimitExceededException", message)
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        sources: set[str] = set()
        for index, text in enumerate(texts):
            try:
                _check_size(text, BATCH_BYTES)
                _check_answered(index, answered)
            except ServiceError as error:
                errors.append(_batch_error(index, error))
                continue
            body, source = self._one(name, text, code)
            results.append({"Index": index, **body})
            sources.add(source)
        source = "+".join(sorted(sources)) or self._version
        return ServiceResponse({"ResultList": results, "ErrorList": errors}, source, len(texts))

    def _one(self, name: str, text: str, code: str) -> Result:
        recorded = self._cassette.find(text, code, name)
        if recorded is not None:
            return dict(recorded), FROM_CASSETTE
        if code not in ("", LANGUAGE):
            message = f"{code} is not supported here: the stand-in knows English (en) only"
            raise ServiceError("UnsupportedLanguageException", message)
        return self._models[name](text), self._version


def _sentiment(stand_in: SentimentModel, text: str) -> dict[str, Any]:
    scores = stand_in.score(text)
    named = {"Positive": scores.positive, "Negative": scores.negative}
    named |= {"Neutral": scores.neutral, "Mixed": scores.mixed}
    label = max(named, key=lambda name: named[name])
    return {"Sentiment": label.upper(), "SentimentScore": named}


def _check_size(text: str, limit: int) -> None:
    size = len(text.encode())
    if size > limit:
        message = f"Input text size exceeds limit. Max length of request text allowed is {limit}"
        message += f" bytes while in this request the text size is {size} bytes"
        raise ServiceError("TextSizeLimitExceededException", message)


def _check_answered(index: int, answered: int | None) -> None:
    if answered is not None and index >= answered:
        raise ServiceError("InternalServerException", "Unexpected server error, as asked for")


def _batch_error(index: int, error: ServiceError) -> dict[str, Any]:
    return {"Index": index, "ErrorCode": error.code, "ErrorMessage": error.message}


def _not_backed(operation: str) -> str:
    return f"{operation}: no model that runs offline backs this operation"
