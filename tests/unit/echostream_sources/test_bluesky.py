"""Bluesky: which events become documents, when a read ends, and connections that fail."""

from datetime import timedelta

import pytest

from echostream_sources import bluesky
from echostream_sources.kinds import open_source
from echostream_sources.settings import Settings
from echostream_sources.source import SourceFailed
from tests.builders import NOW
from tests.unit.echostream_sources.services.bluesky import (
    COLLECTION,
    microseconds,
    other,
    post,
)
from tests.unit.echostream_sources.services.bluesky import service as jetstream

BUDGET = 500
RECEIVED = microseconds(NOW - timedelta(minutes=2))


@pytest.fixture
def service():
    with jetstream() as opened:
        yield opened


@pytest.fixture
def source(service):
    """A function that opens the source with further settings."""

    def open_with(**settings):
        values = {**service.settings, **settings}
        return open_source("bluesky", Settings(values, allows_private=True))

    return open_with


def numbered(number, **record):
    return post(number, NOW, f"post {number}", RECEIVED + number * 1_000, **record)


def texts(fetched):
    return [one["text"] for one in fetched.documents]


def test_new_posts_are_documents(service, source):
    """Changes, deletions, likes and events of accounts are not; replies have their channel."""
    deleted, updated, like = numbered(1), numbered(2), numbered(3)
    deleted["commit"] = {"operation": "delete", "collection": COLLECTION, "rkey": "1"}
    updated["commit"]["operation"] = "update"
    like["commit"]["collection"] = "app.bsky.feed.like"
    reply = numbered(5, reply={"parent": {}})
    events = [numbered(0), deleted, updated, like, other("identity", RECEIVED + 4_000), reply]
    service.events = events
    fetched = source().fetch({}, BUDGET, NOW)
    assert [(one["text"], one["channel"]) for one in fetched.documents] == [
        ("post 0", "posts"),
        ("post 5", "replies"),
    ]
    assert fetched.documents[0]["url"] == "https://bsky.app/profile/did:plc:ann/post/3l00000000000"
    assert (fetched.without_text, fetched.unmatched) == (0, 0)
    assert service.requests[0]["wantedCollections"] == [COLLECTION]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-05-20T14:00:00.123456789+02:00", "2026-05-20T12:00:00.123456Z"),
        ("2026-05-20T12:00:00", "2026-05-20T12:28:00Z"),
        ("yesterday", "2026-05-20T12:28:00Z"),
        (None, "2026-05-20T12:28:00Z"),
        ("9999-12-31T23:59:59Z", "2026-05-20T12:30:00Z"),
        ("0001-01-01T00:00:00+14:00", "2026-05-20T12:28:00Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
    ],
)
def test_time_of_a_post(service, source, written, expected):
    """That of its client with a zone, at most now; without one, the time at which it arrived."""
    service.events = [numbered(0, createdAt=written)]
    [document] = source().fetch({}, BUDGET, NOW).documents
    assert document["created_at"] == expected


@pytest.mark.parametrize(
    "record", [None, [], {"text": 7}, {"text": None}, {"text": "a", "langs": "en"}, {"langs": [7]}]
)
def test_record_of_another_form_does_not_stop_the_others(service, source, record):
    service.events = [numbered(0), numbered(1)]
    service.events[0]["commit"]["record"] = record
    assert "post 1" in texts(source().fetch({}, BUDGET, NOW))


def test_languages_choose_posts(service, source):
    """The first language of a post counts."""
    service.events = [numbered(0, langs=["de", "en"]), numbered(1, langs=["en-US"]), numbered(2)]
    fetched = source(languages="en").fetch({}, BUDGET, NOW)
    assert texts(fetched) == ["post 1", "post 2"]
    assert fetched.unmatched == 1


def test_posts_that_do_not_match_are_not_read_again(service, source):
    """The cursor moves past thousands of them."""
    service.events = [numbered(n) for n in range(3_000)]
    first = source(keywords="absent").fetch({}, BUDGET, NOW)
    assert (first.unmatched, first.has_more) == (3_000, False)
    service.events.append(numbered(3_000))
    service.events[-1]["time_us"] = microseconds(NOW) + 600_000
    second = source(keywords="absent").fetch(first.cursor, BUDGET, NOW + timedelta(seconds=1))
    assert second.unmatched == 1


def test_read_goes_back_some_seconds(service, source):
    """Events may arrive out of order on the server; posts that were seen are not repeated."""
    service.events = [numbered(0)]
    first = source().fetch({}, BUDGET, NOW)
    late = numbered(1)
    late["time_us"] = first.cursor["at"] - bluesky.OVERLAP + 1
    service.events.append(late)
    assert texts(source().fetch(first.cursor, BUDGET, NOW + timedelta(seconds=1))) == ["post 1"]
    assert int(service.requests[1]["cursor"][0]) == first.cursor["at"] - bluesky.OVERLAP


def test_quiet_server_ends_a_read(service, source, monkeypatch):
    """Without an event, the read has caught up after some seconds."""
    monkeypatch.setattr(bluesky, "QUIET", 0.2)
    service.is_quiet = True
    service.events = [numbered(0)]
    fetched = source().fetch({}, BUDGET, NOW)
    assert (texts(fetched), fetched.has_more) == (["post 0"], False)


def test_read_ends_in_time(service, source, monkeypatch):
    """What was read until then is taken, and the next read goes on."""
    monkeypatch.setattr(bluesky, "MAX_SECONDS", 0.3)
    service.is_quiet = True
    service.events = [numbered(0)]
    fetched = source().fetch({}, BUDGET, NOW)
    assert (texts(fetched), fetched.has_more) == (["post 0"], True)


def test_connection_that_ends_in_the_middle(service, source):
    """What was read is taken; without anything new it is an error."""
    service.events = [numbered(n) for n in range(10)]
    service.closes_after = 4
    fetched = source().fetch({}, BUDGET, NOW)
    assert texts(fetched) == [f"post {n}" for n in range(4)]
    assert fetched.has_more
    with pytest.raises(SourceFailed, match="ws://127"):
        source().fetch(fetched.cursor, BUDGET, NOW)
    service.closes_after = None
    later = source().fetch(fetched.cursor, BUDGET, NOW)
    assert texts(later) == [f"post {n}" for n in range(4, 10)]


def test_server_that_has_removed_posts_is_noticed(service, source):
    """Its oldest event is much later than the last one that was read."""
    service.events = [numbered(0)]
    cursor = {"at": microseconds(NOW - timedelta(days=2)), "seen": []}
    service.oldest = RECEIVED
    assert source().fetch(cursor, BUDGET, NOW).may_miss
    assert not source().fetch({}, BUDGET, NOW).may_miss
    near = {"at": RECEIVED - bluesky.GAP + 1, "seen": []}
    assert not source().fetch(near, BUDGET, NOW).may_miss


def test_event_of_the_future_does_not_hide_the_next_ones(service, source):
    """A wrong time of the server moves the cursor by some seconds only."""
    wrong = numbered(0)
    wrong["time_us"] = microseconds(NOW + timedelta(days=365))
    service.is_quiet, service.events = True, [wrong]
    fetched = source().fetch({}, BUDGET, NOW)
    assert fetched.cursor["at"] <= microseconds(NOW) + bluesky.OVERLAP


def test_large_event_is_an_error(service, source):
    service.events = [post(0, NOW, "x" * bluesky.MAX_MESSAGE, RECEIVED)]
    with pytest.raises(SourceFailed, match="ws://127"):
        source().fetch({}, BUDGET, NOW)


def test_cursor_is_small_after_many_posts(service, source, monkeypatch):
    """It remembers the newest posts of the overlap only."""
    monkeypatch.setattr(bluesky, "QUIET", 0.2)
    service.is_quiet = True
    service.events = [numbered(n) for n in range(bluesky.MAX_SEEN + 10)]
    for number, event in enumerate(service.events):
        event["time_us"] = microseconds(NOW) + number
    fetched = source(keywords="absent").fetch({}, BUDGET, NOW + timedelta(seconds=1))
    assert len(fetched.cursor["seen"]) == bluesky.MAX_SEEN
