"""The composition root of the producer: its sign-in, its API client and its documents."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

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
    """A client of the API for the machine user, whose password is in the secret."""
    producer = settings()
    login = _login("AWSCURRENT")
    cognito = wiring.client("cognito-idp")
    user = SignedInUser(
        cognito, producer.client_id, login["username"], login["password"], _passwords_now
    )
    return ApiClient(producer.api_url, user)


def _passwords_now() -> Iterator[str]:
    """The current password of the producer, then the pending one of a rotation.

    A rotation sets the new password at the pool before it becomes current in the secret.
    """
    yield _login("AWSCURRENT")["password"]
    try:
        yield _login("AWSPENDING")["password"]
    except _secrets().exceptions.ResourceNotFoundException:
        return


def _login(stage: str) -> dict[str, str]:
    response = _secrets().get_secret_value(SecretId=settings().secret_id, VersionStage=stage)
    login: dict[str, str] = json.loads(response["SecretString"])
    return login


def _secrets() -> Any:
    return wiring.client("secretsmanager")


def stored_documents() -> list[dict[str, Any]]:
    """The sample documents; empty if the object does not exist."""
    producer = settings()
    s3 = wiring.client("s3")
    try:
        response = s3.get_object(Bucket=producer.bucket, Key=producer.key)
    except s3.exceptions.NoSuchKey:
        return []
    return unpack(response["Body"].read())
