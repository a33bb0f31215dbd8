"""The composition root: which adapter serves which function. Nothing is made before first use."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from echostream.client import ApiClient, SignedInUser
from echostream.config import ProcessorSettings, ProducerSettings, TableSettings
from echostream.dynamodb import DynamoDBStore
from echostream.ingest import Ingest
from echostream.lake import S3Lake
from echostream.replay import unpack
from echostream.vader import Vader

_CONFIG = Config(
    parameter_validation=False,
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=2,
    read_timeout=10,
)


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
    return Ingest(Vader(), lake, store(), table_settings().retention)


@cache
def producer_settings() -> ProducerSettings:
    return ProducerSettings.read()


@cache
def producer_client() -> ApiClient:
    """The API as the machine user sees it, whose password only the secret holds."""
    settings = producer_settings()
    answer = boto3.client("secretsmanager", config=_CONFIG).get_secret_value(
        SecretId=settings.secret_id
    )
    login = json.loads(answer["SecretString"])
    cognito = boto3.client("cognito-idp", config=_CONFIG)
    user = SignedInUser(cognito, settings.client_id, login["username"], login["password"])
    return ApiClient(settings.api_url, user)


def replay_documents() -> list[dict[str, Any]]:
    """What the producer sends again; empty where nobody put anything there."""
    settings = producer_settings()
    s3 = boto3.client("s3", config=_CONFIG)
    try:
        found = s3.get_object(Bucket=settings.bucket, Key=settings.key)
    except s3.exceptions.NoSuchKey:
        return []
    return unpack(found["Body"].read())
