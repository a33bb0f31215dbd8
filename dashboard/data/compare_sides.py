"""The two sides of the page Compare: side A is that of the filters, side B what the viewer chooses.

A side is whole hours, because `GET /stats` counts these. So a document near the end of a period is
not on both sides.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dashboard.data.filters import CUSTOM, Filters, Span
from dashboard.data.formatting import moment
from dashboard.data.messages import OWN_TEXTS, plural
from dashboard.data.themes import PREVIOUS, SOURCE, WEEK, choice_label
from echostream.domain.codec import time_to_wire
from echostream.domain.model import hour_of

PERIODS, SOURCES = "Periods", "Sources"
OWN = "own"
AGAINST = (PREVIOUS, WEEK, OWN)
"""The periods of side B."""
_HOUR, _SEVEN_DAYS = timedelta(hours=1), timedelta(days=7)
_FIRST = datetime.min.replace(tzinfo=UTC)
"""The earliest time that there is."""


class SameSides(Exception):
    """The viewer chose the same documents for both sides. The message is for the viewer."""


@dataclass(frozen=True, slots=True)
class Query:
    """The viewer's choices. `filters` are those of side A; of side B, only the period or the source
    is another.

    `against` is one of AGAINST, or SOURCE with the name of a source. `own` has the period of side B
    if `against` is OWN.
    """

    filters: Filters
    against: str = PREVIOUS
    own: Filters = field(default_factory=lambda: Filters(CUSTOM))

    @property
    def is_of_sources(self) -> bool:
        """Whether the sides are two sources in the same period."""
        return self.against.startswith(SOURCE)


@dataclass(frozen=True, slots=True)
class Side:
    """The documents of a source, or of all for None, in a period. `label` is not escaped."""

    letter: str
    name: str
    source: str | None
    span: Span

    @property
    def label(self) -> str:
        """Letter and name."""
        return f"{self.letter}: {self.name}"

    @property
    def times(self) -> str:
        """The period, for the viewer."""
        return f"{moment(self.span.start)} to {moment(self.span.end) if self.span.end else 'now'}"


Sides = tuple[Side, Side]


def against_label(against: str) -> str:
    """One of AGAINST as a choice of the viewer."""
    return OWN_TEXTS["own_period"] if against == OWN else choice_label(against)


def source_choices(sources: list[str], chosen: str | None, other: str | None = None) -> list[str]:
    """The sources that a side can have: all but that of the other side.

    The chosen one stays if it is not in `sources`, which may be of another period.
    """
    names = sources if chosen is None or chosen in sources else [*sources, chosen]
    return [name for name in names if name != other]


def too_few_sources(sources: list[str]) -> str:
    """Why sources cannot be compared; empty if they can."""
    if len(sources) > 1:
        return ""
    return OWN_TEXTS["too_few_sources"].format(sources=plural(len(sources), "source"))


def of_sources(filters: Filters, a: str, b: str) -> Query:
    """The comparison of two sources in the period of the filters."""
    return Query(replace(filters, source=a), SOURCE + b)


def sides_of(query: Query, now: datetime) -> Sides:
    """Side A and side B at a given time. Raises `InvalidPeriod`, `SameSides`."""
    filters = query.filters
    span = _whole_hours(filters.span(now), now)
    if query.is_of_sources:
        other = query.against.removeprefix(SOURCE)
        if other == filters.source:
            raise SameSides(OWN_TEXTS["same_source"])
        return Side("A", filters.source or "", filters.source, span), Side("B", other, other, span)
    before = _span_of_b(query, span, now)
    if (before.start, before.end) == (span.start, span.end):
        raise SameSides(OWN_TEXTS["same_period"])
    bucket = "day" if "day" in (span.bucket, before.bucket) else "hour"
    return (
        Side("A", "The period", filters.source, replace(span, bucket=bucket)),
        Side("B", against_label(query.against), filters.source, replace(before, bucket=bucket)),
    )


def _whole_hours(span: Span, now: datetime) -> Span:
    """All hours that a period touches; without an end if the last of them has not ended."""
    end = span.end
    if end is not None and end < now:
        end = hour_of(end - timedelta.resolution) + _HOUR
    return replace(span, start=hour_of(span.start), end=end if end and end < now else None)


def _span_of_b(query: Query, span: Span, now: datetime) -> Span:
    """Another period than `span`; a period before it is as long, without an hour that goes on."""
    if query.against == OWN:
        return _whole_hours(query.own.span(now), now)
    length = max(1, ((span.end or now) - span.start) // _HOUR) * _HOUR
    back = _SEVEN_DAYS if query.against == WEEK else length
    start = span.start - min(back, span.start - _FIRST)
    return Span(start, start + length, span.bucket)


def against_of(query: Query, sides: Sides, now: datetime) -> str:
    """Side B as the API's parameter `against`."""
    if query.is_of_sources:
        return query.against
    span = sides[1].span
    return f"{time_to_wire(span.start)}/{time_to_wire(span.end or now)}"


def overlap(sides: Sides, now: datetime) -> str:
    """The time that two periods share, for the viewer; empty if they share none."""
    a, b = (side.span for side in sides)
    start, end = max(a.start, b.start), min(a.end or now, b.end or now)
    if sides[0].source != sides[1].source or start >= end:
        return ""
    return OWN_TEXTS["overlap"].format(start=moment(start), end=moment(end))
