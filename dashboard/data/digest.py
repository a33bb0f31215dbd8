"""The digest of the page Themes: sentences, the documents that they cite, and who wrote them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import DIGEST_REASONS, TEXTS
from dashboard.data.themes import Documents, Query
from echostream_client.api import ApiClient

STAND_IN = "echostream-"
"""What the names of the sandbox's stand-ins begin with."""
BEDROCK = "bedrock_"
"""What a reason begins with that ends with Bedrock's error code."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`citations` are numbers of documents of the digest, from 1."""

    text: str
    citations: list[int]


@dataclass(frozen=True, slots=True)
class Digest:
    """Without a `model` rules wrote it, and `reason` is the API's code of why."""

    sentences: list[Sentence]
    documents: Documents
    model: str | None
    reason: str | None
    written_at: datetime


class KeptDigest:
    """The last digest that a viewer asked for, while the query stays the one that it answers.

    `error` is that of the last attempt. `was_removed` says that a digest was of another query.
    """

    def __init__(self) -> None:
        self._query: Query | None = None
        self.digest: Digest | None = None
        self.error: ServiceError | None = None
        self.was_removed = False

    def select(self, query: Query) -> None:
        """Remove the digest and the error of another query."""
        if query == self._query:
            return
        self.was_removed = self.was_removed or self.digest is not None
        self._query, self.digest, self.error = query, None, None

    def write(self, load: Callable[[], Digest]) -> None:
        """Replace the digest; if `load` raises `ServiceError`, the last one stays."""
        try:
            self.digest = load()
        except ServiceError as error:
            self.error = error
            return
        self.error, self.was_removed = None, False


def load(api: ApiClient, query: Query, now: datetime) -> Digest:
    """Have a digest written, which may cost money. Raises `ServiceError`."""
    with translate_errors():
        return _digest(api.digest(**query.parameters(now)))


def _digest(response: Mapping[str, Any]) -> Digest:
    documents = list(response["documents"])
    numbers = {one["id"]: number for number, one in enumerate(documents, 1)}
    return Digest(
        sentences=[
            Sentence(str(one["text"]), [numbers[cited] for cited in one["citations"]])
            for one in response["sentences"]
        ],
        documents=documents,
        model=response["model"],
        reason=response["reason"],
        written_at=datetime.fromisoformat(response["written_at"]),
    )


def author_text(digest: Digest) -> str:
    """Who wrote a digest, and if rules did, why. It is not escaped."""
    if digest.model is None:
        return f"Written by rules. {reason_text(digest.reason)}".strip()
    written = f"Written by {digest.model}."
    is_stand_in = digest.model.startswith(STAND_IN)
    return f"{written} {TEXTS['digest_stand_in']}" if is_stand_in else written


def reason_text(reason: str | None) -> str:
    """A reason in a sentence; an unknown one unchanged."""
    known = DIGEST_REASONS.get(reason or "")
    if known or not reason:
        return known or ""
    error = reason.removeprefix(BEDROCK)
    return TEXTS["bedrock_refused"].format(error=error) if error and error != reason else reason
