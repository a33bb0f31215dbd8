"""The port of the engines, and their names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from echostream.domain.model import Document, Enrichment

ENGINES = ("vader", "comprehend", "cascade")
"""The values of the setting ENGINE."""


class Engine(Protocol):
    """Scores documents. An engine that cannot score a document falls back to a free engine."""

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        """One enrichment per document, in order; `now` becomes the time of scoring."""
