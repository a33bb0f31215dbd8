"""The producer's login, its API client and what it sends. Nothing is made before first use."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3

from echostream.domain.json_lines import unpack
from echostream.entrypoints import wiring
from echostream.entrypoints.config import ProducerSettings
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser


@cache
def settings() -> ProducerSettings:
    return ProducerSettings.read()


@cache
def api_client() -> ApiClient:
    """The API as the machine user sees it, whose password only the secret holds."""
    producer = settings()
    login = _login("AWSCURRENT")
    cognito = boto3.client("cognito-idp", config=wiring.CONFIG)
    user = SignedInUser(
        cognito, producer.client_id, login["username"], login["password"], _passwords_now
    )
    return ApiClient(producer.api_url, user)


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
    found = _secrets().get_secret_value(SecretId=settings().secret_id, VersionStage=stage)
    login: dict[str, str] = json.loads(found["SecretString"])
    return login


@cache
def _secrets() -> Any:
    return boto3.client("secretsmanager", config=wiring.CONFIG)


def stored_documents() -> list[dict[str, Any]]:
    """What the producer sends again; empty where nobody put anything there."""
    producer = settings()
    s3 = boto3.client("s3", config=wiring.CONFIG)
    try:
        response = s3.get_object(Bucket=producer.bucket, Key=producer.key)
    except s3.exceptions.NoSuchKey:
        return []
    return unpack(response["Body"].read())
