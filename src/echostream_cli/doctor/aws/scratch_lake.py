"""A small lake with the template's tables, for the questions about Athena and Glue."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.domain.codec import scored_to_wire, time_to_wire
from echostream.domain.lake import Batch
from echostream.domain.lake_sql import FIRST_DAY, documents_view
from echostream.domain.model import Document, Enrichment, ScoredDocument, Scores, Sentiment
from echostream_cli.doctor.aws.template_parts import Names, table
from echostream_cli.doctor.fixtures import create_bucket
from echostream_cli.doctor.probe_context import ProbeContext

TENANT, OTHER = "asking", "other"
SCORES = Scores(positive=0.5, negative=0.0, neutral=0.5, mixed=0.0)
"""Of the one document of each tenant, whose id is `of-<tenant>`."""
LEAST_CUTOFF = 10_000_000
"""Athena's lowest limit of bytes for a statement, which is also the least that it bills."""
TABLES = ("RawTable", "EnrichedTable", "CompactedDocumentsTable")


@dataclass(frozen=True, slots=True)
class ScratchLake:
    """Its names, and Athena with the caller's credentials. `day` has one document of a tenant."""

    names: Names
    bucket: str
    database: str
    workgroup: str
    day: str
    athena: Athena
    catalog: GlueCatalog

    def athena_of(self, client: Any) -> Athena:
        """Athena with other credentials."""
        return Athena(client, self.workgroup, self.database)


def create(context: ProbeContext) -> ScratchLake:
    """Create the lake; the context deletes it."""
    bucket, database = create_bucket(context), context.name.replace("-", "_")
    names = _names(context, bucket, database)
    _create_tables(context, names)
    _create_workgroup(context, bucket)
    day = datetime.now(UTC) - timedelta(days=1)
    for tenant in (TENANT, OTHER):
        _write(S3Lake(context.client("s3"), bucket), tenant, day)
    lake = ScratchLake(
        names,
        bucket,
        database,
        context.name,
        f"{day:%Y-%m-%d}",
        Athena(context.client("athena"), context.name, database),
        GlueCatalog(context.client("glue"), database),
    )
    lake.athena.query(documents_view(FIRST_DAY))
    return lake


def _names(context: ProbeContext, bucket: str, database: str) -> Names:
    """The names of the resources, in place of the template's references."""
    identity = context.client("sts").get_caller_identity()
    partition = identity["Arn"].split(":")[1]
    return {
        "AWS::AccountId": identity["Account"],
        "AWS::Partition": partition,
        "AWS::Region": context.engine.region,
        "Database": database,
        "Lake": bucket,
        "Lake.Arn": f"arn:{partition}:s3:::{bucket}",
        "LakeRetentionDays": "30",
        "WorkGroup": context.name,
    }


def _create_tables(context: ProbeContext, names: Names) -> None:
    glue, database = context.client("glue"), names["Database"]
    glue.create_database(DatabaseInput={"Name": database})
    # On AWS deleting a database deletes its tables; an emulator may keep them.
    context.add_cleanup(glue.delete_database, Name=database)
    for resource in TABLES:
        table_input = table(resource, names)
        glue.create_table(DatabaseName=database, TableInput=table_input)
        context.add_cleanup(glue.delete_table, DatabaseName=database, Name=table_input["Name"])
    context.add_cleanup(glue.delete_table, DatabaseName=database, Name="documents")


def _create_workgroup(context: ProbeContext, bucket: str) -> None:
    athena = context.client("athena")
    athena.create_work_group(
        Name=context.name,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": LEAST_CUTOFF,
            "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
            "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
        },
    )
    context.add_cleanup(
        athena.delete_work_group, WorkGroup=context.name, RecursiveDeleteOption=True
    )


def _write(lake: S3Lake, tenant: str, at: datetime) -> None:
    """Write a document of a tenant to `raw` and `enriched`, as the pipeline does."""
    document = Document(f"of-{tenant}", "a text", "doctor", at, author="ann", language="en")
    enrichment = Enrichment(
        sentiment=Sentiment.POSITIVE,
        scores=SCORES,
        compound=0.5,
        engine="vader",
        engine_version="doctor",
        language="en",
        truncated=False,
        enriched_at=at,
    )
    batch = Batch(tenant, at, "doctor")
    raw = {"id": document.id, "text": document.text, "created_at": time_to_wire(at)}
    lake.write("raw", batch, [raw])
    lake.write("enriched", batch, [scored_to_wire(ScoredDocument(document, enrichment))])
