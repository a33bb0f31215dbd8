"""Reddit: what becomes of posts and comments, where a read goes on, limits, and its errors."""

from datetime import timedelta

import pytest

from echostream_sources.kinds import open_source
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import SourceFailed
from tests.builders import NOW
from tests.unit.echostream_sources.services.reddit import SECRETS, thing
from tests.unit.echostream_sources.services.reddit import service as reddit_service

BUDGET = 500
START = NOW - timedelta(minutes=40)


@pytest.fixture
def service():
    with reddit_service() as opened:
        yield opened


@pytest.fixture
def source(service):
    """A function that opens the source with further settings."""

    def open_with(secrets=SECRETS, **settings):
        values = {**service.settings, **settings}
        return open_source("reddit", Settings(values, secrets, allows_private=True))

    return open_with


def item(number, text="", **fields):
    at = START + timedelta(seconds=number)
    return thing(number, at, text or f"item {number}", **fields)


def texts(fetched):
    return [one["text"] for one in fetched.documents]


def test_posts_and_comments_are_documents(service, source):
    """A post's title and text; the channel is the subreddit."""
    service.things = [
        item(2, "A kettle", selftext="It *boils* & sings", subreddit="coffee"),
        item(3, "I agree"),
    ]
    post, comment = source().fetch({}, BUDGET, NOW).documents
    assert (post["id"], comment["id"]) == ("reddit-t3_x2", "reddit-t1_x3")
    assert (post["text"], comment["text"]) == ("A kettle\n\nIt *boils* & sings", "I agree")
    assert (post["channel"], comment["channel"]) == ("coffee", "tea")
    assert post["url"] == "https://www.reddit.com/r/tea/comments/x2/"
    assert post["author"] == "ann"


def test_removed_posts_and_deleted_authors(service, source):
    """Removed and deleted items have no text; the text of a deleted author stays."""
    service.things = [
        item(1, body="[removed]"),
        item(3, body="[deleted]"),
        item(2, selftext="[removed]"),
        item(4, selftext="", removed_by_category="moderator"),
        item(5, "kept", author="[deleted]"),
    ]
    fetched = source().fetch({}, BUDGET, NOW)
    [document] = fetched.documents
    assert document["text"] == "kept"
    assert "author" not in document
    assert fetched.without_text == 4


def test_crosspost_has_its_own_title_only(service, source):
    original = {"title": "theirs", "selftext": "their text"}
    service.things = [item(2, "mine", selftext="", crosspost_parent_list=[original])]
    assert texts(source().fetch({}, BUDGET, NOW)) == ["mine"]


def test_edited_item_is_not_read_again(service, source):
    service.things = [item(1, "first")]
    cursor = source().fetch({}, BUDGET, NOW).cursor
    service.things = [item(1, "edited", edited=1.0)]
    assert source().fetch(cursor, BUDGET, NOW).documents == []


def test_items_and_search_are_settings(service, source):
    """A search finds posts only."""
    service.things = [item(1, "a comment"), item(2, "a kettle"), item(4, "a cup")]
    assert texts(source(items="comments").fetch({}, BUDGET, NOW)) == ["a comment"]
    assert texts(source(items="posts").fetch({}, BUDGET, NOW)) == ["a kettle", "a cup"]
    assert texts(source(search="kettle").fetch({}, BUDGET, NOW)) == ["a kettle"]


def test_read_goes_on_if_known_items_are_deleted(service, source):
    """Not only after the last one."""
    service.things = [item(n) for n in range(0, 40, 2)]
    first = source().fetch({}, BUDGET, NOW)
    service.deleted = {f"t3_x{n}" for n in range(10, 40, 2)}
    service.things.append(item(40))
    second = source().fetch(first.cursor, BUDGET, NOW)
    assert texts(second) == ["item 40"]
    assert not second.may_miss


def test_late_approved_item_is_read(service, source):
    """It stands below known items of the first page."""
    service.things = [item(n) for n in range(0, 40, 2) if n != 20]
    first = source().fetch({}, BUDGET, NOW)
    service.things.append(item(20))
    assert texts(source().fetch(first.cursor, BUDGET, NOW)) == ["item 20"]


def test_a_read_without_news_costs_one_request_a_listing(service, source):
    """The first read takes the newest page; hundreds of items take several."""
    service.things = [item(n) for n in range(0, 600, 2)]
    opened = source()
    first = opened.fetch({}, BUDGET, NOW)
    assert len(first.documents) == 100
    assert service.listed == 2
    second = opened.fetch(first.cursor, BUDGET, NOW)
    assert service.listed == 4
    service.things += [item(n) for n in range(600, 1_100, 2)]
    third = opened.fetch(second.cursor, 200, NOW)
    assert (len(third.documents), third.has_more) == (200, True)
    last = opened.fetch(third.cursor, 200, NOW)
    assert texts(last) == [f"item {n}" for n in range(1_000, 1_100, 2)]
    assert not last.has_more
    tokens = [path for path, _ in service.server.requests if "access_token" in path]
    assert len(tokens) == 1


def test_listing_that_ends_before_a_known_item_is_noticed(service, source):
    service.shown = 100
    service.things = [item(n) for n in range(0, 20, 2)]
    first = source().fetch({}, BUDGET, NOW)
    assert not first.may_miss
    service.things += [item(n) for n in range(20, 320, 2)]
    second = source().fetch(first.cursor, BUDGET, NOW)
    assert (len(second.documents), second.may_miss) == (100, True)


def test_no_request_is_sent_before_the_limit_ends(service, source):
    """What was read is taken; the next process waits too, instead of sleeping."""
    service.things = [item(2)]
    service.left = 2
    fetched = source(items="posts,comments").fetch({}, BUDGET, NOW)
    assert texts(fetched) == ["item 2"]
    sent = len(service.server.requests)
    with pytest.raises(SourceFailed, match="all requests") as failed:
        source().fetch(fetched.cursor, BUDGET, NOW)
    assert failed.value.wait == service.reset
    assert len(service.server.requests) == sent
    service.left = 100
    later = source().fetch(fetched.cursor, BUDGET, NOW + timedelta(seconds=service.reset))
    assert later.documents == []
    assert "asked_to" not in later.cursor


def test_limit_that_ends_within_a_read_is_an_error(service, source, monkeypatch):
    """The second listing is not asked for; PRAW would sleep for minutes."""

    def sleep(_):
        raise AssertionError("a read sleeps")

    monkeypatch.setattr("prawcore.rate_limit.time.sleep", sleep)
    service.left = 1
    with pytest.raises(SourceFailed, match="all requests are used") as failed:
        source().fetch({}, BUDGET, NOW)
    assert failed.value.wait == service.reset
    assert service.listed == 1


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (403, {}, "r/tea is private, or Reddit has not approved"),
        (404, {}, "r/tea does not exist"),
        (302, {"Location": "/subreddits/search"}, "r/tea does not exist"),
        (503, {}, "HTTP 503"),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "77"}, "HTTP 429"),
    ],
)
def test_error_of_reddit_says_what_to_do(service, source, status, headers, message):
    """Once, without PRAW's repeats."""
    for path in service.listings:
        service.server.serve(path, b"{}", status, **headers)
    with pytest.raises(SourceFailed, match=message) as failed:
        source().fetch({}, BUDGET, NOW)
    assert failed.value.wait == (77 if status == 429 else None)
    assert len(service.server.requests) == 2


def test_wrong_credentials_are_in_no_text(source):
    opened = source({"client_id": "wrong-id", "client_secret": "wrong-secret"})
    with pytest.raises(SourceFailed, match="HTTP 401: client_id or client_secret") as failed:
        opened.fetch({}, BUDGET, NOW)
    for text in (str(failed.value), repr(opened)):
        assert "wrong-id" not in text
        assert "wrong-secret" not in text


def test_environment_is_ignored(service, source, monkeypatch, tmp_path):
    """A user's own settings of PRAW and logins do not replace the source's credentials."""
    (tmp_path / "netrc").write_text("default login ann password password")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("praw_username", "ann")
    monkeypatch.setenv("praw_password", "password")
    monkeypatch.setenv("praw_oauth_url", "https://example.org")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    service.things = [item(2)]
    assert texts(source().fetch({}, BUDGET, NOW)) == ["item 2"]


@pytest.mark.parametrize("names", ["a b", "tea/../../x", "tea,?", "t\u00e9"])
def test_name_that_no_subreddit_has_is_refused(source, names):
    with pytest.raises(BadSetting, match=r"^subreddits: "):
        source(subreddits=names)


def test_subreddits_are_read_together(service, source):
    """In one listing, also with the prefix that people write."""
    service.things = [item(2)]
    assert len(source(subreddits="r/tea, coffee").fetch({}, BUDGET, NOW).documents) == 1
