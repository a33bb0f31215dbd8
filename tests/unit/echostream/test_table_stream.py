"""Records of the table's stream: what each adds to the counts."""

from datetime import timedelta

import pytest

from echostream.adapters.table_items import document_item, received_item
from echostream.adapters.table_keys import key_of
from echostream.adapters.table_stream import changes_of, is_full, new_documents_of
from echostream.domain.codec import scored_to_wire
from echostream.domain.document_store import time_partition_of, with_score
from echostream.domain.model import count, hour_of
from tests.builders import NOW, RETENTION, SHARDS, scored


def item(document):
    return document_item("acme", document, time_partition_of(document, 4), RETENTION)


def record(old, new, at=NOW, number=7):
    images = {"OldImage": old, "NewImage": new}
    return {
        "dynamodb": {
            "Keys": key_of(new or old),
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": at.timestamp(),
            "SizeBytes": 900,
            **{name: image for name, image in images.items() if image},
        }
    }


def counts(old, new, at=NOW):
    [change] = changes_of([record(old, new, at)])
    assert change.tenant == "acme"
    return list(change.counts)


DOCUMENT = scored("a", source="x", compound=0.5)
OTHER = scored("a", source="y", compound=-0.5, text="other")


def test_new_document_adds_one():
    """By hour, source and sentiment."""
    assert counts(None, item(DOCUMENT)) == count([DOCUMENT])


def test_deleted_document_takes_one_away():
    """An erased document leaves the counts."""
    assert counts(item(DOCUMENT), None) == [-part for part in count([DOCUMENT])]


def test_changed_document_moves():
    """From its former hour, source and sentiment to the new ones."""
    expected = [*(-part for part in count([DOCUMENT])), *count([OTHER])]
    assert counts(item(DOCUMENT), item(OTHER)) == expected


def test_score_of_another_engine_changes_nothing():
    """Only the first score is counted."""
    changed = with_score(DOCUMENT, DOCUMENT.enrichment)
    assert item(changed) != item(DOCUMENT)
    assert counts(item(DOCUMENT), item(changed)) == []


OLD = scored("a", at=NOW - RETENTION, arrived=NOW, compound=0.5)
"""Of the lake only."""


def test_document_of_the_lake_only_is_never_counted():
    """When it arrives, gets another score, is erased, and when DynamoDB deletes it."""
    changed = with_score(OLD, OLD.enrichment)
    assert counts(None, item(OLD)) == []
    assert counts(item(OLD), item(changed)) == []
    assert counts(item(OLD), None) == []
    assert counts(item(OLD), None, at=NOW + RETENTION) == []
    assert counts(item(OLD), item(DOCUMENT)) == count([DOCUMENT])


def test_document_of_the_lake_only_goes_to_the_lake_once():
    """To the hour of its arrival."""
    expected = [("acme", hour_of(NOW), scored_to_wire(OLD))]
    assert new_documents(None, item(OLD)) == expected
    assert new_documents(item(OLD), item(with_score(OLD, OLD.enrichment))) == []
    assert new_documents(item(OLD), None) == []


def new_documents(old, new):
    return [(d.tenant, d.hour, d.row) for d in new_documents_of([record(old, new)])]


def test_new_document_goes_to_the_lake():
    """With its tenant, the hour of its score, and all that the table has of it."""
    expected = [("acme", hour_of(NOW), scored_to_wire(DOCUMENT))]
    assert new_documents(None, item(DOCUMENT)) == expected
    expired = scored("a", text="other", at=NOW - RETENTION)
    assert new_documents(item(expired), item(DOCUMENT)) == expected


def test_only_new_documents_go_to_the_lake():
    """None that was deleted, that got another score or another key, and no other item."""
    rescored = with_score(DOCUMENT, DOCUMENT.enrichment)
    assert new_documents(item(DOCUMENT), item(rescored)) == []
    assert new_documents({**item(DOCUMENT), "time": {"S": "other"}}, item(DOCUMENT)) == []
    assert new_documents(item(DOCUMENT), None) == []
    assert new_documents(None, received_item("acme", NOW, RETENTION, SHARDS)) == []


def test_expired_document_stays_counted():
    """When DynamoDB deletes it, and when a new document takes its id."""
    old = scored("a", at=NOW - RETENTION)
    assert counts(item(old), None) == []
    assert counts(item(old), item(DOCUMENT)) == count([DOCUMENT])
    second_before = NOW - timedelta(seconds=1)
    assert counts(item(old), None, at=second_before) == [-part for part in count([old])]


def test_expiry_is_the_second_after_the_last_fraction():
    """A document does not expire before its retention ends."""
    document = scored("a", at=NOW - RETENTION + timedelta(microseconds=1))
    assert counts(item(document), None, at=NOW) != []


def test_time_of_receipt():
    """It counts nothing."""
    [change] = changes_of([record(None, received_item("acme", NOW, RETENTION, SHARDS))])
    assert (change.received, change.counts) == (NOW, ())


FOREIGN = ("no JSON", "[]", "{}", '{"enriched_at": 1}', '{"enriched_at": "yesterday"}')
"""Contents of `document` that are not ours."""


@pytest.mark.parametrize("content", [{}, {"N": "1"}, *({"S": text} for text in FOREIGN)])
def test_item_that_is_no_document_is_left_out(content):
    """Of the counts and of the lake; it does not stop the changes after it."""
    foreign = {**item(DOCUMENT), "document": content}
    records = [record(None, foreign), record(None, item(DOCUMENT), number=8)]
    assert [len(change.counts) for change in changes_of(records)] == [0, 1]
    assert [new.row["id"] for new in new_documents_of(records)] == ["a"]


def test_sequence_numbers_sort_as_text():
    """DynamoDB's have 21 to 40 digits."""
    numbers = [9, 10, 10**21, 10**39]
    records = [record(None, item(DOCUMENT), number=number) for number in numbers]
    sequences = [change.sequence for change in changes_of(records)]
    assert sequences == sorted(sequences)


def test_batch_is_full():
    """By number or by bytes: the stream may have more."""
    records = [record(None, item(DOCUMENT))] * 10
    assert is_full(records, 10)
    assert not is_full(records, 11)
    large = [{"dynamodb": {**records[0]["dynamodb"], "SizeBytes": 400_000}}] * 8
    assert is_full(large, 1000)
