"""The composition root: which adapter serves which function. Nothing is made before first use."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config

from echostream import telemetry
from echostream.athena import Athena
from echostream.cascade import Cascade
from echostream.catalog import Catalog
from echostream.client import ApiClient, SignedInUser
from echostream.compaction import Compaction
from echostream.comprehend import Comprehend, PaidCalls
from echostream.config import (
    CompactSettings,
    ProcessorSettings,
    ProducerSettings,
    TableSettings,
)
from echostream.dynamodb import DynamoDBStore
from echostream.engine import Engine
from echostream.ingest import Ingest
from echostream.known import Known
from echostream.lake import S3Lake
from echostream.lakefiles import LakeFiles
from echostream.ledger import DynamoDBLedger
from echostream.replay import unpack
from echostream.spend import SpendGuard, Watch
from echostream.vader import Vader

_CONFIG = Config(
    parameter_validation=False,
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=2,
    read_timeout=10,
)
_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=4)
"""For paid calls, which are repeated where they are paid for."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@cache
def table_settings() -> TableSettings:
    return TableSettings.read()


@cache
def store() -> DynamoDBStore:
    settings = table_settings()
    client = boto3.client("dynamodb", config=_CONFIG)
    return DynamoDBStore(client, settings.name, settings.retention, settings.shards)


@cache
def ingest() -> Ingest:
    settings = ProcessorSettings.read()
    lake = S3Lake(boto3.client("s3", config=_CONFIG), settings.bucket)
    return Ingest(partial(_engine_for, settings), lake, store(), table_settings().retention)


def engine(name: str, settings: ProcessorSettings, tenant: str, **watch: Watch) -> Engine:
    """An engine by name, which pays for what it asks out of a tenant's caps."""
    if name == "vader":
        return _vader()
    guard = SpendGuard(_ledger(), tenant, settings.tenant_cap, settings.total_cap, **watch)
    paid = Comprehend(PaidCalls(_comprehend(), guard), free=_vader())
    return paid if name == "comprehend" else Cascade(free=_vader(), paid=paid)


def _engine_for(settings: ProcessorSettings, tenant: str) -> Engine:
    """The engine that new documents of a tenant are scored with."""
    asked = engine(settings.engine, settings, tenant, watch=telemetry.spent)
    return asked if settings.engine == "vader" else Known(asked, store(), tenant)


@cache
def _vader() -> Vader:
    return Vader()


@cache
def _ledger() -> DynamoDBLedger:
    return DynamoDBLedger(boto3.client("dynamodb", config=_CONFIG), table_settings().name)


@cache
def _comprehend() -> Any:
    return boto3.client("comprehend", config=_ONCE)


@cache
def compaction() -> Compaction:
    settings = CompactSettings.read()
    athena = boto3.client("athena", config=_CONFIG)
    return Compaction(
        Athena(athena, settings.workgroup, settings.database),
        Catalog(boto3.client("glue", config=_CONFIG), settings.database),
        LakeFiles(boto3.client("s3", config=_CONFIG), settings.bucket),
        table_settings().retention,
    )


@cache
def producer_settings() -> ProducerSettings:
    return ProducerSettings.read()


@cache
def producer_client() -> ApiClient:
    """The API as the machine user sees it, whose password only the secret holds."""
    settings = producer_settings()
    login = _login("AWSCURRENT")
    cognito = boto3.client("cognito-idp", config=_CONFIG)
    user = SignedInUser(
        cognito, settings.client_id, login["username"], login["password"], _passwords_now
    )
    return ApiClient(settings.api_url, user)


def _passwords_now() -> Iterator[str]:
    """The producer's password as it is now, then the one that a rotation is putting in its place.

    A rotation sets the new one before it makes it the current one.
    """
    yield _login("AWSCURRENT")["password"]
    try:
        yield _login("AWSPENDING")["password"]
    except _secrets().exceptions.ResourceNotFoundException:
        return


def _login(stage: str) -> dict[str, str]:
    found = _secrets().get_secret_value(SecretId=producer_settings().secret_id, VersionStage=stage)
    login: dict[str, str] = json.loads(found["SecretString"])
    return login


@cache
def _secrets() -> Any:
    return boto3.client("secretsmanager", config=_CONFIG)


def replay_documents() -> list[dict[str, Any]]:
    """What the producer sends again; empty where nobody put anything there."""
    settings = producer_settings()
    s3 = boto3.client("s3", config=_CONFIG)
    try:
        found = s3.get_object(Bucket=settings.bucket, Key=settings.key)
    except s3.exceptions.NoSuchKey:
        return []
    return unpack(found["Body"].read())
