"""What the API's answers become on the pages Live, Sources and Health."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from dashboard.data import health, live
from dashboard.data import sources as sources_data
from dashboard.data.errors import ServiceError
from dashboard.data.filters import CUSTOM, Filters
from echostream_cli.operate.alarms import AlarmReading

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)


def counted(start, positive=0, negative=0, neutral=0, mean=0.0, **more):
    total = positive + negative + neutral
    counts = {"positive": positive, "negative": negative, "neutral": neutral, "mixed": 0}
    return {"start": start, "total": total, **counts, "mean_compound": mean, **more}


class Api:
    """Answers with two hours of counts, or of one source of them."""

    def __init__(self, buckets=None):
        self.buckets = buckets or [
            counted("2026-05-20T08:00:00Z", positive=3, mean=0.5),
            counted("2026-05-20T11:00:00Z", negative=1, mean=-0.5),
        ]

    def stats(self, source=None, **_):
        sources = [
            {**counted("", positive=3, mean=0.5), "source": "forum"},
            {**counted("", negative=1, mean=-0.5), "source": "shop"},
        ]
        part = {"forum": self.buckets[:1], "shop": self.buckets[1:]}
        return {"buckets": part.get(source, self.buckets), "sources": sources}

    def query(self, **_):
        return {"documents": [], "cursor": None}


def test_numbers_are_those_of_the_period():
    """Shares and mean are over all sentiments, also where one is chosen."""
    numbers = live.load(Api(), Filters(), NOW).numbers
    assert (numbers.documents, numbers.positive, numbers.negative) == (4, 3, 1)
    assert numbers.mean == pytest.approx(0.25)
    one = live.load(Api(), Filters(sentiment="NEGATIVE"), NOW).numbers
    assert (one.documents, one.total, one.mean) == (1, 4, numbers.mean)


def test_hours_without_documents_are_zero_and_have_no_mean():
    """From the beginning of the period to its end."""
    over_time = live.load(Api(), Filters("Last 24 hours"), NOW).over_time
    assert len(over_time) == 25
    assert over_time["total"].sum() == 4
    assert over_time["mean_compound"].notna().sum() == 2
    table = live.as_table(over_time, "hour")
    assert list(table["Start (UTC)"]) == ["2026-05-20 11:00", "2026-05-20 08:00"]


def test_a_period_since_the_stone_age():
    """Is not filled with a row for each of its days."""
    long_ago = Filters(CUSTOM, begin=datetime(1, 1, 1))
    assert len(live.load(Api(), long_ago, NOW).over_time) <= 402


def test_answers_that_are_not_ours():
    """Are a problem that is told, not a crash."""

    class Odd(Api):
        def stats(self, **_):
            return {"surprise": []}

    for api in (Odd(), Api([{"start": "yesterday"}])):
        with pytest.raises(ServiceError, match="that this page cannot read"):
            live.load(api, Filters(), NOW)


def test_engines_in_use():
    """Counted by version; a fallback says why."""
    vader = {"engine": "vader", "engine_version": "1", "fallback": None}
    found = live.engines_in_use([vader, {**vader, "fallback": "spend_cap"}, vader])
    assert list(found["Documents"]) == [3]
    assert list(found["As a fallback"]) == ["1: the monthly spend cap was reached"]


def test_sources():
    """Counts, shares and means side by side; over time for those chosen."""
    compared = sources_data.compare(Api(), Filters(), None, NOW)
    table = sources_data.as_table(compared.sources)
    assert list(table["Source"]) == ["forum", "shop"]
    assert list(table["Positive"]) == [100.0, 0.0]
    assert set(compared.over_time["source"]) == {"forum", "shop"}
    one = sources_data.compare(Api(), Filters(), ("shop",), NOW)
    wide = sources_data.over_time_table(one, "total")
    assert list(wide.columns) == ["shop"]
    assert list(wide.index) == ["2026-05-20 11:00"]


def test_sources_of_an_empty_period():
    """Are an empty table, not a crash."""

    class Empty(Api):
        def stats(self, **_):
            return {"buckets": [], "sources": []}

    compared = sources_data.compare(Empty(), Filters(), None, NOW)
    assert compared.sources.empty
    assert compared.over_time.empty


def test_signals():
    """Alarms first, with units; what is not known says so."""
    signals = [
        AlarmReading("lag", "Lag", None, "s", 10.0, "unknown", "why"),
        AlarmReading("errors", "Failed calls", 12.5, "%", 5.0, "alarm", "why"),
        AlarmReading("accepted", "Accepted", 75.0, "documents", 1.0, "ok", "why"),
    ]
    table = health.signals_table(signals)
    assert list(table["State"]) == ["alarm", "ok", "unknown"]
    assert list(table["Now"]) == ["12.5%", "75 documents", "unknown"]


def test_spend():
    """In dollars and units, and how much of the cap."""
    table = health.spend_table([health.Spend("Your tenant", 25_000, 100_000)])
    assert list(table.iloc[0])[:4] == ["Your tenant", 2.5, 10.0, 25.0]


def test_parts():
    """A component that does not respond is down, and its note says what to do."""
    parts = [
        health.Part("emulator", 3.0, NOW, "port 4566"),
        health.Part("companion", None, None, "does not answer: make up"),
    ]
    assert list(health.parts_table(parts)["State"]) == ["up", "down"]


def test_a_clock_an_hour_off():
    """Is noticed by the API's answers; an answer without a time says nothing."""
    date = "Wed, 20 May 2026 12:30:00 GMT"
    assert health.clock_ahead(date, NOW - timedelta(hours=1)) == 3600
    assert health.clock_ahead(None, NOW) == 0
    assert health.clock_ahead("soon", NOW) == 0


def test_documents_without_authors():
    """Have an empty cell."""
    frame = live.documents([{"created_at": "2026-05-20T08:00:00Z", "sentiment": "MIXED"}])
    assert (frame["author"][0], frame["sentiment"][0]) == ("", "Mixed")
    assert isinstance(frame["created_at"][0], pd.Timestamp)
