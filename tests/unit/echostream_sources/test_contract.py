"""What each source promises, over a server that speaks the protocol of its service."""

import json
from datetime import timedelta
from importlib import import_module

import pytest

from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_sources.kinds import KINDS, open_source
from echostream_sources.producer import MAX_CURSOR_BYTES
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import SourceFailed
from tests.builders import NOW, RETENTION
from tests.unit.echostream_sources.services.service import AUTHOR, START

BUDGET = 500


@pytest.fixture(params=[kind.name for kind in KINDS.values() if not kind.needs_samples])
def kind(request):
    return request.param


@pytest.fixture
def service(kind):
    with import_module(f"tests.unit.echostream_sources.services.{kind}").service() as opened:
        yield opened


def opened(kind, service, **settings):
    values = {**service.settings, **settings}
    return open_source(kind, Settings(values, service.secrets, allows_private=True))


@pytest.fixture
def source(kind, service):
    return opened(kind, service)


class Reader:
    """Reads a source as the producer does: the cursor is stored as JSON between two reads."""

    def __init__(self, source, now=NOW):
        self.source, self.now = source, now
        self.cursor = {}
        self.reads = []

    def read(self, budget=BUDGET):
        fetched = self.source.fetch(self.cursor, budget, self.now)
        stored = json.dumps(fetched.cursor)
        assert len(stored.encode()) < MAX_CURSOR_BYTES
        self.cursor = json.loads(stored)
        self.reads.append(fetched)
        return fetched

    def read_all(self, budget=BUDGET):
        """The documents until there are no more."""
        documents = []
        for _ in range(100):
            fetched = self.read(budget)
            assert len(fetched.documents) <= budget
            documents += fetched.documents
            if not fetched.has_more:
                return documents
        raise AssertionError("there are more documents after 100 reads")


@pytest.fixture
def reader(source):
    return Reader(source)


def numbered(*numbers):
    return [f"post {n}" for n in numbers]


def texts(documents):
    return [one["text"] for one in documents]


def test_post_becomes_a_document(kind, service, reader):
    """With all that the API takes, and the time at which it was written."""
    service.posts.add(["I love it <b>so</b> much & \U0001f44d"])
    [document] = reader.read().documents
    assert document_from_wire(document, AcceptedTimes(NOW, RETENTION))
    assert document["text"].startswith("I love it")
    assert document["text"].endswith("much & \U0001f44d")
    assert document["source"] == kind
    assert AUTHOR in document["author"]
    assert document["created_at"] == f"{START:%Y-%m-%dT%H:%M:%SZ}"
    assert document["channel"]
    assert document["id"].startswith(f"{kind}-")


def test_each_post_is_read_once(service, reader):
    """Oldest first, in parts of the budget, and new ones afterwards."""
    service.posts.add(numbered(*range(30)))
    documents = reader.read_all(budget=7)
    assert texts(documents) == numbered(*range(30))
    assert reader.read_all() == []
    service.posts.add(numbered(30, 31))
    more = reader.read_all()
    assert texts(more) == numbered(30, 31)
    assert len({one["id"] for one in documents + more}) == 32
    assert not any(fetched.may_miss for fetched in reader.reads)


def test_crash_repeats_documents_with_their_ids(service, reader):
    """A cursor that was not stored: the read brings the same documents, and those that are new."""
    service.posts.add(numbered(*range(5)))
    reader.read(budget=3)
    before = reader.cursor
    first = list(reader.read().documents)
    service.posts.add(numbered(5))
    reader.cursor = before
    again = list(reader.read().documents)
    assert again[: len(first)] == first
    assert texts(again) == numbered(3, 4, 5)


def test_restart_without_a_cursor_repeats_documents(kind, service, reader):
    """Two sources of the same settings give one post the same id."""
    service.posts.add(numbered(*range(5)))
    first = reader.read_all()
    assert Reader(opened(kind, service)).read_all() == first


def test_post_without_text_is_counted(service, reader):
    """It is no document, and does not stop the others."""
    service.posts.add(["first", "", "last"])
    assert texts(reader.read_all()) == ["first", "last"]
    assert sum(fetched.without_text for fetched in reader.reads) == 1
    reader.read_all()
    assert sum(fetched.without_text for fetched in reader.reads) <= 2


def test_posts_that_were_not_read_in_time_are_noticed(service, reader):
    """A service shows its newest posts only: the read says that some may be missing."""
    if service.shown is None:
        pytest.skip("the service shows all posts since the last read")
    service.posts.add(numbered(*range(3)))
    reader.read_all()
    service.posts.add(numbered(*range(3, 3 + service.shown)))
    documents = reader.read_all()
    assert len(documents) == service.shown
    assert reader.reads[1].may_miss
    assert not reader.read().may_miss


def test_keywords_choose_documents(kind, service):
    """In any case; the others are counted and not read again."""
    service.posts.add(["a Kettle.", "a cup", "kettles", "TEA! and more", "teapots"])
    reader = Reader(opened(kind, service, keywords="kettle, tea*"))
    assert texts(reader.read_all(budget=2)) == ["a Kettle.", "TEA! and more", "teapots"]
    assert sum(fetched.unmatched for fetched in reader.reads) == 2
    assert reader.read_all() == []
    assert reader.reads[-1].unmatched == 0


def test_channel_of_the_settings_is_that_of_all_documents(kind, service):
    service.posts.add(numbered(0, 1))
    reader = Reader(opened(kind, service, channel="press"))
    assert {one["channel"] for one in reader.read_all()} == {"press"}


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [(500, {}, None), (429, {"Retry-After": "77"}, 77.0), (403, {}, None)],
)
def test_error_of_the_service_names_it(service, reader, status, headers, wait):
    """With the time that it asks for, and without a credential; the next read goes on."""
    service.posts.add(numbered(0))
    service.fail(status, headers)
    with pytest.raises(SourceFailed, match=r"127\.0\.0\.1") as failed:
        reader.read()
    assert failed.value.wait == wait
    assert str(status) in str(failed.value)
    assert not any(secret in str(failed.value) for secret in service.secrets.values())


@pytest.mark.parametrize(
    "body", [b"<html>maintenance", b"", b"[1]", b"[{}]", b"null", b'{"a": 1}', b'"x"', b"\xff\xfe"]
)
def test_response_of_another_form_is_an_error_of_the_source(service, reader, body):
    service.answer(body)
    with pytest.raises(SourceFailed, match=r"127\.0\.0\.1"):
        reader.read()


def test_private_address_is_refused_where_the_user_is_not_at_the_machine(kind, service):
    source = open_source(kind, Settings(service.settings, service.secrets))
    with pytest.raises(SourceFailed, match="private address"):
        source.fetch({}, BUDGET, NOW)


def test_unknown_setting_is_refused(kind, service):
    with pytest.raises(BadSetting, match=f"^colour: {kind} has no such setting; it has .*keywords"):
        opened(kind, service, colour="red")


def test_settings_that_a_source_needs(kind, service):
    """Each one is named with an example that can be opened."""
    for setting in KINDS[kind].settings:
        if setting.is_required and not setting.is_secret:
            values = {name: v for name, v in service.settings.items() if name != setting.name}
            with pytest.raises(BadSetting, match=f"^{setting.name}: .*for example: {kind} "):
                open_source(kind, Settings(values, service.secrets))
    name, *parts = KINDS[kind].example.split()
    assert open_source(name, Settings(dict(p.split("=", 1) for p in parts), service.secrets))


def test_clock_that_is_wrong_does_not_hide_posts(service, reader):
    """A read whose time is before that of the last one."""
    service.posts.add(numbered(0, 1))
    reader.read_all()
    reader.now = NOW - timedelta(minutes=30)
    reader.read_all()
    reader.now = NOW
    service.posts.add(numbered(2))
    assert texts(reader.read_all()) == numbered(2)
