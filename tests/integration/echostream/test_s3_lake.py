"""The lake's S3 adapter."""

import gzip
from datetime import UTC, datetime

import pytest

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.errors import CallRefused
from echostream.domain.lake import batch_of

ROWS = [{"id": "a", "text": "caf\u00e9 \U0001f60d \u2028 \u0000"}]
AT = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)


@pytest.fixture
def s3(settings, sandbox):
    return settings.target.client("s3")


def test_repeated_batch_is_one_object(s3, sandbox, name):
    """A batch that is written twice is one object, with one row per line."""
    lake, batch = S3Lake(s3, sandbox["LAKE_BUCKET"]), batch_of(name, AT, ROWS)
    lake.write("raw", batch, ROWS)
    lake.write("raw", batch, ROWS)
    prefix = f"raw/tenant_id={name}/dt=2026-05-20/hour=12/"
    items = s3.list_objects_v2(Bucket=sandbox["LAKE_BUCKET"], Prefix=prefix)["Contents"]
    assert [item["Key"] for item in items] == [prefix + batch.name + ".json.gz"]
    body = s3.get_object(Bucket=sandbox["LAKE_BUCKET"], Key=items[0]["Key"])["Body"].read()
    assert gzip.decompress(body).decode().split("\n")[:-1] == [
        '{"id":"a","text":"caf\u00e9 \U0001f60d \u2028 \\u0000"}'
    ]


def test_missing_bucket_is_an_operators_fault(s3, name):
    """No repeat of the batch can mend it; the error names the call."""
    with pytest.raises(CallRefused, match=r"lake: .*PutObject"):
        S3Lake(s3, f"no-such-bucket-{name}").write("raw", batch_of(name, AT, ROWS), ROWS)
