"""Filters of documents beside those that all pages share: channel, attribute and rating."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.data.messages import SHARED
from echostream.domain.attributes import Attribute, attribute_to_text

MAX_NAMES, MAX_VALUES = 100, 200
"""Attributes, and values of each, that are offered. Others can be entered."""
RATINGS: dict[str, str] = {one["name"]: one["label"] for one in SHARED["ratings"]}
"""The labels of the API's filters by rating."""
Attributes = Mapping[str, tuple[str, ...]]
"""Values by the names of attributes, in the order in which documents have them."""


@dataclass(frozen=True, slots=True)
class DocumentFilters:
    """The viewer's choices; None means all."""

    channel: str | None = None
    attribute: Attribute | None = None
    rating: str | None = None

    def parameters(self) -> dict[str, str | None]:
        """As query parameters of the API."""
        attribute = attribute_to_text(*self.attribute) if self.attribute else None
        return {"channel": self.channel, "attribute": attribute, "rating": self.rating}


NO_FILTERS = DocumentFilters()


def with_attributes(known: Attributes, documents: Iterable[Mapping[str, Any]]) -> Attributes:
    """The known attributes and those of documents, as many as are offered."""
    values = {name: dict.fromkeys(known_values) for name, known_values in known.items()}
    for document in documents:
        for name, value in document["attributes"].items():
            if name in values or len(values) < MAX_NAMES:
                of_name = values.setdefault(name, {})
                if len(of_name) < MAX_VALUES:
                    of_name[value] = None
    return {name: tuple(of_name) for name, of_name in values.items()}
