"""What every engine does: say what it makes of some documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from echostream.domain.model import Document, Enrichment

ENGINES = ("vader", "comprehend", "cascade")
"""Names of the engines, as settings and the API give them."""


class Engine(Protocol):
    """Scores documents. Never fails for a document: where it cannot, a free engine does."""

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        """One enrichment for each document, in order; `now` is when they were scored."""
