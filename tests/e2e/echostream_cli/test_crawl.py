"""make crawl over files that are not ours, and queries over what it made at once."""

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
    """A shop's orders (CSV by day), visits (JSON) and prices (Parquet), and two bad objects."""
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


def test_foreign_files_become_tables_that_can_be_queried(settings, sandbox, athena, name):
    """A table a folder with its partitions and types; a bad object is named and costs itself."""
    s3 = settings.target.client("s3")
    put_shop(s3, sandbox["LAKE_BUCKET"], name)
    done = commands.run(settings.environment(), "crawl")
    assert done.returncode == 0, done.stderr
    for table in ("orders", "visits", "prices"):
        assert f"foreign_{name}_{table}" in done.stdout
    assert "broken.parquet" in done.stdout
    assert "odd.json" in done.stdout
    asked = re.search(r'TENANT= SQL="(.*)"', done.stdout)[1]
    done = commands.run(settings.environment(), "query", "--sql", asked)
    assert "TENANT= (empty) queries any table" in done.stderr
    done = commands.run(settings.environment(), "query", "--tenant", "", "--sql", asked)
    assert done.returncode == 0, done.stderr
    sql = f"SELECT day, sum(number) FROM foreign_{name}_orders GROUP BY day ORDER BY day"
    assert athena.query(sql).rows == [("2026-01-01", "4"), ("2026-01-02", "5")]
    s3.delete_object(Bucket=sandbox["LAKE_BUCKET"], Key=f"foreign/{name}_visits/odd.json")
    sql = f"SELECT page, ms FROM foreign_{name}_visits ORDER BY ms DESC LIMIT 1"
    assert athena.query(sql).rows == [("/2", "2")]


def test_a_crawler_that_is_not_there(settings, sandbox):
    """One line says so, and the command fails."""
    done = commands.run(settings.environment(), "crawl", "--crawler", "no-such")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "no-such" in done.stderr
