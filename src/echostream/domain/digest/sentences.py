"""The sentences of a digest, as they are written and as they are read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from echostream.domain.digest.facts import Facts
from echostream.domain.themes.corpus import Mention

PLACEHOLDER = re.compile(r"\{([a-z0-9_.]*)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with names of numbers in braces; the theme that it is about, and what it cites.

    `theme` is empty for a sentence about all documents.
    """

    text: str
    theme: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence to read: its numbers by name, and the documents that it cites."""

    text: str
    numbers: Mapping[str, str]
    cited: Sequence[Mention]


def written(sentence: Sentence, facts: Facts) -> Written:
    """A sentence that has been checked, with its numbers."""
    names = PLACEHOLDER.findall(sentence.text)
    numbers = {name: facts.numbers[name] for name in names}
    text = PLACEHOLDER.sub(lambda match: facts.numbers[match[1]], sentence.text)
    return Written(text, numbers, [facts.documents[name] for name in sentence.citations])


def to_wire(sentences: Sequence[Sentence]) -> dict[str, Any]:
    """Sentences as a model gets and returns them."""
    return {
        "sentences": [
            {"text": one.text, "theme": one.theme, "citations": list(one.citations)}
            for one in sentences
        ]
    }


def from_wire(content: object) -> list[Sentence]:
    """The inverse of `to_wire`. Raises `ValueError` that says what is wrong, for a model."""
    rows = content.get("sentences") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ValueError("sentences: must be a list of at least one sentence")
    return [_sentence(row, place) for place, row in enumerate(rows)]


def _sentence(row: object, place: int) -> Sentence:
    match row:
        case {"text": str(text), "theme": str(theme), "citations": list(citations)}:
            if all(isinstance(name, str) for name in citations):
                return Sentence(text, theme, tuple(citations))
    raise ValueError(
        f"sentences[{place}]: must have a text, a theme (or an empty text) and citations"
    )
