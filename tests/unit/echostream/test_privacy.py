"""The privacy options of a tenant, at the door of both ingest paths and in erasures."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.erasure_items import erasure_from_item, erasure_item
from echostream.domain.enqueue import Enqueue
from echostream.domain.erasure import ErasedDocuments, Erasure, Subject
from echostream.domain.privacy import PLAIN, Privacy, PrivacyOptions, new_key, pseudonym
from echostream.domain.stream_record import parse
from echostream.entrypoints.privacy_cache import PrivacyCache
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryLake, MemoryStore, MemoryStream
from tests.unit.echostream.test_ingest import ingest, lines

KEY, OTHER = bytes(range(32)), bytes(32)
BOTH = Privacy(PrivacyOptions(pseudonyms=True, redact=True), KEY)
ROW = {
    "text": "Write to ann@example.org or +44 20 7946 0123",
    "author": "Ann Keller",
    "url": "https://example.org/?by=ann@example.org",
    "source": "support@example.org",
    "channel": "https://example.org/of?ann@example.org",
}
PRIVATE = {
    "text": "Write to [email] or [phone]",
    "author": pseudonym(KEY, "Ann Keller"),
    "url": "https://example.org/?by=[email]",
    "source": "[email]",
    "channel": "https://example.org/of?[email]",
}


def test_pseudonym_is_of_a_key_and_an_author():
    """The same author has the same one with a key, another one with another key."""
    assert pseudonym(KEY, "Ann") == pseudonym(KEY, "Ann")
    assert len({pseudonym(KEY, "Ann"), pseudonym(OTHER, "Ann"), pseudonym(KEY, "ann")}) == 3
    assert pseudonym(KEY, "Ann").startswith("anon-")
    assert len(pseudonym(KEY, "Ann")) == 25


@given(st.dictionaries(st.sampled_from(["text", "author", "url", "source", "x"]), st.text()))
def test_options_are_applied_once(row):
    """Documents read from the API and sent again stay the same."""
    private = BOTH.apply(row)
    assert BOTH.apply(private) == private


@pytest.mark.parametrize("value", [None, 1.0, "", [], {"text": 1.0, "author": None, "id": []}])
def test_what_is_no_document_is_left_to_validation(value):
    """It is returned as it is."""
    assert BOTH.apply(value) is value


def test_both_paths_store_the_private_document():
    """In the lake, the table and the stream; the id that was missing is that of what is stored."""
    lake, store, stream = MemoryLake(), MemoryStore(), MemoryStream()
    direct = ingest(lake, store)("acme", [ROW], NOW, BOTH)
    queued = Enqueue(stream, RETENTION)("acme", [ROW], NOW, 20.0, BOTH)
    [delivery] = map(parse, stream.records)
    assert list(delivery.rows) == [PRIVATE]
    assert direct.ids == queued.ids == ingest()("acme", [PRIVATE], NOW).ids
    [scored] = store.get_many("acme", direct.ids).values()
    assert (scored.document.text, scored.document.author) == (PRIVATE["text"], PRIVATE["author"])
    assert lines(lake, "raw/") == [PRIVATE]
    assert ingest(lake, store)("acme", [ROW], NOW, BOTH).ids == direct.ids


def test_author_with_an_address_has_a_pseudonym():
    """With redaction alone, so that authors stay apart and can be erased; other names stay."""
    only = replace(BOTH, options=PrivacyOptions(redact=True))
    assert only.apply({"text": "a", "author": "ann@example.org"})["author"].startswith("anon-")
    assert only.apply({"text": "a", "author": "Ann"})["author"] == "Ann"


def test_id_with_an_address_is_refused():
    """An id is a name for a document and cannot be replaced; the message does not repeat it."""
    receipt = ingest()("acme", [{"text": "a", "id": "ann@example.org"}], NOW, BOTH)
    [rejection] = receipt.rejected
    assert (rejection.code, "ann" in rejection.message) == ("invalid_value", False)


def test_text_that_redaction_makes_too_long_is_refused():
    """A mark may be longer than what it replaces; what is queued must pass the second check."""
    text = "a@b.co " * (64 * 1024 // 7)
    receipt = ingest()("acme", [{"text": text}, {"text": "ok"}], NOW, BOTH)
    assert [(one.index, one.code) for one in receipt.rejected] == [(0, "too_long")]


def test_document_stored_before_and_sent_again_conflicts():
    """It has another text now; without an address in it, it is the same document."""
    store = MemoryStore()
    former = [{**ROW, "id": "a"}, {"text": "no address", "author": "Ann", "id": "b"}]
    ingest(store=store)("acme", former, NOW)
    receipt = ingest(store=store)("acme", former, NOW, BOTH)
    assert receipt.ids == ["b"]
    assert [one.code for one in receipt.rejected] == ["conflict"]


def test_retention_is_the_shorter_one():
    """A tenant cannot keep documents for longer than the deployment."""
    for days, expected in ((7, 7), (400, 30), (None, 30)):
        privacy = Privacy(PrivacyOptions(table_days=days))
        assert privacy.retention(timedelta(days=30)) == timedelta(days=expected)


def test_document_older_than_the_tenants_retention_goes_to_the_lake_only():
    """On both paths, as one older than the deployment's does."""
    week = Privacy(PrivacyOptions(table_days=7))
    old = [{"text": "a", "created_at": (NOW - timedelta(days=8)).isoformat()}]
    direct = ingest()("acme", old, NOW, week)
    queued = Enqueue(MemoryStream(), RETENTION)("acme", old, NOW, 20.0, week)
    assert (len(direct.ids), direct.lake_only) == (1, 1)
    assert direct == queued
    assert ingest()("acme", old, NOW).lake_only == 0


def test_erasure_finds_the_author_under_both_names():
    """While it runs and when it is done, also as it is stored; not another author."""
    hidden = pseudonym(KEY, "Ann")
    subject = Subject("author", "Ann", hidden)
    assert subject.is_of("id", "Ann")
    assert subject.is_of("id", hidden)
    assert not subject.is_of(hidden, "Bea")
    erasure = Erasure(
        *("acme", "e1", "author", subject, b"k", subject.digest(b"k"), NOW, NOW),
        pseudonym_digest=subject.pseudonym_digest(b"k"),
    )
    stored = erasure_from_item(erasure_item(replace(erasure, subject=None, version=1)))
    erased = ErasedDocuments([stored])
    assert erased.has("id", "Ann", NOW)
    assert erased.has("id", hidden, NOW)
    assert not erased.has(hidden, "Bea", NOW)
    assert erasure_from_item(erasure_item(erasure)).subject == subject


def test_erasure_without_a_pseudonym_is_stored_as_before():
    """An earlier version can read it after a rollback."""
    subject = Subject("author", "Ann")
    erasure = Erasure("acme", "e1", "author", subject, b"k", subject.digest(b"k"), NOW, NOW)
    assert "pseudonym" not in erasure_item(erasure)["erasure"]["S"]
    assert erasure_from_item(erasure_item(erasure)) == erasure


def test_key_is_not_printed():
    """Not by repr, which a log or a traceback may have."""
    privacy = Privacy(BOTH.options, bytes.fromhex(new_key()))
    assert privacy.key.hex() not in repr(privacy) + str(privacy)
    assert str(privacy.key) not in repr(privacy)
    assert "key" not in asdict(privacy.options)


def test_options_are_remembered_for_some_seconds():
    """A function that serves no member reads them once in that time."""
    moments, reads = iter([0.0, 59.0, 60.0]), []

    def read(tenant):
        reads.append(tenant)
        return PLAIN

    cache = PrivacyCache(read, 60.0, lambda: next(moments))
    for _ in range(3):
        cache("acme")
    assert reads == ["acme", "acme"]


def test_half_a_surrogate_pair_is_left_to_validation():
    """As it is in a mended file of the quarantine, for example."""
    privacy = Privacy(PrivacyOptions(pseudonyms=True), b"key")
    assert privacy.apply({"text": "a", "author": "\ud800"})["author"].startswith("anon-")
