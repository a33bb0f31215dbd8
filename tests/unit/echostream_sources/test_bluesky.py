"""Posts of Bluesky: which events of a stream become documents, and what is in them."""

import json

import pytest

from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_sources.settings import BadSetting
from tests.builders import NOW, RETENTION
from tests.unit.echostream_sources.bluesky_posts import AT, BUDGET, after, opened, post, texts
from tests.unit.echostream_sources.services import bluesky
from tests.unit.echostream_sources.services.bluesky import commit, event, microseconds, record


@pytest.fixture
def service():
    with bluesky.service() as served:
        yield served


@pytest.fixture
def source(service):
    return opened(service)


def test_reply_and_post_have_channels(service):
    """`items` chooses one of them; the other one is not counted."""
    service.events = [post(0), post(1, reply={"parent": {}})]
    fetched = opened(service).fetch({}, BUDGET, NOW)
    assert [one["channel"] for one in fetched.documents] == ["posts", "replies"]
    fetched = opened(service, items="replies").fetch({}, BUDGET, NOW)
    assert (texts(fetched), fetched.unmatched) == (["post 1"], 0)
    with pytest.raises(BadSetting, match="items: must be some of posts, replies, has 'likes'"):
        opened(service, items="posts,likes")


def test_document_has_the_author_the_address_and_the_first_language(service, source):
    """Languages of another form are left out."""
    languages = (["pt-BR", "en"], ["?"], [5], [""], {"en": 1}, "en", 5)
    service.events = [post(n, langs=langs) for n, langs in enumerate(languages)]
    first, *rest = source.fetch({}, BUDGET, NOW).documents
    assert (first["author"], first["language"]) == ("ann", "pt-BR")
    assert first["url"] == "https://bsky.app/profile/ann/post/3k0"
    assert ["language" in one for one in rest] == [False] * 6


def test_id_is_that_of_the_author_and_the_key(service, source):
    """Both may be long; two authors may use one key."""
    names = [("did:plc:a", "3k"), ("did:plc:b", "3k"), ("did:web:" + "x" * 2000, "y" * 512)]
    service.events = [
        {**post(n, rkey), "did": did} for n, (did, rkey) in enumerate([*names, names[0]])
    ]
    documents = source.fetch({}, BUDGET, NOW).documents
    assert len({one["id"] for one in documents}) == len(documents) == 3
    assert all(document_from_wire(one, AcceptedTimes(NOW, RETENTION)) for one in documents)


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        ("2026-05-20T12:28:00.25Z", "2026-05-20T12:28:00.250000Z"),
        ("2026-05-20T14:28:00.123456789+02:00", "2026-05-20T12:28:00.123456Z"),
        ("2019-01-01T00:00:00Z", "2019-01-01T00:00:00Z"),
        *((value, "2026-05-20T12:28:20Z") for value in ("2026-05-20T12:29:00Z", "yesterday", "")),
        *((value, "2026-05-20T12:28:20Z") for value in ("2026-05-20T12:28:00", 1, None, ["x"])),
        *((f"0001-01-01T00:00:00+0{n}:00", "2026-05-20T12:28:20Z") for n in (1, 9)),
    ],
)
def test_time_is_the_earlier_one_of_the_author_and_the_server(
    service, source, created_at, expected
):
    """What an author's program writes may be anything."""
    service.events = [commit(AT, "3k", {"text": "a", "createdAt": created_at})]
    [document] = source.fetch({}, BUDGET, NOW).documents
    assert document["created_at"] == expected


@pytest.mark.parametrize(
    "content", [{"text": 5}, {"text": None}, {"text": " "}, {}, [], None, "text", {"embed": {}}]
)
def test_record_of_another_form_does_not_stop_the_read(service, source, content):
    """It is written by a user, not by the server."""
    service.events = [commit(AT, "3k", content), post(1)]
    fetched = source.fetch({}, BUDGET, NOW)
    assert (texts(fetched), fetched.without_text, fetched.unmatched) == (["post 1"], 1, 0)


def test_other_events_are_no_documents(service, source):
    """They are not counted, and the next read begins after them."""
    deleted = {"operation": "delete", "collection": bluesky.POST, "rkey": "3k0"}
    service.events = [
        event(after(0), "commit", commit=deleted),
        commit(after(1), "3k1", record(after(1), "edited"), operation="update"),
        event(after(2), "identity", identity={"handle": "ann.example"}),
        event(after(30), "account", account={"active": False}),
    ]
    service.then = lambda connection: [
        connection.send(json.dumps(commit(after(31), "3k3", {}, collection="app.bsky.feed.like"))),
        service.proceed(connection),
    ]
    fetched = source.fetch({}, BUDGET, NOW)
    assert (list(fetched.documents), fetched.without_text, fetched.unmatched) == ([], 0, 0)
    assert fetched.cursor["at"] == microseconds(after(31))
    assert not fetched.has_more
