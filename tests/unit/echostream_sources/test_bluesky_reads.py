"""Reads of Bluesky: where they begin, and where they end."""

import dataclasses
import json
from datetime import timedelta

import pytest

from echostream_sources import jetstream
from echostream_sources.bluesky import LOOKBACK
from echostream_sources.post import hashed_id
from echostream_sources.producer import MAX_CURSOR_BYTES
from echostream_sources.source import SourceFailed
from tests.builders import NOW
from tests.unit.echostream_sources.bluesky_posts import AT, BUDGET, after, opened, post, texts
from tests.unit.echostream_sources.services import bluesky
from tests.unit.echostream_sources.services.bluesky import event, microseconds


@pytest.fixture
def service():
    with bluesky.service() as served:
        yield served


@pytest.fixture
def source(service):
    return opened(service)


def test_first_read_begins_some_minutes_ago_and_the_next_one_before_the_last_event(service, source):
    """The server filters posts, and leaves out large messages; nothing is compressed."""
    service.events = [post(0)]
    cursor = source.fetch({}, BUDGET, NOW).cursor
    source.fetch(cursor, BUDGET, NOW)
    first, second = service.queries
    assert first["cursor"] == [str(microseconds(NOW - LOOKBACK))]
    assert second["cursor"] == [str(microseconds(after(-5)))]
    assert first["wantedCollections"] == ["app.bsky.feed.post"]
    assert first["maxMessageSizeBytes"] == ["1000000"]
    assert "Sec-WebSocket-Extensions" not in service.headers[0]


def test_late_event_is_read(service, source):
    """Its time is before that of the last event that was read; the others are not repeated."""
    service.events = [post(0), post(3)]
    fetched = source.fetch({}, BUDGET, NOW)
    service.events = [post(0), post(2), post(3), post(4)]
    assert texts(source.fetch(fetched.cursor, BUDGET, NOW)) == ["post 2", "post 4"]


def test_late_event_is_returned_although_the_connection_breaks(service, source):
    """It is something new, also without a later event."""
    service.events = [post(0), post(3)]
    cursor = source.fetch({}, BUDGET, NOW).cursor
    service.events, service.then = [post(2)], lambda connection: connection.close(1011)
    assert texts(source.fetch(cursor, BUDGET, NOW)) == ["post 2"]


def test_event_that_is_sent_twice_is_read_once(service, source):
    """The server promises at least once."""
    service.events = [post(0), post(0), post(1), post(0)]
    assert texts(source.fetch({}, BUDGET, NOW)) == ["post 0", "post 1"]


def test_posts_that_do_not_match_are_passed(service):
    """The next read does not begin before them."""
    service.events = [post(n) for n in range(50)]
    source = opened(service, keywords="kettle")
    fetched = source.fetch({}, BUDGET, NOW)
    assert (list(fetched.documents), fetched.unmatched) == ([], 50)
    assert fetched.cursor["at"] == microseconds(after(49))
    assert len(fetched.cursor["seen"]) == 6
    assert source.fetch(fetched.cursor, BUDGET, NOW).unmatched == 0


def test_languages_choose_documents(service):
    """By the first language of a post."""
    service.events = [post(0), post(1, langs=["de"]), post(2, langs=[]), post(3, langs=["de-AT"])]
    fetched = opened(service, languages="de").fetch({}, BUDGET, NOW)
    assert (texts(fetched), fetched.unmatched) == (["post 1", "post 3"], 2)


def test_read_of_a_quiet_server_ends(service, source):
    """The next one begins at the same time, and nothing was missed when an event comes then."""
    service.live = []
    fetched = dataclasses.replace(source, first_wait=0.1).fetch({}, BUDGET, NOW)
    assert (list(fetched.documents), fetched.has_more) == ([], False)
    service.events = [post(0)]
    later = NOW + timedelta(hours=1)
    source = dataclasses.replace(source, wait=0.1)
    fetched = source.fetch(json.loads(json.dumps(fetched.cursor)), BUDGET, later)
    assert service.queries[1]["cursor"] == service.queries[0]["cursor"]
    assert (texts(fetched), fetched.may_miss, fetched.has_more) == (["post 0"], False, False)


def test_event_that_is_published_during_a_read_is_taken(service, source):
    """A read goes on until the moment at which it began."""

    def publish(connection):
        service.live = [post(1), post(2), event(NOW, "account")]
        service.proceed(connection)

    service.events, service.then = [post(0)], publish
    assert texts(source.fetch({}, BUDGET, NOW)) == ["post 0", "post 1", "post 2"]


def test_read_ends_at_the_moment_at_which_it_began(service, source):
    """What comes later is for the next read."""
    service.live = [event(NOW, "account"), post(200), event(after(201), "account")]
    fetched = source.fetch({}, BUDGET, NOW)
    assert (list(fetched.documents), fetched.has_more) == ([], False)
    fetched = source.fetch(fetched.cursor, BUDGET, after(201))
    assert texts(fetched) == ["post 200"]


def test_read_ends_after_a_time(service, source):
    """It has more then, and the next one goes on."""

    def stream(connection):
        for n in range(10_000):
            connection.send(json.dumps(event(after(n / 1000), "account")))
            bluesky.wait_for_close(connection)

    service.then = stream
    source = dataclasses.replace(source, seconds=0.5)
    first = source.fetch({}, BUDGET, NOW)
    assert first.has_more
    assert first.cursor["at"] > microseconds(AT)


def test_read_without_anything_new_has_no_more(service, source):
    """A server that repeats itself is not asked again at once."""

    def stream(connection):
        while True:
            connection.send(json.dumps(post(0)))
            bluesky.wait_for_close(connection)

    service.then = stream
    first = source.fetch({}, 1, NOW)
    assert texts(first) == ["post 0"]
    second = dataclasses.replace(source, seconds=0.5).fetch(first.cursor, BUDGET, NOW)
    assert (list(second.documents), second.has_more) == ([], False)


def test_budget_ends_a_read(service, source):
    """The connection is closed."""
    service.events = [post(n) for n in range(10)]
    fetched = source.fetch({}, 3, NOW)
    assert (texts(fetched), fetched.has_more) == ([f"post {n}" for n in range(3)], True)
    fetched = source.fetch(fetched.cursor, BUDGET, NOW)
    assert (texts(fetched), fetched.has_more) == ([f"post {n}" for n in range(3, 10)], False)
    service.wait_for_closed(2)


@pytest.mark.parametrize(
    ("break_off", "reason"),
    [
        (
            lambda connection: connection.close(1011, "restart"),
            "the connection was closed: received 1011 .* restart",
        ),
        (lambda connection: connection.socket.shutdown(2), "the connection was closed"),
        (lambda connection: connection.send("{"), "unexpected response"),
        (lambda connection: connection.send("[" * 100_000), "unexpected response: RecursionError"),
        (
            lambda connection: connection.send(json.dumps({**post(1), "time_us": 1.5})),
            "unexpected response",
        ),
        (
            lambda connection: connection.send(b"\xff", text=True),
            "the connection was closed",
        ),
        (
            lambda connection: connection.send(" " * 1_000_001),
            "the connection was closed: .*message too big",
        ),
    ],
)
def test_failure_in_the_middle_ends_a_read(service, source, break_off, reason):
    """What was read before is returned; it is an error if there is nothing new."""
    service.events, service.then = [post(0)], break_off
    fetched = source.fetch({}, BUDGET, NOW)
    assert (texts(fetched), fetched.has_more) == (["post 0"], True)
    with pytest.raises(SourceFailed, match=rf"ws://127\.0\.0\.1:\d+.*: {reason}"):
        source.fetch(fetched.cursor, BUDGET, NOW)


def test_more_posts_than_the_cursor_can_hold_are_read_once(service, source, monkeypatch):
    """The next read begins later then."""
    monkeypatch.setattr(jetstream, "MAX_SEEN", 20)
    service.events = [post(n / 100) for n in range(100)]
    first = source.fetch({}, 50, NOW)
    assert len(first.cursor["seen"]) == 20
    second = source.fetch(json.loads(json.dumps(first.cursor)), BUDGET, NOW)
    assert texts(first) + texts(second) == [f"post {n / 100}" for n in range(100)]
    assert not second.may_miss


def test_largest_cursor_can_be_stored():
    """One with as many posts as it remembers, all within the overlap."""
    position = jetstream.Position(0)
    for number in range(2 * jetstream.MAX_SEEN):
        position.pass_event(number)
        assert position.is_new(hashed_id("bluesky", str(number)))
    cursor = position.cursor()
    assert len(cursor["seen"]) == jetstream.MAX_SEEN
    assert len(json.dumps(cursor).encode()) < MAX_CURSOR_BYTES


def test_missed_events_are_noticed_once(service, source):
    """The server has not kept the last event: events between may be missing."""
    service.events = [post(0)]
    fetched = source.fetch({}, BUDGET, NOW)
    service.events = [post(20), post(21), post(30)]
    fetched = source.fetch(fetched.cursor, 1, NOW)
    assert (texts(fetched), fetched.may_miss) == (["post 20"], True)
    fetched = source.fetch(fetched.cursor, BUDGET, NOW)
    assert (texts(fetched), fetched.may_miss) == (["post 21", "post 30"], False)
