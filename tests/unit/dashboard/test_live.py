"""Data frames of the pages Live, Sources and Health."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from dashboard.data import health, live, spend
from dashboard.data import sources as sources_data
from dashboard.data.errors import ServiceError
from dashboard.data.filters import CUSTOM, Filters
from echostream_cli.operate.alarms import AlarmReading

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)


def bucket(start, positive=0, negative=0, neutral=0, mean=0.0, **more):
    total = positive + negative + neutral
    counts = {"positive": positive, "negative": negative, "neutral": neutral, "mixed": 0}
    return {"start": start, "total": total, **counts, "mean_compound": mean, **more}


class Api:
    """Two hours of counts; the first is of source forum, the second of shop.

    `documents` are those of /query, `more` are other members of /stats.
    """

    def __init__(self, buckets=None, documents=(), **more):
        self.documents = list(documents)
        self.more = {"other_sources": None, "counted_to": "2026-05-20T12:00:00.5Z", **more}
        self.buckets = (
            buckets
            if buckets is not None
            else [
                bucket("2026-05-20T08:00:00Z", positive=3, mean=0.5),
                bucket("2026-05-20T11:00:00Z", negative=1, mean=-0.5),
            ]
        )

    def stats(self, source=None, **_):
        sources = [
            {**bucket("", positive=3, mean=0.5), "source": "forum"},
            {**bucket("", negative=1, mean=-0.5), "source": "shop"},
        ]
        part = {"forum": self.buckets[:1], "shop": self.buckets[1:]}
        return {"buckets": part.get(source, self.buckets), "sources": sources, **self.more}

    def query(self, **_):
        return {"documents": self.documents, "cursor": None}


ALL = Filters()


class FewMatches(Api):
    """Pages that end before they have as many documents as asked for, or any."""

    def __init__(self, *pages):
        super().__init__()
        self.pages = pages
        self.limits = []

    def query(self, **asked):
        self.limits.append(asked["limit"])
        number = asked["cursor"] or 0
        following = number + 1 if number + 1 < len(self.pages) else None
        return {"documents": self.pages[number], "cursor": following}


def load(api: Any, filters: Filters = ALL) -> live.Overview:
    return live.load(api, filters, NOW)


def compare(api: Any, chosen: tuple[str, ...] | None = None) -> sources_data.Comparison:
    return sources_data.compare(api, ALL, chosen, NOW)


def test_short_pages_are_followed():
    """Documents that match are behind many that do not; the requests have an end."""
    at = "2026-05-20T11:00:00Z"
    found = {"created_at": at, "enriched_at": at, "sentiment": "NEGATIVE", "text": "a"}
    api = FewMatches([], [found], [], [found, found])
    assert len(load(api).newest) == 3
    assert api.limits == [100, 100, 99, 99]
    endless = FewMatches(*[[]] * 50)
    assert load(endless).newest.empty
    assert len(endless.limits) == live.PAGES


def test_numbers_cover_the_period():
    """Shares and mean cover all sentiments, also if one is chosen."""
    numbers = load(Api()).numbers
    assert (numbers.documents, numbers.positive, numbers.negative) == (4, 3, 1)
    assert numbers.mean == pytest.approx(0.25)
    one = load(Api(), Filters(sentiment="NEGATIVE")).numbers
    assert (one.documents, one.total, one.mean) == (1, 4, numbers.mean)


def test_hours_without_documents_have_zeros_and_no_mean():
    """From the start of the period to its end."""
    over_time = load(Api(), Filters("Last 24 hours")).over_time
    assert len(over_time) == 25
    assert over_time["total"].sum() == 4
    assert over_time["mean_compound"].notna().sum() == 2
    table = live.as_table(over_time, "hour")
    assert list(table["Start (UTC)"]) == ["2026-05-20 11:00", "2026-05-20 08:00"]


def test_hour_at_the_end_of_a_period_is_left_out():
    """A period ends before its end: the hour that begins then has no row, as on the static page."""
    day = Filters(CUSTOM, begin=datetime(2026, 5, 19, 12), end=datetime(2026, 5, 20, 12))
    over_time = load(Api(), day).over_time
    assert len(over_time) == 24
    assert over_time["start"].max() == datetime(2026, 5, 20, 11, tzinfo=UTC)


def test_longest_period_is_filled_for_400_days():
    """A period of 2,000 years does not get a row for each of its days."""
    api = Api([bucket("2026-05-20T00:00:00Z", positive=4)])
    over_time = load(api, Filters(CUSTOM, begin=datetime(1, 1, 1))).over_time
    assert 400 <= len(over_time) <= 402
    assert over_time["total"].sum() == 4


def test_unreadable_responses_are_service_errors():
    """Unknown members or values raise `ServiceError`."""

    class Odd(Api):
        def stats(self, source=None, **_):
            return {"surprise": []}

    for api in (Odd(), Api([{"start": "yesterday"}])):
        with pytest.raises(ServiceError, match="that this page cannot read"):
            load(api)


def test_engines_in_use_are_counted_by_version():
    """Fallbacks are counted with their reason."""
    vader = {"engine": "vader", "engine_version": "1", "fallback": None}
    table = live.engines_in_use([vader, {**vader, "fallback": "spend_cap"}, vader])
    assert list(table["Documents"]) == [3]
    assert list(table["As a fallback"]) == ["1: the monthly spend cap was reached"]


def test_sources_are_compared():
    """Counts, shares and means of each source; counts over time of the chosen ones."""
    comparison = compare(Api())
    table = sources_data.as_table(comparison.sources)
    assert list(table["Source"]) == ["forum", "shop"]
    assert list(table["Positive"]) == [100.0, 0.0]
    assert set(comparison.over_time["source"]) == {"forum", "shop"}
    one = compare(Api(), ("shop",))
    wide = sources_data.over_time_table(one, "total")
    assert list(wide.columns) == ["shop"]
    assert list(wide.index) == ["2026-05-20 11:00"]


def test_empty_period_has_no_sources():
    """The tables are empty."""

    class Empty(Api):
        def stats(self, source=None, **_):
            return {"buckets": [], "sources": [], **self.more}

    comparison = compare(Empty())
    assert comparison.all_sources.empty
    assert comparison.over_time.empty


def test_signals_list_alarms_first():
    """Readings have units; a missing reading is unknown."""
    signals = [
        AlarmReading("lag", "Lag", None, "s", 10.0, "unknown", "why"),
        AlarmReading("errors", "Failed calls", 12.5, "%", 5.0, "alarm", "why"),
        AlarmReading("accepted", "Accepted", 75.0, "documents", 1.0, "ok", "why"),
        AlarmReading("counting", "Counting", 1234.5, "ms", 300_000.0, "ok", "why"),
    ]
    table = health.signals_table(signals)
    assert list(table["State"]) == ["alarm", "ok", "ok", "unknown"]
    assert list(table["Now"]) == ["12.5%", "75 documents", "1,234 ms", "unknown"]


def test_spend_is_shown_in_dollars_and_percent():
    """The spend, the cap and the share of it."""
    table = spend.spend_table([spend.Spend("Your tenant", 25_000, 100_000)])
    assert list(table.iloc[0])[:4] == ["Your tenant", 2.5, 10.0, 25.0]


def test_component_without_a_response_is_down():
    """Its note says what to do."""
    parts = [
        health.Part("emulator", 3.0, NOW, "port 4566"),
        health.Part("companion", None, None, "does not answer: make up"),
    ]
    table = health.parts_table(parts)
    assert list(table["State"]) == ["up", "down"]
    assert "make up" in str(table.iloc[1].to_dict())


def test_clock_is_compared_with_the_date_header():
    """A missing or invalid header is no difference."""
    date = "Wed, 20 May 2026 12:30:00 GMT"
    assert health.clock_ahead(date, NOW - timedelta(hours=1)) == 3600
    assert health.clock_ahead(None, NOW) == 0
    assert health.clock_ahead("soon", NOW) == 0


def test_missing_author_is_an_empty_cell():
    """Other columns have their types."""
    frame = live.documents([{"created_at": "2026-05-20T08:00:00Z", "sentiment": "MIXED"}])
    assert (frame["author"][0], frame["sentiment"][0]) == ("", "Mixed")
    assert isinstance(frame["created_at"][0], pd.Timestamp)
