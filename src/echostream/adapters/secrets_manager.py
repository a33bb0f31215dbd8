"""Credentials in Secrets Manager: a secret for each live source or destination that needs any."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from echostream.adapters.aws_errors import translating
from echostream.domain.codec import to_json
from echostream.domain.errors import NotFound


class SecretsManager:
    """`Secrets` whose names begin with a prefix. A deleted secret cannot be restored."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def create(self, tenant: str, name: str, credentials: Mapping[str, str]) -> str:
        secret = f"{self._prefix}{tenant}/{name}-{secrets.token_hex(4)}"
        with translating("secrets"):
            self._client.create_secret(
                Name=secret,
                Description="Credentials of a live source or a destination",
                SecretString=to_json(credentials),
            )
        return secret

    def read(self, secret: str) -> Mapping[str, str]:
        with translating("secrets"):
            try:
                response = self._client.get_secret_value(SecretId=secret)
            except self._client.exceptions.ResourceNotFoundException as error:
                message = "the credentials do not exist; remove what needs them, and add it again"
                raise NotFound("unknown_secret", message) from error
        credentials: dict[str, str] = json.loads(response["SecretString"])
        return credentials

    def delete(self, secret: str) -> None:
        with translating("secrets"):
            try:
                self._client.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
            except self._client.exceptions.ResourceNotFoundException:
                return
