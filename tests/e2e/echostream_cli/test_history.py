"""From POST /ingest to SQL over the lake: the counts are those of /stats, whatever happens."""

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


def in_the_lake(athena, name):
    rows = athena.query(
        "SELECT date_format(created_at, '%Y-%m-%d'), lower(sentiment), count(*) FROM documents"
        f" WHERE tenant_id = 'demo' AND source = '{name}' GROUP BY 1, 2"
    ).rows
    return Counter({(day, sentiment): int(number) for day, sentiment, number in rows})


def in_stats(client, name):
    found: Counter = Counter()
    for bucket in client.stats(source=name, bucket="day")["buckets"]:
        for sentiment in ("positive", "negative", "neutral", "mixed"):
            found[bucket["start"][:10], sentiment] += bucket[sentiment]
    return +found


def test_the_lake_counts_what_stats_counts(settings, client, athena, name):
    """By day and sentiment: at once, compacted twice, and with a batch delivered twice."""
    sent = documents(name)
    client.ingest(sent)
    expected = in_stats(client, name)
    assert sum(expected.values()) == 60
    assert in_the_lake(athena, name) == expected
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    try:
        for _ in range(2):
            compact(settings.target, tomorrow)
            assert in_the_lake(athena, name) == expected
        client.ingest(sent[:30])
        client.ingest(sent[20:21])
        assert in_the_lake(athena, name) == expected
        compact(settings.target, tomorrow)
        assert in_the_lake(athena, name) == expected
    finally:
        compact(settings.target)
    assert in_the_lake(athena, name) == expected


def test_the_deployed_function_names_what_is_no_document(settings, sandbox, name):
    """Under its own role it sets aside what cannot be unpacked, and the command says so."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    key = f"enriched/tenant_id={name}/dt={day}/hour=00/bad.json.gz"
    s3 = settings.target.client("s3")
    s3.put_object(Bucket=sandbox["LAKE_BUCKET"], Key=key, Body=b"no gzip")
    done = commands.run(settings.environment(), "compact")
    assert done.returncode == 0, done.stderr
    assert f"{key}\n      not gzip" in done.stdout
    moved = s3.get_object(Bucket=sandbox["LAKE_BUCKET"], Key=f"quarantine/{key}")
    assert moved["Body"].read() == b"no gzip"
