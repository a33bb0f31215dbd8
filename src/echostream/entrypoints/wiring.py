"""The composition root: creates the adapters on first use, from the settings."""

from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config

from echostream.adapters.athena import Athena
from echostream.adapters.comprehend import Comprehend, PaidCalls
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.adapters.vader import Vader
from echostream.domain.cascade import Cascade
from echostream.domain.compaction import Compaction
from echostream.domain.engine import Engine
from echostream.domain.ingest import Ingest
from echostream.domain.reuse_scores import ReuseStoredScores
from echostream.domain.spend import SpendGuard, Watch
from echostream.entrypoints import telemetry
from echostream.entrypoints.config import (
    CompactSettings,
    ProcessorSettings,
    TableSettings,
)

CONFIG = Config(
    parameter_validation=False,
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=2,
    read_timeout=10,
)
_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=4)
"""For paid calls: their retries reserve units, so boto3 makes none."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@cache
def table_settings() -> TableSettings:
    return TableSettings.read()


@cache
def store() -> DynamoDBStore:
    settings = table_settings()
    client = boto3.client("dynamodb", config=CONFIG)
    return DynamoDBStore(client, settings.name, settings.retention, settings.shards)


@cache
def ingest() -> Ingest:
    settings = ProcessorSettings.read()
    lake = S3Lake(boto3.client("s3", config=CONFIG), settings.bucket)
    return Ingest(partial(_engine_for, settings), lake, store(), table_settings().retention)


def engine(name: str, settings: ProcessorSettings, tenant: str, **watch: Watch) -> Engine:
    """An engine by name. Its paid calls count against a tenant's caps."""
    if name == "vader":
        return _vader()
    guard = SpendGuard(_ledger(), tenant, settings.tenant_cap, settings.total_cap, **watch)
    paid = Comprehend(PaidCalls(_comprehend(), guard), free=_vader())
    return paid if name == "comprehend" else Cascade(free=_vader(), paid=paid)


def _engine_for(settings: ProcessorSettings, tenant: str) -> Engine:
    """The engine for new documents of a tenant."""
    configured = engine(settings.engine, settings, tenant, watch=telemetry.spent)
    if settings.engine == "vader":
        return configured
    return ReuseStoredScores(configured, store(), tenant)


@cache
def _vader() -> Vader:
    return Vader()


@cache
def _ledger() -> DynamoDBLedger:
    return DynamoDBLedger(boto3.client("dynamodb", config=CONFIG), table_settings().name)


@cache
def _comprehend() -> Any:
    return boto3.client("comprehend", config=_ONCE)


@cache
def compaction() -> Compaction:
    settings = CompactSettings.read()
    athena = boto3.client("athena", config=CONFIG)
    return Compaction(
        Athena(athena, settings.workgroup, settings.database),
        GlueCatalog(boto3.client("glue", config=CONFIG), settings.database),
        S3LakeFiles(boto3.client("s3", config=CONFIG), settings.bucket),
        table_settings().retention,
    )
