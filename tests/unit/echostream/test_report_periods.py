"""Periods of reports: which day and which week, and when a report is due."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from echostream.domain.digest.report_periods import ReportKind, due, last_complete

DAILY, WEEKLY = ReportKind.DAILY, ReportKind.WEEKLY


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "now", "start", "end"),
    [
        (DAILY, "2026-11-27T07:00", "2026-11-26", "2026-11-27"),
        (DAILY, "2026-11-27T00:00", "2026-11-26", "2026-11-27"),
        (DAILY, "2026-11-26T23:59", "2026-11-25", "2026-11-26"),
        (DAILY, "2026-12-01T07:00", "2026-11-30", "2026-12-01"),
        (DAILY, "2028-03-01T07:00", "2028-02-29", "2028-03-01"),
        (DAILY, "2027-01-01T07:00", "2026-12-31", "2027-01-01"),
        (WEEKLY, "2026-11-30T07:00", "2026-11-23", "2026-11-30"),
        (WEEKLY, "2026-11-30T00:00", "2026-11-23", "2026-11-30"),
        (WEEKLY, "2026-11-29T23:59", "2026-11-16", "2026-11-23"),
        (WEEKLY, "2026-12-02T07:00", "2026-11-23", "2026-11-30"),
        (WEEKLY, "2027-01-04T07:00", "2026-12-28", "2027-01-04"),
        (WEEKLY, "2027-01-03T07:00", "2026-12-21", "2026-12-28"),
    ],
)
def test_period_is_the_last_complete_one(kind, now, start, end):
    """A week is from Monday to Sunday, over the ends of months and years."""
    period = last_complete(kind, at(now))
    assert (period.start, period.end) == (at(start), at(end))
    assert period.before.end == period.start
    assert period.before.end - period.before.start == period.end - period.start


def test_day_has_24_hours_where_clocks_change():
    """Days are those of UTC: in Berlin the 25th of October 2026 has 25 hours."""
    berlin = timezone(timedelta(hours=1))
    period = last_complete(DAILY, datetime(2026, 10, 26, 0, 30, tzinfo=berlin))
    assert (period.start, period.end) == (at("2026-10-24"), at("2026-10-25"))
    period = last_complete(DAILY, at("2026-10-26T07:00"))
    assert [len(period.starts), period.starts[0], period.starts[-1]] == [
        24,
        at("2026-10-25T00:00"),
        at("2026-10-25T23:00"),
    ]


def test_week_is_counted_by_day():
    """A day by hour."""
    day, week = (last_complete(kind, at("2026-11-30T07:00")) for kind in (DAILY, WEEKLY))
    assert (day.bucket, week.bucket) == ("hour", "day")
    assert week.starts == [at(f"2026-11-{n}") for n in range(23, 30)]


@pytest.mark.parametrize("day", range(30, 37))
def test_week_is_due_on_mondays(day):
    """Each day that of the day before; nothing is due later than 24 hours after its end."""
    now = at("2026-11-01T07:00") + timedelta(days=day - 1)
    kinds = [period.kind for period in due(now)]
    assert kinds == ([DAILY, WEEKLY] if day == 30 else [DAILY])
    assert all(now - period.end < timedelta(hours=24) for period in due(now))
