"""The sample data as a source: minutes, their rhythm, and reads that are cut or late."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from echostream.domain.codec import time_to_wire
from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_sources.kinds import open_source
from echostream_sources.replay import LONGEST_PAUSE, MOST, Replay
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import Cursor
from tests.builders import NOW, RETENTION

BUDGET = 10_000
MINUTE = timedelta(minutes=1)


def samples(hours=range(24)):
    """A sample of each hour, and one more of the hours in the evening."""
    return [
        {
            "id": f"s{n}",
            "text": f"text {n}",
            "source": "twitter",
            "author": "ann",
            "created_at": time_to_wire(datetime(2026, 5, 1, hour, tzinfo=UTC)),
        }
        for n, hour in enumerate([*hours, *(hour for hour in hours if hour >= 18)])
    ]


def test_a_minute_has_some_samples_with_its_time():
    """Read once; a repeat, as after a crash, brings the same documents."""
    source = Replay(samples(), per_minute=10)
    first = source.fetch({}, BUDGET, NOW)
    assert first == source.fetch({}, BUDGET, NOW + timedelta(seconds=29))
    assert {one["created_at"] for one in first.documents} == {"2026-05-20T12:30:00Z"}
    assert {(one["source"], one["channel"]) for one in first.documents} == {("replay", "twitter")}
    for document in first.documents:
        assert document_from_wire(document, AcceptedTimes(NOW, RETENTION))
    assert source.fetch(first.cursor, BUDGET, NOW).documents == []
    second = source.fetch(first.cursor, BUDGET, NOW + MINUTE)
    assert not {one["id"] for one in second.documents} & {one["id"] for one in first.documents}


def test_number_follows_the_hours_of_the_samples():
    """The mean of a day is the setting; the evening has twice as many as the night."""
    source = Replay(samples(), per_minute=1)
    hours: Counter[int] = Counter()
    cursor: Cursor = {}
    midnight = NOW.replace(hour=0, minute=0)
    for minute in range(24 * 60):
        fetched = source.fetch(cursor, BUDGET, midnight + minute * MINUTE)
        cursor = fetched.cursor
        hours[minute // 60] += len(fetched.documents)
    assert abs(sum(hours.values()) - 24 * 60) <= 24
    assert 1.9 < hours[20] / hours[3] < 2.1


def test_reads_are_cut_to_the_budget():
    """The next one goes on within the minute."""
    source = Replay(samples(), per_minute=50)
    whole = source.fetch({}, BUDGET, NOW)
    parts: list[Any] = []
    cursor: Cursor = {}
    while True:
        fetched = source.fetch(cursor, 7, NOW)
        parts += fetched.documents
        cursor = fetched.cursor
        if not fetched.has_more:
            break
    assert parts == whole.documents
    assert len(parts) > 30


def test_pause_is_made_up_for_up_to_an_hour():
    source = Replay(samples(), per_minute=10)
    cursor = source.fetch({}, BUDGET, NOW).cursor
    for minutes, expected in ((5, 5), (600, LONGEST_PAUSE)):
        late = source.fetch(cursor, BUDGET, NOW + minutes * MINUTE)
        assert len({one["created_at"] for one in late.documents}) == expected


def test_keywords_and_channel_are_settings():
    settings = Settings({"keywords": "3", "channel": "c", "per_minute": "100"}, {}, samples())
    fetched = open_source("replay", settings).fetch({}, BUDGET, NOW)
    assert {one["text"] for one in fetched.documents} == {"text 3"}
    assert {one["channel"] for one in fetched.documents} == {"c"}
    assert fetched.unmatched


@pytest.mark.parametrize("text", ["0", str(MOST + 1), "-1", "1.5", "\u0663", "many"])
def test_number_that_is_none_is_refused(text):
    with pytest.raises(BadSetting, match=r"^per_minute: must be 1 to 500"):
        open_source("replay", Settings({"per_minute": text}, {}, samples()))
