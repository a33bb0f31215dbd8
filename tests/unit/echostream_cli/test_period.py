"""The options MONTH, FROM and TO of commands."""

from datetime import UTC, datetime

import pytest

from echostream.domain.errors import BadRequest
from echostream_cli.operate import period
from echostream_cli.operate.period import Period
from tests.builders import NOW


def parse(options, default_start=None):
    month, first, last = (options.get(name, "") for name in ("MONTH", "FROM", "TO"))
    return period.parse(month, first, last, NOW, default_start)


def at(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "start", "end"),
    [
        ({"MONTH": "2026-02"}, at(2026, 2, 1), at(2026, 3, 1)),
        ({"MONTH": "2025-12"}, at(2025, 12, 1), at(2026, 1, 1)),
        ({"MONTH": "2026-05"}, at(2026, 5, 1), NOW),
        ({"FROM": "2026-05-01"}, at(2026, 5, 1), NOW),
        ({"FROM": "2026-05-01", "TO": "2026-05-02"}, at(2026, 5, 1), at(2026, 5, 2)),
        ({"FROM": "2026-05-01T10:30:00+02:00"}, at(2026, 5, 1, 8, 30), NOW),
        ({"FROM": "2026-05-01", "TO": "2099-01-01"}, at(2026, 5, 1), NOW),
    ],
)
def test_period_is_parsed_and_ends_now_at_the_latest(options, start, end):
    """From months, days and times."""
    assert parse(options) == Period(start, end)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "FROM: required"),
        ({"MONTH": "2026-13"}, "MONTH: must be like"),
        ({"MONTH": "2026-1"}, "MONTH: must be like"),
        ({"MONTH": "2026-01", "TO": "2026-01-05"}, "MONTH: excludes FROM and TO"),
        ({"FROM": "2026-02-30"}, "FROM: there is no day"),
        ({"FROM": "yesterday"}, "FROM: must be an RFC 3339 time"),
        ({"FROM": "2026-05-02", "TO": "2026-05-02"}, "TO: must be later than FROM"),
        ({"FROM": "2026-06-02"}, "FROM: is in the future"),
    ],
)
def test_invalid_period_is_refused_with_the_option_named(options, message):
    """Options that are missing, malformed, contradictory or in the future."""
    with pytest.raises(BadRequest, match=message):
        parse(options)


def test_days_are_those_that_overlap_the_period():
    """A period that ends at midnight does not overlap the day that begins then."""
    days = Period(at(2026, 2, 27, 23), at(2026, 3, 2)).days()
    assert [day.day for day in days] == [27, 28, 1]


def test_default_start_is_used_without_from():
    """Commands such as rescore have a default."""
    assert parse({}, default_start=at(2026, 5, 1)) == Period(at(2026, 5, 1), NOW)
