"""Questions about Athena, Glue and Lake Formation, with a small lake of the template's tables."""

import json
from typing import Any

from botocore.exceptions import ClientError

from echostream.adapters.athena import Athena
from echostream.domain.errors import QueryRefused
from echostream.domain.lake import CompactedDay, compacted_tenant_folder
from echostream.domain.lake_sql import FIRST_DAY, compact_day, documents_view, literal
from echostream_cli.doctor.aws.context import AskContext
from echostream_cli.doctor.aws.questions import question
from echostream_cli.doctor.aws.scratch_lake import SCORES, TENANT, ScratchLake
from echostream_cli.doctor.aws.template_parts import statements
from echostream_cli.doctor.probe_context import Differs, expect, wait_for
from echostream_client.tenant_sql import restrict_to_tenant

LAKE = "S3 bucket, Glue database with tables, Athena work group (shared by the questions)"
SCANNED = 0.00001
"""Terabytes that Athena bills for a small statement."""
OWN_ID = f"of-{TENANT}"
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
IN_VIEW = f"SELECT id FROM documents WHERE tenant_id = {literal(TENANT)}"  # noqa: S608 (a constant)


@question(
    "Athena",
    "a condition on the tenant outside the view `documents` reaches the injected partition",
    remedy="the dashboard, `make query TENANT=` and the notebook do not depend on it: they write"
    " the tenant into the WHERE clause of each table; another client of Athena must do so, too",
    creates=LAKE,
    athena_scanned=2 * SCANNED,
    s3_put=60,
    s3_get=200,
)
def injected_through_view(context: AskContext) -> str:
    rows = context.run.lake.athena.query(IN_VIEW).rows
    expect([tuple(row) for row in rows] == [(OWN_ID,)], f"the query returns {len(rows)} rows")
    return "through UNION ALL and the window"


@question(
    "Athena",
    "a statement of `make query TENANT=` reads the tenant's injected partitions",
    remedy="no query of a tenant works: report the detail",
    creates=LAKE,
    athena_scanned=SCANNED,
    s3_put=20,
    s3_get=100,
)
def injected_in_each_table(context: AskContext) -> str:
    sql = "SELECT d.id FROM documents AS d JOIN raw AS r ON r.id = d.id"
    rows = context.run.lake.athena.query(restrict_to_tenant(sql, TENANT, 10)).rows
    expect([tuple(row) for row in rows] == [(OWN_ID,)], f"the query returns {len(rows)} rows")
    return "the tenant in the WHERE clause of each table"


@question(
    "Athena",
    "a stored view keeps the literals of its statement, so that the catalog recognises it",
    remedy="the compaction writes the view each night, and tenants' statements read only JSON",
    creates=LAKE,
)
def stored_view(context: AskContext) -> str:
    is_same = context.run.lake.catalog.is_view("documents", documents_view(FIRST_DAY))
    expect(is_same, "the stored SQL has another definition")
    return "the definition in the stored SQL is that of the statement"


@question(
    "Athena",
    "the OpenX SerDe gives an object in a column of type string as JSON text",
    remedy="the scores of documents in SQL are null: declare `scores` as a struct",
    creates=LAKE,
    athena_scanned=SCANNED,
    s3_put=20,
    s3_get=100,
)
def object_as_text(context: AskContext) -> str:
    sql = f"SELECT scores FROM enriched WHERE tenant_id = {literal(TENANT)}"  # noqa: S608
    [[text]] = context.run.lake.athena.query(sql).rows
    expected = {name: getattr(SCORES, name) for name in SCORES.__slots__}
    expect(_parse(text) == expected, f"the value is {text!r}")
    return "JSON text"


def _parse(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return None


@question(
    "Lake Formation",
    "new databases and tables are open to IAM (IAMAllowedPrincipals), which is AWS's default",
    remedy="Lake Formation manages this account's catalog: grant the roles of the stack on its"
    " database and tables, or set the default again before the first deployment",
    creates="",
)
def lake_formation_defaults(context: AskContext) -> str:
    settings = context.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    kinds = {
        "databases": settings.get("CreateDatabaseDefaultPermissions", []),
        "tables": settings.get("CreateTableDefaultPermissions", []),
    }
    closed = [kind for kind, permissions in kinds.items() if not _are_open(permissions)]
    expect(not closed, f"closed to IAM: new {' and '.join(closed)}")
    return "open to IAM"


def _are_open(permissions: list[dict[str, Any]]) -> bool:
    principals = [one["Principal"]["DataLakePrincipalIdentifier"] for one in permissions]
    return EVERYBODY in principals


@question(
    "Athena",
    "the compaction's policy is enough for UNLOAD and CREATE VIEW",
    remedy="allow CompactFunction, SqlTenantRole and EraseFunction what the answer names",
    creates=f"{LAKE}, IAM role",
    athena_scanned=3 * SCANNED,
    s3_put=40,
    s3_get=200,
)
def role_of_the_compaction(context: AskContext) -> str:
    lake = context.run.lake
    athena = lake.athena_of(_client_of_role(context, lake))
    folder = f"s3://{lake.bucket}/compacted/tenants/dt={lake.day}/doctor/part-00000/"
    _retry_while_new(athena, compact_day(lake.day, [TENANT], folder))
    compacted = CompactedDay(compacted_tenant_folder(folder, TENANT), "doctor")
    lake.catalog.register(lake.day, {TENANT: compacted})
    athena.query(documents_view(lake.day))
    sql = restrict_to_tenant("SELECT id FROM documents", TENANT, None, lake.day)
    rows = lake.athena.query(sql).rows
    expect([tuple(row) for row in rows] == [(OWN_ID,)], f"the query returns {len(rows)} rows")
    return "UNLOAD and CREATE VIEW with the policy of the template"


def _client_of_role(context: AskContext, lake: ScratchLake) -> Any:
    """A client of Athena with the statements of the compaction's policy, and no others."""
    iam, name, account = context.client("iam"), context.name, lake.names["AWS::AccountId"]
    root = f"arn:{lake.names['AWS::Partition']}:iam::{account}:root"
    trust = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy([trust]))["Role"]
    context.add_cleanup(iam.delete_role, RoleName=name)
    allowed = statements("CompactFunction", ("athena", "glue", "s3"), lake.names)
    iam.put_role_policy(RoleName=name, PolicyName="compact", PolicyDocument=_policy(allowed))
    context.add_cleanup(iam.delete_role_policy, RoleName=name, PolicyName="compact")
    keys = wait_for(lambda: _assume(context, role["Arn"]), 30)
    expect(keys, "the role cannot be assumed within 30 s")
    return context.run.target.client(
        "athena",
        credentials={
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        },
    )


def _policy(allowed: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


def _assume(context: AskContext, role: str) -> dict[str, str]:
    """Credentials of a role; empty while IAM does not know the new role everywhere."""
    try:
        response = context.client("sts").assume_role(RoleArn=role, RoleSessionName="doctor")
    except ClientError:
        return {}
    return dict(response["Credentials"])


def _retry_while_new(athena: Athena, sql: str) -> None:
    """Run a statement; again while a new role's policy does not apply yet. Raises `Differs`."""
    refusals: list[str] = []

    def has_run() -> bool:
        try:
            athena.query(sql)
        except QueryRefused as error:
            refusals.append(error.message)
            return False
        return True

    if not wait_for(has_run, 30):
        raise Differs(refusals[-1])
