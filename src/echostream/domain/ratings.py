"""Ratings of authors, in stars, beside the sentiment that an engine gave their texts."""

from typing import Literal, get_args

from echostream.domain.model import Sentiment

GOOD, BAD = 4, 2
"""A rating of at least so many stars is good, of at most so many bad."""
RatingFilter = Literal["any", "1", "2", "3", "4", "5", "disagrees"]
"""Documents with a rating; with one whose nearest whole number this is; with one that disagrees."""
RATING_FILTERS: tuple[RatingFilter, ...] = get_args(RatingFilter)


def stars(rating: float) -> int:
    """The nearest whole number of stars; halves are rounded up."""
    return int(rating + 0.5)


def disagrees(rating: float | None, sentiment: str) -> bool:
    """Whether the rating is good and the text negative, or the rating bad and the text positive.

    A document without a rating never disagrees, nor does one without a score: it is NEUTRAL.
    """
    if rating is None:
        return False
    return (rating >= GOOD and sentiment == Sentiment.NEGATIVE) or (
        rating <= BAD and sentiment == Sentiment.POSITIVE
    )


def matches_rating(wanted: RatingFilter, rating: float | None, sentiment: str) -> bool:
    """Whether a document with this rating and sentiment is one of those that a filter names."""
    if wanted == "disagrees":
        return disagrees(rating, sentiment)
    return rating is not None and wanted in ("any", str(stars(rating)))
