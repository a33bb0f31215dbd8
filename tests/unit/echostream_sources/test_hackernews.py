"""Hacker News: channels, periods with more items than a response, and items that appear late."""

import json
from datetime import timedelta

import pytest

from echostream_sources.hackernews import OVERLAP
from echostream_sources.kinds import open_source
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import Cursor, SourceFailed
from tests.builders import NOW
from tests.unit.echostream_sources.services.hackernews import service as search_service

BUDGET = 500


@pytest.fixture
def service():
    with search_service() as opened:
        yield opened


@pytest.fixture
def source(service):
    """A function that opens the source with further settings."""

    def open_with(**settings):
        values = {**service.settings, **settings}
        return open_source("hackernews", Settings(values, allows_private=True))

    return open_with


def hit(number, age, *tags, **fields):
    return {
        "objectID": str(number),
        "created_at_i": int((NOW - age).timestamp()),
        "author": "ann",
        "_tags": list(tags),
        **fields,
    }


def texts(fetched):
    return [one["text"] for one in fetched.documents]


def test_kinds_of_items_are_channels(service, source):
    """The text of a story is its title and its own text, without HTML."""
    minute = timedelta(minutes=1)
    question = {"title": "Ask HN: Why?", "story_text": "<p>I &amp; you"}
    service.hits = [
        hit(1, 4 * minute, "story", title="A kettle", url="https://example.org"),
        hit(2, 3 * minute, "story", "ask_hn", **question),
        hit(3, 2 * minute, "story", "show_hn", title="Show HN"),
        hit(4, 1 * minute, "comment", comment_text="It is <i>good</i>", title=None),
    ]
    documents = source().fetch({}, BUDGET, NOW).documents
    assert [one["channel"] for one in documents] == ["stories", "ask", "show", "comments"]
    assert documents[1]["text"] == "Ask HN: Why?\n\nI & you"
    assert documents[3]["text"] == "It is good"
    assert documents[0]["url"] == "https://news.ycombinator.com/item?id=1"
    assert [one["id"] for one in source(items="comments").fetch({}, BUDGET, NOW).documents] == [
        "hackernews-4"
    ]


def test_period_with_more_items_than_a_response_is_divided(service, source):
    """Until its first part fits; the others follow in the next reads."""
    service.largest = 10
    service.posts.add([f"post {n}" for n in range(100)])
    found: list[str] = []
    cursor: Cursor = {}
    for _ in range(300):
        fetched = source().fetch(cursor, BUDGET, NOW)
        cursor = fetched.cursor
        found += texts(fetched)
        if not fetched.has_more:
            break
    assert found == [f"post {n}" for n in range(100)]


def test_item_that_is_found_late_is_read(service, source):
    """Up to some minutes after it was written; older ones are not looked for."""
    cursor = source().fetch({}, BUDGET, NOW).cursor
    service.hits = [
        hit(1, timedelta(seconds=OVERLAP), "story", title="late"),
        hit(2, timedelta(seconds=OVERLAP + 1), "story", title="too late"),
    ]
    assert texts(source().fetch(cursor, BUDGET, NOW)) == ["late"]


def test_time_that_no_clock_has_is_an_error_of_the_source(service, source):
    wrong = hit(1, timedelta(0), "story", title="a") | {"created_at_i": 10**17}
    service.answer(json.dumps({"hits": [wrong], "nbHits": 1}).encode())
    with pytest.raises(SourceFailed, match="unexpected response"):
        source().fetch({}, BUDGET, NOW)


def test_unknown_items_are_refused(source):
    with pytest.raises(BadSetting, match=r"^items: must be some of stories, comments, has 'jobs'"):
        source(items="stories,jobs")
