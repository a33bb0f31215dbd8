"""What raises no alert: rhythms, weekends, growth, bursts, new sources, events of the past."""

import random

import pytest

from echostream.domain.alerts.deviations import MIN_DOCUMENTS, deviations
from tests.unit.echostream.alert_counts import (
    DAY,
    MEAN,
    WEEK,
    at,
    count,
    found,
    is_weekend,
    rhythm,
    series,
    summary,
    worse,
)

MONTH = 30 * DAY


@pytest.mark.parametrize("weekend", [1.0, 0.7, 0.05, 0.0])
@pytest.mark.parametrize("first_day", [0, 2, 4])
def test_rhythm_of_days_and_weeks_is_usual(weekend, first_day):
    """From the first hour on; it may be one of a Friday before a weekend without documents."""
    counts = series(
        range(first_day * DAY, MONTH), lambda n: rhythm(n) * (weekend if is_weekend(n) else 1)
    )
    assert summary(found(counts, 0, MONTH)) == []


@pytest.mark.parametrize("per_hour", [50, 500, 20_000])
@pytest.mark.parametrize("a_week", [1.1, 1 / 1.1])
def test_steady_growth_is_usual(per_hour, a_week):
    """10% more, or fewer, documents each week."""
    counts = series(range(2 * MONTH), lambda n: per_hour * rhythm(n) / 600 * a_week ** (n / WEEK))
    assert summary(found(counts, 0, 2 * MONTH)) == []


@pytest.mark.parametrize("size", [25, 400, 10_000])
@pytest.mark.parametrize("hours", [(9, 9), (7, 9), (0, 23)], ids=str)
def test_source_that_is_read_once_a_day_is_usual(size, hours):
    """In one burst, always at the same hour or at any hour; the empty hours are no silence."""
    draw = random.Random(1)  # noqa: S311
    bursts = [day * DAY + draw.randint(*hours) for day in range(30)]
    assert summary(found(series(bursts, lambda _: size), 0, MONTH)) == []


@pytest.mark.parametrize("hours", [(9, 9), (0, 23)], ids=str)
@pytest.mark.parametrize("source", ["forum", "archive"])
def test_burst_beside_other_documents_is_usual(hours, source):
    """Of the same source, or of another one with another sentiment, whose sum has the bursts."""
    draw = random.Random(2)  # noqa: S311
    bursts = [day * DAY + draw.randint(*hours) for day in range(30)]
    burst = series(bursts, lambda _: 3000, lambda _: MEAN if source == "forum" else -0.5, source)
    others = series(range(MONTH), rhythm)
    assert summary(found([*others, *burst], WEEK, MONTH)) == []


def test_burst_of_two_hours_that_begins_earlier_or_later_is_usual():
    """An hour without documents that has documents on every other day is no silence."""
    draw = random.Random(3)  # noqa: S311
    begins = [day * DAY + draw.randint(7, 8) for day in range(30)]
    bursts = [begin + side for begin in begins for side in (0, 1)]
    assert summary(found(series(bursts, lambda _: 400), 0, MONTH)) == []


def test_new_source_is_usual():
    """With as many documents as all others have, and another sentiment."""
    old = series(range(MONTH), rhythm)
    new = series(range(20 * DAY, MONTH), rhythm, lambda _: -0.6, "new")
    assert summary(found([*old, *new], 0, MONTH)) == []


def test_source_with_another_sentiment_may_have_more_documents():
    """Its volume is unusual; the mean of all documents, which follows, is not."""
    good = series(range(MONTH), rhythm, lambda _: 0.5, "good")
    bad = series(range(MONTH), lambda n: rhythm(n) * (4 if n in (700, 701) else 1), lambda _: -0.5)
    assert summary(found([*good, *bad], 690, 710)) == [("source:forum", 700, 702, {"+volume"})]


@pytest.mark.parametrize("shift", [-1, 1])
def test_change_of_daylight_saving_time_is_usual(shift):
    """All is an hour earlier or later in UTC: a rhythm, and a burst at the same local time."""

    def of_hour(hour):
        local = hour if hour < 25 * DAY else hour + shift
        return rhythm(local) + (3000 if local % DAY == 9 else 0)

    assert summary(found(series(range(2 * MONTH), of_hour), WEEK, 2 * MONTH)) == []


@pytest.mark.parametrize(("former", "factor"), [(30, 3), (0, 0), (0, 3), (30, 0)])
def test_event_in_the_baseline_changes_little(former, factor):
    """After a week the same hours are as usual, and another event in them is found."""
    first, second = 20 * DAY + 14, 27 * DAY + 14
    factors = {first + n: former for n in range(4)}
    usual = series(range(MONTH), lambda n: rhythm(n) * factors.get(n, 1))
    assert found(usual, second - 8, second + 8) == []
    factors |= {second + n: factor for n in range(4)}
    again = series(range(MONTH), lambda n: rhythm(n) * factors.get(n, 1))
    assert summary(found(again, second - 8, MONTH)) == [
        ("source:forum", second, second + 4, {"+volume" if factor else "-volume"})
    ]


def test_shift_in_the_baseline_changes_little():
    """Of the mean: a week later the same hours may not be as bad again."""
    first, second = 20 * DAY + 14, 27 * DAY + 14
    bad = {*range(first - 1, first + 5), *range(second, second + 4)}
    usual = series(range(MONTH), rhythm, worse(range(first - 1, first + 5), -1.0))
    assert found(usual, second - 8, second + 8) == []
    assert summary(found(series(range(MONTH), rhythm, worse(bad, -0.25)), second - 8, MONTH)) == [
        ("source:forum", second, second + 4, {"-sentiment"})
    ]


def test_noise_is_usual():
    """A source whose hours vary by 30% raises nothing; events are found all the same."""
    starts = [day * DAY + 14 for day in (21, 23, 25)]
    hours = [start + n for start in starts for n in range(3)]

    def of_hour(n):
        return rhythm(n) * (0.7 if is_weekend(n) else 1)

    assert found(series(range(2 * MONTH), of_hour, noise=0.3), 0, 2 * MONTH) == []
    event = series(range(MONTH), lambda n: of_hour(n) * (3.5 if n in hours else 1), noise=0.3)
    raised = summary(found(event, 0, MONTH))
    assert [start // DAY for _, start, _, _ in raised] == [21, 23, 25]


def test_mean_that_varies_from_day_to_day_is_usual():
    """A source has good and bad days; many documents do not make a bad one unusual."""
    counts = [count(hour, 10_000, 0.3 * (hour // DAY % 3 - 1)) for hour in range(MONTH)]
    assert found(counts, WEEK, MONTH) == []


@pytest.mark.parametrize(("per_hour", "number"), [(7, 0), (8, 1)])
def test_means_of_few_documents_are_no_baseline(per_hour, number):
    """The sentiment of an hour is compared with hours of at least 8 documents."""
    past = [count(hour, per_hour) for hour in range(MONTH)]
    assert len(found([*past, count(MONTH, 25, -0.9)], MONTH, MONTH + 1)) == number


@pytest.mark.parametrize("total", [0, 1, MIN_DOCUMENTS - 1])
def test_few_documents_are_never_unusual(total):
    """However small the baseline is, and whatever their sentiment."""
    past = [count(hour, 1) for hour in range(MONTH)]
    assert found([*past, count(MONTH, total, -1.0)], MONTH, MONTH + 1) == []


def test_loss_of_few_documents_is_usual():
    """A source with fewer than 20 documents an hour may be silent."""
    assert found([count(hour, MIN_DOCUMENTS - 1) for hour in range(MONTH)], MONTH, MONTH + 9) == []


@pytest.mark.parametrize("hours", [1, 7, 23])
def test_volume_of_the_first_day_is_not_compared(hours):
    """There is no day before it; ten times as many documents raise nothing."""
    counts = [count(hour, 100 if hour < hours else 1000) for hour in range(24)]
    assert found(counts, 0, 24) == []


def test_silence_in_the_first_week_is_not_compared():
    """A source may not work at weekends. After a week it raises an alert."""
    counts = [count(hour, 100) for hour in range(WEEK)]
    assert found(counts[: 6 * DAY], 0, WEEK) == []
    assert summary(found(counts, 0, WEEK + 1)) == [("source:forum", WEEK, WEEK + 1, {"-volume"})]


def test_no_documents_at_all():
    """There is nothing to compare."""
    assert found([], 0, MONTH) == []
    assert deviations({}, at(0)) == []


def test_huge_counts_are_compared():
    """A billion documents an hour, and three times as many."""
    counts = [count(hour, 10**9 * (3 if hour == 700 else 1)) for hour in range(MONTH)]
    assert summary(found(counts, 0, MONTH)) == [("source:forum", 700, 701, {"+volume"})]
