"""Runs that compare the same hours again: with known alerts, late documents, or hour by hour."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.deviations import HOUR
from echostream.domain.counters import OTHER_SOURCES
from tests.unit.echostream.alert_counts import (
    DAY,
    NOON,
    START,
    WEEK,
    at,
    count,
    found,
    series,
    summary,
    times,
    worse,
)

END = 25 * DAY


def test_second_run_finds_nothing_new():
    """With the alerts of the first; a third run with more hours extends the last alert."""
    hours = range(NOON, NOON + 4)
    counts = series(range(END), times(3, hours), worse(hours))
    first = found(counts, NOON - 9, NOON + 2)
    assert found(counts, NOON - 9, NOON + 2, first) == []
    [extended] = found(counts, NOON - 9, NOON + 4, first)
    assert extended.id == first[0].id
    assert extended.end == at(NOON + 4)
    assert extended.noticed_at == first[0].noticed_at


def test_late_documents_are_compared_again():
    """They may make an hour unusual; an hour just before an alert belongs to it."""
    past = [count(hour, 100) for hour in range(NOON)]
    event = [count(NOON + 1, 400), count(NOON + 2, 400)]
    first = found([*past, count(NOON, 100), *event], NOON, NOON + 3)
    assert summary(first) == [("source:forum", NOON + 1, NOON + 3, {"+volume"})]
    late = [*past, count(NOON, 400), *event]
    assert found(late, NOON, NOON + 3, first) == []
    more = [*past, count(NOON, 500), *event]
    assert [one.id for one in found(more, NOON, NOON + 3, first)] == [first[0].id]


def test_alert_stays_when_its_hour_is_usual_again():
    """Late documents end a silence; the alert is neither changed nor raised again."""
    counts = series(range(END))
    late = [one for one in counts if one.hour != at(NOON)]
    first = found(late, NOON, NOON + 1)
    assert summary(first) == [("source:forum", NOON, NOON + 1, {"-volume"})]
    assert found(counts, NOON - 3, NOON + 6, first) == []


HOURS = st.integers(0, 60)
COUNTS = st.lists(
    st.builds(
        count,
        HOURS,
        st.sampled_from([0, 1, 8, 20, 100, 400, 10_000]),
        st.sampled_from([-0.9, 0.0, 0.1, 0.9]),
        st.sampled_from(["a", "b", OTHER_SOURCES]),
    ),
    max_size=120,
)


@st.composite
def watched(draw):
    """Counts of five weeks, regular but for some hours, and the hours that are compared."""
    regular = [
        count(hour, 60 + hour % 7, source=source)
        for source in draw(st.sets(st.sampled_from("abc")))
        for hour in range(5 * WEEK)
    ]
    first = 4 * WEEK + 30
    odd = [replace(one, hour=one.hour + timedelta(hours=first)) for one in draw(COUNTS)]
    silent = draw(st.sets(HOURS, max_size=30))
    kept = [one for one in regular if (one.hour - START) // HOUR - first not in silent]
    return [*kept, *odd], first, first + draw(HOURS)


@settings(max_examples=60, deadline=None)
@given(watched(), st.booleans())
def test_alerts_are_found_once(case, is_reversed):
    """For any counts: known alerts in any order are not found again; each has hours and changes."""
    counts, first, end = case
    raised = found(counts, first, end)
    known = raised[::-1] if is_reversed else raised
    assert found(counts, first, end, known) == []
    for one in raised:
        assert at(first) <= one.start < one.end <= at(end)
        assert one.changes
        assert all(one.start <= change.hour < one.end for change in one.changes)
    assert len({one.id for one in raised}) == len(raised)


@settings(max_examples=30, deadline=None)
@given(watched())
def test_alerts_are_the_same_hour_by_hour(case):
    """For any counts: runs that overlap find the same alerts as one run."""
    counts, first, end = case
    known: dict[str, Alert] = {}
    for hour in range(first, end):
        start = max(first, hour - 5)
        known |= {one.id: one for one in found(counts, start, hour + 1, known.values())}
    at_once = {one.id: replace(one, noticed_at=START) for one in found(counts, first, end)}
    assert {one.id: replace(one, noticed_at=START) for one in known.values()} == at_once
