"""From POST /ingest to SQL over the lake: its counts always equal those of /stats."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.athena import Athena
from echostream_cli.lake.compact import compact
from tests import commands

TEXTS = ("I love it", "I hate it", "It is a table", "Great and awful", "So good!")


@pytest.fixture
def athena(settings, sandbox):
    client = settings.target.client("athena")
    return Athena(client, sandbox["WORKGROUP"], sandbox["DATABASE"])


def documents(name):
    """Sixty documents over three days."""
    now = datetime.now(UTC)
    return [
        {
            "id": f"{name}-{number}",
            "text": f"{TEXTS[number % len(TEXTS)]} {number}",
            "source": name,
            "created_at": (now - timedelta(days=number % 3)).isoformat(),
        }
        for number in range(60)
    ]


def lake_counts(athena, name):
    """Documents by day and sentiment."""
    rows = athena.query(
        "SELECT date_format(created_at, '%Y-%m-%d'), lower(sentiment), count(*) FROM documents"
        f" WHERE tenant_id = 'demo' AND source = '{name}' GROUP BY 1, 2"
    ).rows
    return Counter({(day, sentiment): int(number) for day, sentiment, number in rows})


def stats_counts(client, name):
    """The same counts, from `/stats`."""
    counts: Counter[tuple[str, str]] = Counter()
    for bucket in client.stats(source=name, bucket="day")["buckets"]:
        for sentiment in ("positive", "negative", "neutral", "mixed"):
            counts[bucket["start"][:10], sentiment] += bucket[sentiment]
    return +counts


def test_counts_of_the_lake_equal_those_of_stats(settings, client, athena, name):
    """Before compaction, after two compactions, and after a batch that is sent twice."""
    batch = documents(name)
    assert client.wait_until_counted(client.ingest(batch)["received_at"])
    expected = stats_counts(client, name)
    assert sum(expected.values()) == 60
    assert lake_counts(athena, name) == expected
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    try:
        for _ in range(2):
            compact(settings.target, tomorrow)
            assert lake_counts(athena, name) == expected
        client.ingest(batch[:30])
        client.ingest(batch[20:21])
        assert lake_counts(athena, name) == expected
        compact(settings.target, tomorrow)
        assert lake_counts(athena, name) == expected
    finally:
        compact(settings.target)
    assert lake_counts(athena, name) == expected


def test_compaction_quarantines_unreadable_objects(settings, sandbox, name):
    """The deployed function moves the object under its own role; the command names it."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    key = f"enriched/tenant_id={name}/dt={day}/hour=00/bad.json.gz"
    s3 = settings.target.client("s3")
    s3.put_object(Bucket=sandbox["LAKE_BUCKET"], Key=key, Body=b"no gzip")
    compaction = commands.run(settings.environment(), "compact")
    assert compaction.returncode == 0, compaction.stderr
    assert f"{key}\n      not gzip" in compaction.stdout
    quarantined = s3.get_object(Bucket=sandbox["LAKE_BUCKET"], Key=f"quarantine/{key}")
    assert quarantined["Body"].read() == b"no gzip"
