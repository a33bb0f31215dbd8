"""Writes a digest: by a language model if there is one and its sentences pass the checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from echostream.domain.digest.checks import problems
from echostream.domain.digest.extractive import extract
from echostream.domain.digest.facts import Facts
from echostream.domain.digest.prompt import Prompt, prompt_for
from echostream.domain.digest.sentences import Sentence, Written, from_wire, written
from echostream.domain.errors import EchoStreamError

ATTEMPTS = 2
"""The first digest of a model, and one repair."""
NO_MODEL, NO_THEME, REJECTED = "no_model", "no_theme", "rejected"


class ModelFailed(EchoStreamError):
    """A model wrote nothing. `reason` is why, in a word for programs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LanguageModel(Protocol):
    """Writes by instruction."""

    name: str
    """The name of the model that wrote last."""

    def write(self, prompt: Prompt, now: datetime) -> object:
        """The JSON value that the model passed to the tool of a prompt. Raises `ModelFailed`."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Sentences to read. `model` wrote them, or else our own code, because of `reason`.

    `rejected` are the problems of what a model wrote, which is not shown.
    """

    sentences: Sequence[Written]
    model: str | None
    reason: str | None
    rejected: Sequence[str] = ()


def write(facts: Facts, model: LanguageModel | None, now: datetime) -> Digest:
    """A digest of the facts. A model that fails or breaks a rule is no error."""
    draft = extract(facts)
    if model is None or not facts.themes:
        return _extractive(facts, draft, NO_THEME if model else NO_MODEL)
    found: list[str] = []
    for _ in range(ATTEMPTS):
        try:
            sentences = from_wire(model.write(prompt_for(facts, draft, found), now))
        except ModelFailed as error:
            return _extractive(facts, draft, error.reason, found)
        except ValueError as error:
            found = [str(error)]
            continue
        found = problems(sentences, facts)
        if not found:
            return Digest([written(one, facts) for one in sentences], model.name, None)
    return _extractive(facts, draft, REJECTED, found)


def _extractive(
    facts: Facts, draft: Sequence[Sentence], reason: str, rejected: Sequence[str] = ()
) -> Digest:
    return Digest([written(one, facts) for one in draft], None, reason, rejected)
