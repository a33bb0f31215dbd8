"""The times and the arrangement of the sample documents: a daily rhythm and two events."""

from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest

from seed.timeline import EVENTS, MAX_DAYS, arrange, make_times

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
RATINGS = [(-2.0, 0.1, 1.5, 0.0, -0.9, 2.5)[n % 6] for n in range(4000)]
TIMES = make_times(len(RATINGS), NOW)
AGES = [NOW - time for time in TIMES]


def is_usual(age):
    """Whether there was no event."""
    return not any(event.includes(age) for event in EVENTS)


def test_times_are_those_of_the_last_48_hours():
    """Oldest first, and the same ones again."""
    assert sorted(TIMES) == TIMES == make_times(len(RATINGS), NOW)
    assert TIMES[0] >= NOW - 48 * HOUR
    assert TIMES[-1] <= NOW
    assert make_times(0, NOW) == []


@pytest.mark.parametrize("days", [1, 7, 30])
def test_times_are_those_of_as_many_days(days):
    """Each has the rhythm of the others; the oldest document can be sent before it is too old."""
    times = make_times(4000, NOW, days)
    assert times == sorted(times) == make_times(4000, NOW, days)
    assert NOW - timedelta(days=MAX_DAYS) + HOUR <= times[0] < NOW - timedelta(days=days - 1)
    usual = [time for time in times if is_usual(NOW - time)]
    by_day = [sum((NOW - time).days == day for time in usual) for day in range(2, days - 1)]
    assert not by_day or min(by_day) > 0.6 * max(by_day)


def test_more_is_written_in_the_evening_than_at_night():
    """From 19 to 22 hours UTC several times as much as from 2 to 5, on both days."""
    for day in (1, 0):
        ages = [age for age in AGES if age // (24 * HOUR) == day and is_usual(age)]
        evening = sum(19 <= (NOW - age).hour < 22 for age in ages)
        night = sum(2 <= (NOW - age).hour < 5 for age in ages)
        assert evening > 3 * night


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
@pytest.mark.parametrize("hour", [0, 3, 9, 21])
def test_event_is_seen_at_any_time_of_day(event, hour):
    """An hour of it has more documents than the busiest hour outside."""
    now = NOW.replace(hour=hour)
    ages = [now - time for time in make_times(4000, now)]
    hours = [sum(age // HOUR == n for age in ages) for n in range(48)]
    inside = [n for n in range(48) if event.includes(n * HOUR + HOUR / 2)]
    outside = [n for n in range(48) if is_usual(n * HOUR + HOUR / 2)]
    assert fmean(hours[n] for n in inside) > 1.1 * max(hours[n] for n in outside)


def test_texts_of_an_event_have_its_sentiment():
    """Four of five, and about as many of all others as among all texts."""
    order = arrange(RATINGS, AGES)
    for event in EVENTS:
        of_event = [RATINGS[i] for i, age in zip(order, AGES, strict=True) if event.includes(age)]
        assert 0.8 < fmean(rating * event.sign >= 0.5 for rating in of_event) < 0.95
    others = [RATINGS[i] for i, age in zip(order, AGES, strict=True) if is_usual(age)]
    for sign in (-1, 1):
        assert 0.2 < fmean(rating * sign >= 0.5 for rating in others) < 0.4


@pytest.mark.parametrize("ratings", [[], [0.0], [0.0] * 50, [-1.0] * 50, [1.0, -1.0] * 25], ids=len)
def test_each_text_is_written_once(ratings):
    """Also if an event has too few, or only texts of its sign."""
    ages = [NOW - time for time in make_times(len(ratings), NOW)]
    assert sorted(arrange(ratings, ages)) == list(range(len(ratings)))
