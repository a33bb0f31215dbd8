"""`make crawl` over foreign files, and queries over the tables that it creates."""

import gzip
import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from echostream.adapters.athena import Athena
from tests import commands


@pytest.fixture
def athena(settings, sandbox):
    client = settings.target.client("athena")
    return Athena(client, sandbox["WORKGROUP"], sandbox["DATABASE"])


def put_shop(s3, bucket, name):
    """Orders (CSV by day), visits (JSON), prices (Parquet), and two invalid objects."""
    parquet = io.BytesIO()
    pq.write_table(pa.table({"item": ["pen", "ink"], "price": [1.5, 2.25]}), parquet)
    visits = "".join(json.dumps({"page": f"/{n}", "ms": n}) + "\n" for n in range(3))
    files = {
        f"{name}_orders/day=2026-01-01/a.csv": b"item,number\npen,3\nink,1\n",
        f"{name}_orders/day=2026-01-02/b.csv": b"item,number\npen,5\n",
        f"{name}_visits/v.json.gz": gzip.compress(visits.encode()),
        f"{name}_prices/p.parquet": parquet.getvalue(),
        f"{name}_prices/broken.parquet": b"PAR1 and nothing else",
        f"{name}_visits/odd.json": b"{broken\n",
    }
    for key, body in files.items():
        s3.put_object(Bucket=bucket, Key=f"foreign/{key}", Body=body)


def test_crawl_creates_tables_of_foreign_files(settings, sandbox, athena, name):
    """A table for each folder with partitions and types; invalid objects are named and skipped."""
    s3 = settings.target.client("s3")
    put_shop(s3, sandbox["LAKE_BUCKET"], name)
    crawl = commands.run(settings.environment(), "crawl")
    assert crawl.returncode == 0, crawl.stderr
    for table in ("orders", "visits", "prices"):
        assert f"foreign_{name}_{table}" in crawl.stdout
    assert "broken.parquet" in crawl.stdout
    assert "odd.json" in crawl.stdout
    suggestion = re.findall(r'query: make query TENANT= SQL="(.*)"', crawl.stdout)[0]
    query = commands.run(settings.environment(), "query", "--sql", suggestion)
    assert query.returncode == 1
    assert "TENANT= (empty) queries any table" in query.stderr
    query = commands.run(settings.environment(), "query", "--tenant", "", "--sql", suggestion)
    assert query.returncode == 0, query.stderr
    sql = f"SELECT day, sum(number) FROM foreign_{name}_orders GROUP BY day ORDER BY day"
    assert athena.query(sql).rows == [("2026-01-01", "4"), ("2026-01-02", "5")]
    s3.delete_object(Bucket=sandbox["LAKE_BUCKET"], Key=f"foreign/{name}_visits/odd.json")
    sql = f"SELECT page, ms FROM foreign_{name}_visits ORDER BY ms DESC LIMIT 1"
    assert athena.query(sql).rows == [("/2", "2")]


def test_unknown_crawler_is_refused(settings, sandbox):
    """The message names it and the existing crawlers."""
    crawl = commands.run(settings.environment(), "crawl", "--crawler", "no-such")
    assert crawl.returncode == 1
    assert crawl.stderr.startswith("error: crawler 'no-such' does not exist")
