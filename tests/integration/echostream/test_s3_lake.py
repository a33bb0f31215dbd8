"""The lake in S3."""

import gzip
from datetime import UTC, datetime

import pytest

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.errors import TryAgain
from echostream.domain.lake import batch_of

ROWS = [{"id": "a", "text": "caf\u00e9 \U0001f60d \u2028 \u0000"}]
AT = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)


@pytest.fixture
def s3(settings, sandbox):
    return settings.target.client("s3")


def test_writes_one_object_a_batch(s3, sandbox, name):
    """The same batch twice is one object, with each row on a line of its own."""
    lake, batch = S3Lake(s3, sandbox["LAKE_BUCKET"]), batch_of(name, AT, ROWS)
    lake.write("raw", batch, ROWS)
    lake.write("raw", batch, ROWS)
    prefix = f"raw/tenant_id={name}/dt=2026-05-20/hour=12/"
    found = s3.list_objects_v2(Bucket=sandbox["LAKE_BUCKET"], Prefix=prefix)["Contents"]
    assert [thing["Key"] for thing in found] == [prefix + batch.name + ".json.gz"]
    body = s3.get_object(Bucket=sandbox["LAKE_BUCKET"], Key=found[0]["Key"])["Body"].read()
    assert gzip.decompress(body).decode().split("\n")[:-1] == [
        '{"id":"a","text":"caf\u00e9 \U0001f60d \u2028 \\u0000"}'
    ]


def test_a_bucket_that_does_not_answer(s3, name):
    """The sender is told to try again."""
    with pytest.raises(TryAgain, match="lake:"):
        S3Lake(s3, f"no-such-bucket-{name}").write("raw", batch_of(name, AT, ROWS), ROWS)
