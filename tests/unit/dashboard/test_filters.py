"""The periods that a viewer can choose."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.data.filters import CUSTOM, PERIODS, Filters, InvalidPeriod

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)


def test_predefined_periods_last_until_now():
    """They have no end; long periods are counted by day."""
    spans = {name: Filters(name).span(NOW) for name in PERIODS if name != CUSTOM}
    assert {span.end for span in spans.values()} == {None}
    assert spans["Last 48 hours"].start == NOW - timedelta(hours=48)
    assert spans["Last 48 hours"].bucket == "hour"
    assert spans["Last 30 days"].bucket == "day"


def test_custom_period_is_in_utc():
    """Without an end it lasts until now."""
    begin = datetime(2026, 5, 19, 8, 0)
    span = Filters(CUSTOM, begin=begin).span(NOW)
    assert (span.start, span.end) == (begin.replace(tzinfo=UTC), None)
    assert span.parameters() == {"from": "2026-05-19T08:00:00Z", "to": None}
    assert Filters(CUSTOM, begin=begin, end=begin + timedelta(days=1)).span(NOW).bucket == "hour"


@pytest.mark.parametrize(
    ("begin", "end", "message"),
    [
        (None, None, "Choose when the period begins."),
        (NOW, NOW - timedelta(hours=1), "The period ends before it begins."),
        (NOW - timedelta(hours=1), NOW - timedelta(hours=1), "The period ends before it begins."),
        (NOW + timedelta(hours=1), None, "The period begins in the future."),
    ],
)
def test_invalid_periods_are_refused(begin, end, message):
    """With the message of the static page."""
    with pytest.raises(InvalidPeriod, match=f"^{re.escape(message)}$"):
        Filters(CUSTOM, begin=begin, end=end).span(NOW)
