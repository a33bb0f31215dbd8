"""Compare: what the two sides are, which are offered, and which are refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data import compare, compare_sides
from dashboard.data.compare_sides import OWN, Query, SameSides, of_sources, sides_of
from dashboard.data.filters import CUSTOM, Filters, InvalidPeriod
from dashboard.data.themes import PREVIOUS, WEEK
from tests.unit.dashboard.compare_responses import Api

NOW = datetime(2026, 5, 21, 12, 30, tzinfo=UTC)
DAY = Filters("Last 24 hours")


def own(begin: datetime, end: datetime | None) -> Query:
    return Query(DAY, OWN, Filters(CUSTOM, begin=begin, end=end))


def in_may(day: int, hour_of_day: int) -> datetime:
    return datetime(2026, 5, day, hour_of_day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "end", "before", "week"),
    [
        ((20, 8, 20), (20, 10, 40), ((20, 5), (20, 8)), ((13, 8), (13, 11))),
        ((21, 8, 20), None, ((21, 4), (21, 8)), ((14, 8), (14, 12))),
        ((21, 12, 20), (21, 12, 25), ((21, 11), (21, 12)), ((14, 12), (14, 13))),
        ((21, 8, 0), (22, 8, 0), ((21, 4), (21, 8)), ((14, 8), (14, 12))),
    ],
)
def test_earlier_period_is_as_long(begin, end, before, week):
    """In the hours that the chosen period touches and that have ended, at least one."""
    filters = Filters(CUSTOM, begin=datetime(2026, 5, *begin), end=end and datetime(2026, 5, *end))
    for against, (start, stop) in ((PREVIOUS, before), (WEEK, week)):
        span = sides_of(Query(filters, against), NOW)[1].span
        assert span.start == in_may(*start)
        assert span.end == in_may(*stop)


def test_both_sides_are_counted_alike():
    """By day if one of the periods is long."""
    sides = sides_of(own(datetime(2026, 4, 1), datetime(2026, 5, 1)), NOW)
    assert [side.span.bucket for side in sides] == ["day", "day"]


def test_sources_are_offered_for_the_other_side():
    """Side B cannot have that of side A; a chosen one stays; the largest come first."""
    api: Any = Api({"forum": [], "shop": []})
    names = compare.sources(api, DAY, NOW)
    assert names == ["forum", "shop"]
    assert compare_sides.source_choices(names, "forum", "forum") == ["shop"]
    assert compare_sides.source_choices(names, "past") == ["forum", "shop", "past"]
    assert compare_sides.too_few_sources(names) == ""
    assert "this period has 1 source." in compare_sides.too_few_sources(["forum"])


def test_equal_sides_are_refused():
    """The same source, or the same hours, with what to do."""
    with pytest.raises(SameSides, match="same source"):
        sides_of(of_sources(DAY, "shop", "shop"), NOW)
    with pytest.raises(SameSides, match="same period"):
        sides_of(own(datetime(2026, 5, 20, 12, 45), None), NOW)


def test_own_period_without_a_start_is_refused():
    """As one of the filters."""
    with pytest.raises(InvalidPeriod, match="Choose when the period begins"):
        sides_of(Query(DAY, OWN), NOW)


@pytest.mark.parametrize("against", [PREVIOUS, WEEK])
def test_period_at_the_beginning_of_time_has_an_earlier_one(against):
    """It is cut; a period that begins then has none."""
    filters = Filters(CUSTOM, begin=datetime(1, 1, 1, 2), end=datetime(1, 1, 1, 6))
    start = sides_of(Query(filters, against), NOW)[1].span.start
    assert start == datetime.min.replace(tzinfo=UTC)
    with pytest.raises(SameSides):
        sides_of(
            Query(Filters(CUSTOM, begin=datetime(1, 1, 1), end=datetime(1, 1, 2)), against), NOW
        )
