"""What raises an alert, which hours belong to the same one, and what it is about."""

import pytest

from echostream.domain.alerts.alert import ALL, QUIET, Alert, Subject
from echostream.domain.alerts.deviations import HOUR, Deviation, Metric
from echostream.domain.alerts.messages import describe
from echostream.domain.counters import MAX_SOURCES_A_DAY, OTHER_SOURCES
from tests.unit.echostream.alert_counts import (
    DAY,
    MEAN,
    NOON,
    START,
    at,
    count,
    found,
    is_weekend,
    rhythm,
    series,
    summary,
    times,
    worse,
)

END = 25 * DAY
QUIET_HOURS = QUIET // HOUR


@pytest.mark.parametrize("start", range(NOON, NOON + DAY, 3))
def test_event_is_one_alert_at_any_time_of_day(start):
    """Three times as many documents, with a worse mean, for four hours."""
    hours = range(start, start + 4)
    [alert] = found(series(range(END), times(3, hours), worse(hours)), NOON - 9, END)
    assert summary([alert]) == [("source:forum", start, start + 4, {"+volume", "-sentiment"})]
    assert alert.noticed_at == at(END)


@pytest.mark.parametrize(("mean", "change"), [(0.7, "+sentiment"), (-0.3, "-sentiment")])
def test_shift_of_the_mean_is_an_alert(mean, change):
    """As many documents as usual."""
    hours = range(NOON, NOON + 3)
    counts = series(range(END), rhythm, worse(hours, mean))
    assert summary(found(counts, NOON - 9, END)) == [("source:forum", NOON, NOON + 3, {change})]


@pytest.mark.parametrize("per_hour", [40, 400, 40_000])
@pytest.mark.parametrize("start", [NOON, NOON + 14], ids=["noon", "night"])
@pytest.mark.parametrize("length", [20, 3 * DAY])
def test_silence_is_one_alert_for_as_long_as_it_lasts(per_hour, start, length):
    """Also through a night in which few documents are expected, and watched hour by hour."""
    hours = range(start, start + length)
    counts = series(range(29 * DAY), lambda n: times(0, hours)(n) * per_hour / 600)
    known: dict[str, Alert] = {}
    for hour in range(start - 9, start + length + 9):
        known |= {one.id: one for one in found(counts, hour - 3, hour + 1, known.values())}
    [(subject, first, end, changes)] = summary(known.values())
    assert (subject, changes) == ("source:forum", {"-volume"})
    assert start <= first
    assert first - start < 9
    assert start + length - 9 < end <= start + length


def test_weekend_is_compared_with_weekends():
    """As many documents as on a Friday are too many for a Saturday."""
    saturday = 26 * DAY + 12
    hours = range(saturday, saturday + 3)
    counts = series(
        range(28 * DAY), lambda n: rhythm(n) * (0.2 if is_weekend(n) and n not in hours else 1)
    )
    assert summary(found(counts, saturday - DAY, 28 * DAY)) == [
        ("source:forum", saturday, saturday + 3, {"+volume"})
    ]


def test_silence_ends_with_documents():
    """Another one after the quiet time is an alert of its own."""
    first, second = NOON, NOON + 4 + QUIET_HOURS
    hours = {*range(first, first + 4), *range(second, second + 4)}
    raised = found(series(range(END), times(0, hours)), NOON - 9, END)
    assert [(start, end) for _, start, end, _ in summary(raised)] == [
        (first, first + 4),
        (second, second + 4),
    ]


@pytest.mark.parametrize(("pause", "number"), [(QUIET_HOURS - 1, 1), (QUIET_HOURS, 2)])
def test_unusual_hours_within_the_quiet_time_are_one_alert(pause, number):
    """Counted from the end of the last unusual hour."""
    hours = {NOON, NOON + 1 + pause}
    raised = found(series(range(END), times(5, hours)), NOON - 9, END)
    assert len(raised) == number
    assert max(alert.end for alert in raised) == at(NOON + 2 + pause)


def test_other_direction_is_an_alert_of_its_own():
    """A better mean after a worse one, within the quiet time."""
    counts = series(
        range(END), rhythm, lambda n: {NOON: -0.5, NOON + 2: 0.8, NOON + 3: -0.5}.get(n, MEAN)
    )
    assert summary(found(counts, NOON - 9, END)) == [
        ("source:forum", NOON, NOON + 4, {"-sentiment"}),
        ("source:forum", NOON + 2, NOON + 3, {"+sentiment"}),
    ]


def test_alert_has_the_largest_deviation_of_each_metric():
    """Of three hours; value, expected value and text are those of that hour."""
    counts = [count(hour, 100) for hour in range(NOON)]
    event = [count(NOON, 300), count(NOON + 1, 900), count(NOON + 2, 500, -0.4)]
    [alert] = found([*counts, *event], NOON, NOON + 3)
    volume, sentiment = alert.changes
    assert (volume.hour, volume.value, volume.expected) == (at(NOON + 1), 900, 100)
    assert sentiment.hour == at(NOON + 2)
    assert sentiment.expected == pytest.approx(MEAN)
    assert describe(alert) == (
        "Source forum: 900 documents in an hour, about 100 expected; "
        "mean score -0.40, about +0.20 expected (within 3 hours)"
    )


def of_sources(names, of_hour=rhythm, mean=lambda _: MEAN):
    return [one for name in names for one in series(range(END), of_hour, mean, name)]


@pytest.mark.parametrize(("factor", "change"), [(3, "+volume"), (0, "-volume")])
@pytest.mark.parametrize("names", [["a", "b"], "abcdefghijklmnopqrst"], ids=len)
def test_sources_that_all_deviate_are_one_alert(names, factor, change):
    """For all documents, not one for each source."""
    hours = range(NOON, NOON + 3)
    counts = of_sources(names, times(factor, hours))
    assert summary(found(counts, NOON - 9, END)) == [("all", NOON, NOON + 3, {change})]


@pytest.mark.parametrize(("factor", "change"), [(5, "+volume"), (0, "-volume")])
def test_one_source_among_several_has_its_own_alert(factor, change):
    """Even if all documents are unusual because of it."""
    hours = range(NOON, NOON + 3)
    counts = [*of_sources("bcd"), *of_sources("a", times(factor, hours))]
    assert summary(found(counts, NOON - 9, END)) == [("source:a", NOON, NOON + 3, {change})]


def test_sources_that_are_too_small_have_an_alert_together():
    """A hundred sources, each with a few documents an hour."""
    hours = range(NOON, NOON + 3)
    names = [f"s{n}" for n in range(100)]
    counts = of_sources(names, lambda n: times(3, hours)(n) / 300, worse(hours))
    [(subject, first, end, changes)] = summary(found(counts, NOON - 9, END))
    assert (subject, first, end) == ("all", NOON, NOON + 3)
    assert changes == {"+volume", "-sentiment"}


def test_feed_with_bursts_hides_no_event_of_all_documents():
    """Its bursts are larger than the event, at other hours."""
    hours = range(NOON, NOON + 3)
    bursts = series(range(3, END, DAY), lambda _: 20_000, source="feed")
    counts = [*of_sources("abc", times(3, hours)), *bursts]
    assert summary(found(counts, NOON - 9, END)) == [("all", NOON, NOON + 3, {"+volume"})]


def test_source_is_not_told_again_after_all_documents():
    """An hour later only one source is unusual, in the same direction; another one is another."""
    hours = range(NOON, NOON + 2)
    counts = [
        *of_sources("ab", times(4, hours)),
        *of_sources("c", times(4, range(NOON, NOON + 4))),
        *of_sources("d", times(4, hours), worse({NOON + 3})),
    ]
    assert summary(found(counts, NOON - 9, END)) == [
        ("all", NOON, NOON + 2, {"+volume"}),
        ("source:d", NOON + 3, NOON + 4, {"-sentiment"}),
    ]


def test_sources_without_names_are_part_of_all_documents():
    """Those past the number that is counted by name are compared together with all others only."""
    assert MAX_SOURCES_A_DAY == 100
    hours = range(NOON, NOON + 3)
    counts = of_sources([OTHER_SOURCES], times(4, hours))
    assert summary(found(counts, NOON - 9, END)) == [("all", NOON, NOON + 3, {"+volume"})]


def test_more_sources_need_larger_deviations():
    """So that the rate of false alarms stays: what is unusual of one source is not of one of 50."""
    hours = range(NOON, NOON + 1)
    own = of_sources("a", times(2.5, hours))
    assert [one.subject.id for one in found(own, NOON, NOON + 1)] == ["source:a"]
    others = of_sources([f"s{n}" for n in range(50)])
    assert found([*own, *others], NOON, NOON + 1) == []


def test_alert_of_another_subject_takes_nothing():
    """Nor one that ended before the quiet time."""
    change = Deviation(at(NOON), Metric.VOLUME, 9, 1, 8)
    alert = Alert(ALL, at(NOON), at(NOON + 1), (change,), at(NOON))
    assert alert.takes(ALL, at(NOON + QUIET_HOURS), [change])
    assert not alert.takes(ALL, at(NOON + 1 + QUIET_HOURS), [change])
    assert not alert.takes(Subject("forum"), at(NOON), [change])
    assert not alert.takes(Subject(terms=("battery",)), at(NOON), [change])


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (ALL, "all"),
        (Subject("all"), "source:all"),
        (Subject("theme:x"), "source:theme:x"),
        (Subject(terms=("x", "y")), "theme:x"),
    ],
)
def test_subjects_have_ids_of_their_own(subject, name):
    """A source can have any name."""
    assert subject.id == name
    assert Alert(subject, START, at(1), (), START).id == f"2026-01-05T00#{name}"
