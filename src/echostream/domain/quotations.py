"""How responses and messages quote documents: as they are, or masked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from echostream.domain.codec import time_to_wire
from echostream.domain.masking import mask
from echostream.domain.themes.corpus import MAX_EXCERPT, Mention, excerpt

LONGEST_ADDRESS = 320
"""Characters of an e-mail address, 64 before the at sign and 255 after it (RFC 5321)."""
MAX_MASKED = MAX_EXCERPT + LONGEST_ADDRESS + 400
"""Characters of a text that are masked: a bound of the time, with room for what gets shorter."""


@dataclass(frozen=True, slots=True)
class Quotations:
    """All words of documents that a response or a message has pass through here.

    With `is_masked`, slurs and personal data are masked, and authors are left out.
    """

    is_masked: bool = False

    def words(self, text: str) -> str:
        """Terms, or a sentence about documents."""
        return mask(text) if self.is_masked else text

    def all_words(self, texts: Iterable[str]) -> list[str]:
        """Each of them as `words` returns it."""
        return [self.words(text) for text in texts]

    def excerpt(self, text: str) -> str:
        """The start of a text of a document."""
        return _masked_excerpt(text) if self.is_masked else excerpt(text)

    def cited(self, mentions: Sequence[Mention]) -> list[dict[str, Any]]:
        """Documents as the API cites them."""
        return [
            {
                "id": one.id,
                "text": self.excerpt(one.text),
                "source": one.source,
                "author": None if self.is_masked else one.author,
                "created_at": time_to_wire(one.created_at),
                "sentiment": one.sentiment,
                "compound": one.compound,
                "unscored": one.unscored,
            }
            for one in mentions
        ]


def _masked_excerpt(text: str) -> str:
    """The start of a masked text: no part of an address that was cut is in it."""
    if len(text) <= MAX_MASKED:
        return excerpt(mask(text))
    return excerpt(f"{mask(text[:MAX_MASKED])[:-LONGEST_ADDRESS]}\u2026")
