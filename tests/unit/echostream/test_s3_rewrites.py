"""Objects of the lake that an erasure writes again, beside other writers."""

from datetime import timedelta

import pytest
import time_machine
from moto import mock_aws

from echostream.adapters.s3_rewrites import S3Rewrites
from echostream.domain.errors import TryAgain
from echostream.domain.json_lines import pack
from tests.aws import client
from tests.builders import NOW

KEY = "raw/tenant_id=acme/dt=2026-05-20/hour=12/b.json.gz"
ROWS = [{"id": "a"}, {"id": "b"}, {"id": "c"}]


@pytest.fixture
def s3():
    with mock_aws():
        client("s3").create_bucket(Bucket="lake")
        yield client("s3")


@pytest.fixture
def lake(s3):
    return S3Rewrites(s3, "lake")


def put(s3, rows):
    s3.put_object(Bucket="lake", Key=KEY, Body=pack(rows))


def read(lake):
    return dict(lake.read_many([KEY]))[KEY]


def test_object_keeps_the_time_at_which_it_was_first_written(s3, lake):
    """However often it is written again; a new object of the pipeline has a time of its own."""
    with time_machine.travel(NOW, tick=False) as clock:
        put(s3, ROWS)
        for left in (2, 1):
            clock.shift(timedelta(hours=1))
            lake.rewrite_many([KEY], lambda _, content, left=left: content.rows[:left])
        assert (read(lake).rows, read(lake).written_at) == (ROWS[:1], NOW)
        put(s3, ROWS)
        assert read(lake).written_at == NOW + timedelta(hours=2)


def test_object_that_changes_meanwhile_is_read_again(s3, lake):
    """What another function wrote is not lost."""
    put(s3, ROWS[:2])
    calls = []

    def keep(_, content):
        calls.append(content.rows)
        if len(calls) == 1:
            put(s3, ROWS)
        return [row for row in content.rows if row["id"] != "a"]

    lake.rewrite_many([KEY], keep)
    assert calls == [ROWS[:2], ROWS]
    assert read(lake).rows == ROWS[1:]


def test_object_that_changes_all_the_time_is_left_for_later(s3, lake):
    """The part is repeated."""
    put(s3, ROWS)

    def keep(_, content):
        put(s3, [*content.rows, {"id": "new"}])
        return content.rows[1:]

    with pytest.raises(TryAgain):
        lake.rewrite_many([KEY], keep)


def test_object_that_was_deleted_is_skipped(lake):
    """By another worker, or at the end of its retention."""
    lake.rewrite_many([KEY], lambda _, content: content.rows)
    lake.delete_many([KEY])
    assert dict(lake.read_many([KEY])) == {}


def test_object_without_rows_to_keep_is_deleted(s3, lake):
    """And one of which all rows are kept is not written."""
    put(s3, ROWS)
    lake.rewrite_many([KEY], lambda _, content: content.rows)
    assert s3.head_object(Bucket="lake", Key=KEY)["Metadata"] == {}
    lake.rewrite_many([KEY], lambda *_: [])
    assert lake.list_objects("raw/", "", 10) == []
