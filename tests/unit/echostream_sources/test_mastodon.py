"""Mastodon: what becomes of posts of every kind, hashtags, rate limits, and other servers."""

from datetime import timedelta

import pytest

from echostream_sources.kinds import open_source
from echostream_sources.mastodon import MAX_REQUESTS, MAX_TAGS
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import SourceFailed
from tests.builders import NOW
from tests.unit.echostream_sources.services.mastodon import service as mastodon_service
from tests.unit.echostream_sources.services.mastodon import status_of

BUDGET = 500
SERVER = "https://example.net"


@pytest.fixture
def service():
    with mastodon_service() as opened:
        yield opened


@pytest.fixture
def source(service):
    """A function that opens the source with further settings."""

    def open_with(secrets=None, **settings):
        values = {**service.settings, **settings}
        return open_source("mastodon", Settings(values, secrets or {}, allows_private=True))

    return open_with


def post(number, text="some words", **fields):
    at = NOW - timedelta(minutes=50) + timedelta(seconds=number)
    return {**status_of(number, at, text, SERVER), **fields}


def texts(fetched):
    return [one["text"] for one in fetched.documents]


def test_text_is_what_a_reader_sees(service, source):
    """A warning above it, links and hashtags without extra spaces, paragraphs as lines."""
    content = (
        '<p>I love <a href="x" class="mention hashtag">#<span>tea</span></a></p>'
        '<p><a href="y"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.org/a</span><span class="invisible">bc</span></a></p>'
    )
    service.statuses["public"] = [post(1, content=content, spoiler_text="hot drinks")]
    [document] = source().fetch({}, BUDGET, NOW).documents
    assert document["text"] == "hot drinks\n\nI love #tea\nhttps://example.org/abc"
    assert document["url"] == f"{SERVER}/@ann/109001"


def test_author_of_the_server_itself_has_its_name(service, source):
    service.statuses["public"] = [post(1, account={"acct": "bea"})]
    [document] = source().fetch({}, BUDGET, NOW).documents
    assert document["author"] == "bea@127.0.0.1"


def test_boosts_and_private_posts_are_not_taken(service, source):
    """They are neither documents nor counted."""
    service.statuses["public"] = [
        post(1, reblog=post(0)),
        post(2, visibility="private"),
        post(3, visibility="direct"),
        post(4, "taken", visibility="unlisted"),
    ]
    fetched = source().fetch({}, BUDGET, NOW)
    assert texts(fetched) == ["taken"]
    assert (fetched.without_text, fetched.unmatched) == (0, 0)


def test_post_under_two_hashtags_is_one_document(service, source):
    """Each hashtag is a channel; the first one that has the post counts."""
    service.statuses["tag/tea"] = [post(1, "tea"), post(2, "both")]
    service.statuses["tag/coffee"] = [post(2, "both"), post(3, "coffee")]
    fetched = source(tags="tea, #coffee").fetch({}, BUDGET, NOW)
    assert [(one["text"], one["channel"]) for one in fetched.documents] == [
        ("tea", "#tea"),
        ("both", "#tea"),
        ("coffee", "#coffee"),
    ]
    service.statuses["tag/coffee"].append(post(4, "more"))
    assert texts(source(tags="tea,coffee").fetch(fetched.cursor, BUDGET, NOW)) == ["more"]


def test_same_post_of_two_servers_has_one_id(service, source):
    """Its id on a server differs; its address does not."""
    service.statuses["public"] = [post(1)]
    [first] = source().fetch({}, BUDGET, NOW).documents
    service.statuses["public"] = [{**post(1), "id": "777"}]
    [second] = source().fetch({}, BUDGET, NOW).documents
    assert first["id"] == second["id"]


def test_languages_choose_documents(service, source):
    languages = ("en", "de", "en-GB", None)
    service.statuses["public"] = [
        post(n, one or "none", language=one) for n, one in enumerate(languages)
    ]
    fetched = source(languages="en").fetch({}, BUDGET, NOW)
    assert texts(fetched) == ["en", "en-GB"]
    assert fetched.unmatched == 2


def test_thousands_of_posts_are_read_in_pages(service, source):
    """After the first page, which is the newest one; a read has a limit of requests."""
    service.statuses["public"] = [post(n, f"post {n}") for n in range(100)]
    first = source().fetch({}, BUDGET, NOW)
    assert texts(first) == [f"post {n}" for n in range(60, 100)]
    service.statuses["public"] += [post(n, f"post {n}") for n in range(100, 3_100)]
    cursor, found, reads = first.cursor, [], 0
    while True:
        fetched = source(keywords="post").fetch(cursor, 2_500, NOW)
        cursor, reads = fetched.cursor, reads + 1
        found += texts(fetched)
        if not fetched.has_more:
            break
    assert found == [f"post {n}" for n in range(100, 3_100)]
    assert reads == 2
    unmatched = source(keywords="absent").fetch(first.cursor, BUDGET, NOW)
    assert (unmatched.unmatched, unmatched.has_more) == (40 * MAX_REQUESTS, True)


def test_server_that_ignores_min_id_does_not_repeat_posts(service, source):
    """Other software may answer with its newest posts each time."""
    service.ignores_min_id = True
    service.statuses["public"] = [post(n, f"post {n}") for n in range(60)]
    first = source().fetch({}, BUDGET, NOW)
    assert len(first.documents) == 40
    service.statuses["public"] += [post(60, "post 60")]
    second = source().fetch(first.cursor, BUDGET, NOW)
    assert texts(second) == ["post 60"]
    assert not second.has_more


def test_quiet_timeline_that_fills_up_says_that_posts_may_be_missing(service, source):
    """Without a last post, a read asks for the newest ones."""
    empty = source().fetch({}, BUDGET, NOW)
    service.statuses["public"] = [post(n) for n in range(39)]
    assert not source().fetch(empty.cursor, BUDGET, NOW).may_miss
    service.statuses["public"] = [post(n) for n in range(40)]
    assert source().fetch(empty.cursor, BUDGET, NOW).may_miss


def test_no_request_is_sent_before_the_limit_ends(service, source):
    """What the last request of a period brought is taken; the next process waits too."""
    service.statuses["public"] = [post(n, f"post {n}") for n in range(40)]
    service.left = 1
    fetched = source().fetch({}, BUDGET, NOW)
    assert len(fetched.documents) == 40
    assert service.left == 0
    with pytest.raises(SourceFailed, match="all requests") as failed:
        source().fetch(fetched.cursor, BUDGET, NOW)
    assert failed.value.wait == (service.reset_at - NOW).total_seconds()
    assert service.left == 0
    service.left = 300
    service.statuses["public"] += [post(40, "post 40")]
    later = source().fetch(fetched.cursor, BUDGET, service.reset_at)
    assert texts(later) == ["post 40"]
    assert source().fetch(later.cursor, BUDGET, service.reset_at).documents == []


def test_429_without_retry_after_waits_for_the_reset(service, source):
    service.fail(429, {"X-RateLimit-Reset": "2026-05-20T12:31:00.000000Z"})
    with pytest.raises(SourceFailed, match="HTTP 429") as failed:
        source().fetch({}, BUDGET, NOW)
    assert failed.value.wait == 60


def test_server_that_asks_for_a_token(service, source):
    """The error says so; the token is sent, and is in no text."""
    service.token = "secret-token"
    service.statuses["public"] = [post(1)]
    with pytest.raises(SourceFailed, match=r"HTTP 422: .* needs a token"):
        source().fetch({}, BUDGET, NOW)
    opened = source({"token": "secret-token"})
    assert len(opened.fetch({}, BUDGET, NOW).documents) == 1
    assert "secret-token" not in repr(opened)
    with pytest.raises(SourceFailed, match="HTTP 422") as failed:
        source({"token": "wrong-token"}).fetch({}, BUDGET, NOW)
    assert "wrong-token" not in str(failed.value)


@pytest.mark.parametrize("token", ["to ken", "token\n", "tok\u00e9n"])
def test_token_that_no_header_can_have_is_refused(source, token):
    """The message does not repeat it."""
    with pytest.raises(BadSetting, match=r"^token: must have printable") as refused:
        source({"token": token})
    assert token not in str(refused.value)


def test_number_of_hashtags_is_limited(source):
    """The cursor has a place for each, and must fit into an item of DynamoDB."""
    tags = [f"tag{n}" for n in range(MAX_TAGS + 1)]
    assert len(source(tags=",".join(tags[1:])).timelines) == MAX_TAGS
    with pytest.raises(BadSetting, match=r"^tags: 51 are given, at most 50"):
        source(tags=",".join(tags))


def test_post_with_a_malformed_time_does_not_stop_the_others(service, source):
    service.statuses["public"] = [
        post(1, created_at="yesterday"),
        post(2, created_at=None),
        post(3),
    ]
    documents = source().fetch({}, BUDGET, NOW).documents
    assert [("created_at" in one) for one in documents] == [False, False, True]


def test_busy_hashtag_leaves_room_for_the_others(service, source):
    """Another one is the first in each read."""
    service.statuses["tag/tea"] = [post(n) for n in range(0, 200, 2)]
    service.statuses["tag/coffee"] = [post(n) for n in range(1, 200, 2)]
    opened = source(tags="tea,coffee")
    first = opened.fetch({}, 20, NOW)
    second = opened.fetch(first.cursor, 20, NOW)
    assert {one["channel"] for one in first.documents} == {"#tea"}
    assert {one["channel"] for one in second.documents} == {"#coffee"}


def test_failure_after_some_posts_keeps_them(service, source):
    """Of other timelines too; without any, the read says what fails."""
    service.statuses["tag/tea"] = [post(1, "read")]
    service.server.serve("/api/v1/timelines/tag/coffee", b"", 503)
    opened = source(tags="coffee,tea")
    first = opened.fetch({}, BUDGET, NOW)
    assert texts(first) == ["read"]
    with pytest.raises(SourceFailed, match="HTTP 503"):
        opened.fetch(first.cursor, BUDGET, NOW)
