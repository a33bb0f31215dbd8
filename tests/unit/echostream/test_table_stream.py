"""Records of the table's stream: what each adds to the counts."""

from datetime import timedelta

import pytest

from echostream.adapters.table_items import document_item, received_item
from echostream.adapters.table_keys import key_of
from echostream.adapters.table_stream import changes_of, is_full
from echostream.domain.document_store import time_partition_of, with_score
from echostream.domain.model import count
from tests.builders import NOW, RETENTION, scored


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
    [change] = changes_of([record(None, received_item("acme", NOW, RETENTION))])
    assert (change.received, change.counts) == (NOW, ())


@pytest.mark.parametrize("content", [{}, {"S": "no JSON"}, {"S": "[]"}, {"S": "{}"}, {"N": "1"}])
def test_item_that_is_no_document_counts_nothing(content):
    """It does not stop the changes after it."""
    foreign = {**item(DOCUMENT), "document": content}
    changes = list(changes_of([record(None, foreign), record(None, item(DOCUMENT), number=8)]))
    assert [len(change.counts) for change in changes] == [0, 1]


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
