"""Alerts of thirty replayed days: the sample tweets, with the events of seed/timeline.py."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from echostream.adapters.vader import Vader
from echostream.domain.alerts.deviations import Metric
from echostream.domain.alerts.watch import alerts
from echostream.domain.model import Document, add_up, count_of, hour_of
from seed.dataset import documents
from seed.timeline import EVENTS, MAX_DAYS

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
VADER = Vader()


@cache
def score(text):
    [enrichment] = VADER.enrich([Document("", text, "twitter", NOW)], NOW)
    return enrichment.sentiment, enrichment.compound


def counts(number, now):
    """The counts of the documents that `make seed DAYS=30` sends."""
    sent = documents("tweets", number, now, MAX_DAYS)
    return add_up(
        count_of(datetime.fromisoformat(one["created_at"]), one["source"], *score(one["text"]))
        for one in sent
    )


@pytest.mark.parametrize(
    ("number", "now"),
    [(20_000, NOW), (19_999, NOW + 29 * HOUR), (30_000, NOW + 58 * HOUR)],
    ids=["morning", "afternoon", "evening"],
)
def test_both_events_are_found_and_nothing_else(number, now):
    """Each is one alert for all documents, within the event, in the direction of the event.

    In the morning the second event is at night, when its documents are few.
    """
    end = hour_of(now)
    hours = [end - HOUR * n for n in range(24 * MAX_DAYS, 0, -1)]
    raised = alerts(counts(number, now), [], hours, now)
    assert len(raised) == len(EVENTS)
    for alert, event in zip(raised, EVENTS, strict=True):
        assert alert.subject.id == "all"
        assert now - event.begin - HOUR < alert.start < alert.end < now - event.end + HOUR
        kinds = {(Metric.VOLUME, True), (Metric.SENTIMENT, event.sign > 0)}
        assert {change.kind for change in alert.changes} <= kinds
