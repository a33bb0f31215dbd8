"""The second wall of a tenant's SQL: what its session can read if a statement is not restricted.

The companion reads the lake with the emulator's credentials. So these tests take the part of
Athena, which reads with those of the caller.
"""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.adapters.tenant_sessions import Credentials, TenantSessions
from echostream.domain.codec import scored_to_wire
from echostream.domain.compaction import Compaction
from echostream.domain.lake import Batch
from echostream.entrypoints import wiring
from echostream_cli.lake.query import tenant_lake
from echostream_client.tenant_lake import Reader
from echostream_client.tenant_sql import restrict_to_tenant
from tests.builders import RETENTION, scored
from tests.integration.echostream.lake import NOON, TODAY, YESTERDAY
from tests.roles import role


@pytest.fixture
def bucket(sandbox):
    return sandbox["LAKE_BUCKET"]


@pytest.fixture
def catalog(settings, sandbox):
    return GlueCatalog(settings.target.client("glue"), sandbox["DATABASE"])


@pytest.fixture
def tenants(settings, sandbox, bucket, catalog, name):
    """Two tenants, of which one has the other's name as its prefix, with the same documents."""
    s3 = settings.target.client("s3")
    names = [name, f"{name}-b"]
    for tenant in names:
        for at in (NOON, NOON - timedelta(days=1)):
            batch = Batch(tenant, at, "b1")
            rows = [scored_to_wire(scored("same-id", at=at))]
            S3Lake(s3, bucket).write("enriched", batch, rows)
            S3Lake(s3, bucket).write("raw", batch, rows)
    athena = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], sandbox["DATABASE"])
    Compaction(athena, catalog, S3LakeFiles(s3, bucket), RETENTION)(NOON)
    return names


@pytest.fixture
def session(settings, sandbox):
    """A function that makes a client with the credentials of a tenant's session for SQL."""
    sts = settings.target.client("sts")
    arn = role(settings, "SqlTenantRole")
    sessions = TenantSessions(sts, arn, Credentials.arguments, wiring.now)

    def client(tenant: str, service: str = "s3") -> Any:
        return settings.target.client(service, credentials=sessions.of(tenant))

    return client


def read(s3, bucket, prefix):
    """Read a folder as Athena does: list it, then read its objects; the number of objects."""
    page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for item in page.get("Contents", [])]
    for key in keys:
        s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return len(keys)


def folders(catalog, bucket, tenant):
    """The folders of a tenant's documents, compacted and not, and of its raw ones."""
    compacted = catalog.compacted_days()[YESTERDAY][tenant].folder.removeprefix(f"s3://{bucket}/")
    zones = [f"{zone}/tenant_id={tenant}/dt={TODAY}/" for zone in ("raw", "enriched")]
    return [compacted, *zones]


def test_session_reads_its_own_lake_only(session, settings, bucket, catalog, tenants):
    """Compacted files, scored and raw text; also single objects of another tenant are refused."""
    mine, theirs = tenants
    for tenant, other in ((mine, theirs), (theirs, mine)):
        s3 = session(tenant)
        assert [read(s3, bucket, folder) for folder in folders(catalog, bucket, tenant)] == [
            1,
            1,
            1,
        ]
        for folder in folders(catalog, bucket, other):
            [item] = settings.target.client("s3").list_objects_v2(Bucket=bucket, Prefix=folder)[
                "Contents"
            ]
            with pytest.raises(ClientError, match="AccessDenied"):
                s3.get_object(Bucket=bucket, Key=item["Key"])
            with pytest.raises(ClientError, match="AccessDenied"):
                s3.list_objects_v2(Bucket=bucket, Prefix=folder)


@pytest.mark.parametrize(
    "prefix", ["", "raw/", "enriched/tenant_id=", "compacted/", "results/", "quarantine/"]
)
def test_session_lists_no_folder_of_several_tenants(session, bucket, name, prefix):
    """Also not the names of the tenants."""
    with pytest.raises(ClientError, match="AccessDenied"):
        session(name).list_objects_v2(Bucket=bucket, Prefix=prefix)


def test_results_lie_with_their_tenant(settings, session, bucket, tenants):
    """A statement runs, its result can be read by its tenant's session, and by no other."""
    mine, theirs = tenants
    outcome = tenant_lake(settings.target).query(
        "SELECT dt, id FROM documents ORDER BY dt", Reader(mine, "operator#tests")
    )
    assert outcome.result.rows == [(YESTERDAY, "same-id"), (TODAY, "same-id")]
    key = f"results/tenant_id={mine}/{outcome.result.query_id}.csv"
    body = session(mine).get_object(Bucket=bucket, Key=key)["Body"].read()
    assert b"same-id" in body
    with pytest.raises(ClientError, match="AccessDenied"):
        session(theirs).get_object(Bucket=bucket, Key=key)


def test_statement_reads_the_rows_of_its_tenant(lake):
    """The text that Athena gets, over Parquet and JSON; unit tests have simpler ones for both.

    Whoever runs it here can read all tenants' objects, so only the text keeps them apart.
    """
    names = ("acme", "acme-b")
    for tenant in names:
        for day in (YESTERDAY, TODAY):
            lake.put(day, "same-id", tenant=tenant)
    lake.compaction()(NOON)
    day = GlueCatalog(lake.glue, lake.database).compacted_to()
    assert day == YESTERDAY
    for tenant in names:
        sql = "SELECT tenant_id, dt, id FROM documents ORDER BY dt"
        rows = lake.athena.query(restrict_to_tenant(sql, tenant, compacted_to=day)).rows
        assert rows == [(tenant, YESTERDAY, "same-id"), (tenant, TODAY, "same-id")]


def test_session_changes_nothing(session, bucket, catalog, tenants):
    """It writes results of its own statements, and nothing else."""
    mine, theirs = tenants
    s3 = session(mine)
    [compacted, *_] = folders(catalog, bucket, mine)
    s3.put_object(Bucket=bucket, Key=f"results/tenant_id={mine}/x.csv", Body=b"x")
    for key in (f"results/tenant_id={theirs}/x.csv", f"{compacted}x", "reports/lake.json"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=f"enriched/tenant_id={mine}/x")


def test_session_reads_the_catalog_and_no_table(session, sandbox, tenants):
    """Glue has the names of columns and partitions; the documents table is out of reach."""
    glue = session(tenants[0], "glue")
    glue.get_partitions(DatabaseName=sandbox["DATABASE"], TableName="compacted_documents")
    with pytest.raises(ClientError, match="AccessDenied"):
        glue.delete_table(DatabaseName=sandbox["DATABASE"], Name="documents")
    with pytest.raises(ClientError, match="AccessDenied"):
        session(tenants[0], "dynamodb").scan(TableName=sandbox["TABLE_NAME"])
