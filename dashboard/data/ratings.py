"""Ratings of documents, compared with their scores."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.data.explore import Loaded, older
from dashboard.data.filters import Filters
from dashboard.data.formatting import percent
from dashboard.data.messages import LABELS, OWN_TEXTS, plural
from echostream.domain.query import MAX_LIMIT
from echostream.domain.ratings import disagrees, stars
from echostream.domain.validation import MAX_RATING, MIN_RATING
from echostream_client.api import ApiClient

MAX_DOCUMENTS = 2_000
"""Documents that are counted at most: the newest."""
MAX_PAGES = 8
"""Requests at most: of a period in which few documents have a rating, pages are short."""
STARS = range(MAX_RATING, MIN_RATING - 1, -1)
"""The rows of a table, best first."""
SENTIMENTS = ("NEGATIVE", "NEUTRAL", "MIXED", "POSITIVE")
CELL_COLUMNS = ("stars", "sentiment", "documents", "disagreeing")


@dataclass(frozen=True, slots=True)
class Rated:
    """Documents that have both a rating and a score, newest first.

    `read` is the number of documents with a rating; `is_complete` says whether the period has no
    others.
    """

    documents: list[dict[str, Any]]
    read: int
    is_complete: bool

    @property
    def disagreeing(self) -> list[dict[str, Any]]:
        """Those whose rating disagrees with the score."""
        return [one for one in self.documents if disagrees(one["rating"], one["sentiment"])]


def load(api: ApiClient, filters: Filters, now: datetime) -> Rated:
    """The newest documents with a rating that the filters match. Raises `ServiceError`."""
    parameters = {**filters.span(now).parameters(), "rating": "any", "limit": MAX_LIMIT}
    loaded = older(api, Loaded(parameters))
    for _ in range(MAX_PAGES - 1):
        if loaded.cursor is None or len(loaded.documents) >= MAX_DOCUMENTS:
            break
        loaded = older(api, loaded)
    scored = [one for one in loaded.documents if not one["unscored"]]
    return Rated(scored, len(loaded.documents), loaded.cursor is None)


def cells(rated: Rated) -> pd.DataFrame:
    """A row for each number of stars and each sentiment, with CELL_COLUMNS."""
    kinds = [(stars(one["rating"]), one["sentiment"]) for one in rated.documents]
    against = [(stars(one["rating"]), one["sentiment"]) for one in rated.disagreeing]
    rows = [
        (number, LABELS[name], kinds.count((number, name)), against.count((number, name)))
        for number in STARS
        for name in SENTIMENTS
    ]
    return pd.DataFrame(rows, columns=list(CELL_COLUMNS))


def as_table(counted: pd.DataFrame) -> pd.DataFrame:
    """`cells` as a row for each number of stars, with the number that disagree."""
    wide = counted.pivot_table("documents", "stars", "sentiment", aggfunc="sum", sort=False)
    wide["Disagree"] = counted.groupby("stars")["disagreeing"].sum()
    return wide.rename_axis(columns=None).rename_axis("Stars").reset_index()


def summary(rated: Rated) -> str:
    """How many documents were read, and how many of them disagree."""
    number, total = len(rated.disagreeing), len(rated.documents)
    extent = "ratings_read" if rated.is_complete else "ratings_newest"
    unscored = rated.read - total
    parts = [OWN_TEXTS[extent].format(documents=plural(rated.read, "document"))]
    if unscored:
        parts.append(OWN_TEXTS["ratings_unscored"].format(documents=f"{unscored:,}"))
    parts.append(
        OWN_TEXTS["ratings_disagree"].format(number=f"{number:,}", share=percent(number, total))
    )
    return " ".join(parts)


def empty_text(rated: Rated) -> str:
    """Why there is no chart; empty if there is one."""
    if rated.documents:
        return ""
    if rated.read:
        return OWN_TEXTS["no_scored_rating"]
    return OWN_TEXTS["no_rating" if rated.is_complete else "no_newest_rating"]
