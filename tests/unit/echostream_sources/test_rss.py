"""Feeds of every kind, from a server: what becomes of their items, and where a read goes on."""

import json
from datetime import UTC, datetime

import pytest

from echostream.domain.validation import MAX_TEXT_BYTES, AcceptedTimes, document_from_wire
from echostream_sources.producer import MAX_CURSOR_BYTES
from echostream_sources.rss import MAX_ITEMS, Rss, channel_of
from echostream_sources.source import Cursor, SourceFailed
from echostream_sources.web import Web
from tests.builders import NOW, RETENTION
from tests.unit.echostream_sources.feeds import item, numbered, rss

LOCAL = Web(private_hosts=frozenset(("127.0.0.1",)))
TIME = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
BUDGET = 500


@pytest.fixture
def read(server):
    """A function that reads a feed with a body once."""

    def fetch(body, cursor=None, budget=BUDGET, status=200, **headers):
        url = server.serve("/feed.xml", body, status, **headers)
        return Rss(url, LOCAL, "kettles").fetch(cursor or {}, budget, NOW)

    return fetch


def titles(fetched):
    return [one["text"] for one in fetched.documents]


def test_item_becomes_a_document(read):
    """Its own time in UTC; text without HTML; the language of the feed."""
    fetched = read(
        rss(
            [
                item(
                    "A <b>good</b> kettle &amp; more",
                    guid="g1",
                    link="https://example.org/1?a=b",
                    author="Ann",
                    description="<p>It <i>boils</i>.<br>Fast!</p><script>x()</script>5 &lt; 6",
                    date="Wed, 20 May 2026 11:00:00 +0200",
                )
            ]
        )
    )
    [document] = fetched.documents
    assert document.pop("id").startswith("rss-")
    assert document == {
        "text": "A good kettle & more\n\nIt boils.\nFast!\n5 < 6",
        "source": "rss",
        "channel": "kettles",
        "author": "Ann",
        "url": "https://example.org/1?a=b",
        "language": "en",
        "created_at": "2026-05-20T09:00:00Z",
    }
    assert document_from_wire(document, AcceptedTimes(NOW, RETENTION))


def test_atom_feed_is_read(read):
    """Its content has precedence over its summary, the time of publication over the update."""
    body = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
    <title>x</title><id>urn:x</id><updated>2026-05-20T10:00:00Z</updated>
    <entry><title>Titel</title><id>urn:1</id><link href="/1"/><author><name>Bea</name></author>
    <published>2026-05-20T09:00:00Z</published><updated>2026-05-20T09:30:00Z</updated>
    <summary>kurz</summary><content type="html">&lt;p&gt;lang&lt;/p&gt;</content></entry></feed>"""
    [document] = read(body).documents
    assert (document["text"], document["author"]) == ("Titel\n\nlang", "Bea")
    assert document["created_at"] == "2026-05-20T09:00:00Z"
    assert document["url"].endswith("/1")


@pytest.mark.parametrize(
    "date",
    [
        *("Wed, 20 May 2026 09:00:00 GMT", "Wed, 20 May 2026 04:00:00 EST", "20 May 26 09:00 UT"),
        *("2026-05-20T09:00:00Z", "2026-05-20T11:00:00+02:00", "2026-05-20 09:00:00"),
        *("Wednesday, 20 May 2026 09:00:00 GMT", "Wed May 20 09:00:00 2026"),
    ],
)
def test_date_of_any_dialect_is_read(read, date):
    """All are one moment."""
    [document] = read(rss([item("a", guid="g", date=date)])).documents
    assert document["created_at"] == "2026-05-20T09:00:00Z"


@pytest.mark.parametrize("date", ["", "yesterday", "32 Foo 2026", "Wed, 20 May 99999 09:00:00 GMT"])
def test_item_without_a_date_is_taken(read, date):
    """The API dates it."""
    [document] = read(rss([item("a", guid="g", date=date)])).documents
    assert "created_at" not in document


def test_date_in_the_future_is_now(read):
    """The API would refuse it for ever."""
    [document] = read(rss([item("a", guid="g", date="Wed, 20 May 2099 09:00:00 GMT")])).documents
    assert document["created_at"] == NOW.isoformat().replace("+00:00", "Z")


def test_ids_tell_items_apart_and_stay(read):
    """Items with one guid and other links, with links only, and with neither."""
    items = [
        item("a", guid="same", link="https://example.org/a"),
        item("b", guid="same", link="https://example.org/b"),
        *(item("c", link="https://example.org/c"), item("d"), item("e")),
    ]
    first = {one["text"]: one["id"] for one in read(rss(items)).documents}
    assert len(set(first.values())) == len(items)
    again = {one["text"]: one["id"] for one in read(rss(items[::-1])).documents}
    assert first == again
    edited = read(rss([item("a, edited", guid="same", link="https://example.org/a")])).documents
    assert edited[0]["id"] == first["a"]


def test_item_that_a_feed_has_twice_is_one_document(read):
    """The newest of them, which comes first."""
    items = [item("newer", guid="g"), item("older", guid="g")]
    assert titles(read(rss(items))) == ["newer"]


def test_items_without_text_are_counted(read):
    """They have an id and a link only."""
    fetched = read(rss([item(guid="g1"), item("a", guid="g2"), item(description="<img/>")]))
    assert (titles(fetched), fetched.without_text) == (["a"], 2)


def test_later_read_has_new_items_only(read):
    """Oldest first; the cursor forgets what the feed no longer has."""
    first = read(numbered(range(10)[::-1]))
    assert titles(first) == [f"title {n}" for n in range(10)]
    second = read(numbered(range(3, 12)[::-1]), first.cursor)
    assert titles(second) == ["title 10", "title 11"]
    assert (second.may_miss, second.has_more) == (False, False)
    assert len(second.cursor["seen"]) == 9
    assert read(numbered(range(3, 12)[::-1]), second.cursor).documents == []


def test_cursor_of_the_largest_feed_can_be_stored(read):
    """The items from the feed's start up to the limit; each is known in the next read."""
    feed = rss([item(str(n), guid=str(n)) for n in range(MAX_ITEMS + 5)])
    first = read(feed, budget=MAX_ITEMS + 5)
    assert len({one["text"] for one in first.documents}) == MAX_ITEMS
    assert titles(first)[-1] == "0"
    assert len(json.dumps(first.cursor).encode()) < MAX_CURSOR_BYTES
    assert read(feed, first.cursor).documents == []


def test_item_of_an_older_time_is_new(read):
    """Feeds are not always in the order of time."""
    first = read(numbered([5, 4]))
    assert titles(read(numbered([5, 4, 1]), first.cursor)) == ["title 1"]


def test_read_stops_at_the_budget_and_goes_on(read):
    """Each item once, although the server would say that nothing has changed."""
    cursor: Cursor = {}
    seen, more = [], True
    while more:
        fetched = read(numbered(range(25)[::-1]), cursor, budget=10, ETag='"1"')
        assert ("etag" in fetched.cursor) == (not fetched.has_more)
        seen += titles(fetched)
        cursor, more = fetched.cursor, fetched.has_more
    assert seen == [f"title {n}" for n in range(25)]


def test_repeat_after_a_crash_has_the_same_items(read):
    """The cursor was not stored: the same ids again, with what is new."""
    first = read(numbered([2, 1]))
    again = read(numbered([3, 2, 1]))
    assert [one["id"] for one in again.documents][:2] == [one["id"] for one in first.documents]


def test_gap_is_noticed(read):
    """Nothing of the last read is left in the feed."""
    first = read(numbered([2, 1]))
    assert read(numbered([9, 8]), first.cursor).may_miss
    assert not read(numbered([3, 2]), first.cursor).may_miss
    assert not read(rss([]), first.cursor).may_miss


def test_unchanged_feed_is_not_sent_again(read, server):
    """The request has the validators of the last response."""
    first = read(numbered([1]), ETag='W/"x"', Last_Modified="Wed, 20 May 2026 09:00:00 GMT")
    unchanged = read(b"", first.cursor, status=304)
    headers = server.requests[-1][1]
    assert headers["If-None-Match"] == 'W/"x"'
    assert headers["If-Modified-Since"] == "Wed, 20 May 2026 09:00:00 GMT"
    assert (unchanged.documents, unchanged.cursor) == ([], first.cursor)


def test_feed_without_validators_is_read_whole(read, server):
    """The next request has no empty ones."""
    read(numbered([1]), read(numbered([1])).cursor)
    assert not {"If-None-Match", "If-Modified-Since"} & server.requests[-1][1].keys()


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Not found</body></html>", b"\x89PNG\r\n\x1a\n\x00", b"{}"]
)
def test_what_is_no_feed_fails(read, body):
    """With the reason."""
    with pytest.raises(SourceFailed, match="is no feed"):
        read(body)


@pytest.mark.parametrize(
    ("status", "wait", "headers"),
    [
        (404, None, {}),
        (429, 90.0, {"Retry-After": "90"}),
        (503, None, {"Retry-After": "soon"}),
    ],
)
def test_error_of_the_server_fails(read, status, wait, headers):
    """With the time for which the service asks."""
    with pytest.raises(SourceFailed, match=f"HTTP {status}") as caught:
        read(b"", status=status, **headers)
    assert caught.value.wait == wait


def test_broken_xml_is_read_as_far_as_possible(read):
    """A feed that is cut, with characters that XML does not have."""
    whole = numbered([3, 2, 1])
    assert titles(read(whole[: whole.index(b"title 1")]))[-2:] == ["title 2", "title 3"]
    assert titles(read(whole.replace(b"title 2", b"title & 2\x0b")))[0] == "title 1"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252", "shift_jis"])
def test_other_encoding_is_read(read, encoding):
    """As the XML declaration says, and as the header says."""
    text = "\u30b1\u30c8\u30eb" if encoding == "shift_jis" else "caf\u00e9"
    body = rss([item(text, guid="g")]).decode()
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding)
    assert titles(read(declared, Content_Type="application/xml")) == [text]
    if encoding != "utf-16":
        plain = body.encode(encoding)
        assert titles(read(plain, Content_Type=f"text/xml; charset={encoding}")) == [text]


def test_entities_of_a_feed_read_no_file_and_do_not_grow(read):
    """External entities, and ones that multiply."""
    pairs = zip("abcdef", "bcdefx", strict=True)
    for entities in (
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairs),
    ):
        body = f"<!DOCTYPE rss [{entities}]>".encode() + rss([item("safe", guid="g")])
        body = body.replace(b"safe", b"safe &x;")
        [document] = read(body).documents
        assert "root:" not in document["text"]
        assert len(document["text"]) < 100


def test_long_text_is_cut_at_a_character(read):
    """To what a document may have."""
    [document] = read(rss([item("\u20ac" * 30_000, guid="g")])).documents
    assert MAX_TEXT_BYTES - 3 < len(document["text"].encode()) <= MAX_TEXT_BYTES


def test_fields_that_a_document_may_not_have_are_left_out(read):
    """An address of another scheme, a name that is too long, a language that is none."""
    strange = item("a", guid="g", link="javascript:alert(1)", author="x" * 300)
    [document] = read(rss([strange], language="English (US)")).documents
    assert document_from_wire(document, AcceptedTimes(NOW, RETENTION))
    assert "url" not in document
    assert "language" not in document
    assert document["author"] == "x" * 256


def test_channel_is_the_address_by_default():
    """Without the scheme and the query, which may have a key."""
    assert channel_of("https://example.org/a/feed.xml?key=1") == "example.org/a/feed.xml"
    assert channel_of("https://example.org/") == "example.org"
