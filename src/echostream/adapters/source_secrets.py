"""The credentials of live sources in Secrets Manager: a secret for each source that needs any."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from echostream.adapters.aws_errors import translating
from echostream.domain.codec import to_json
from echostream.domain.errors import NotFound
from echostream.domain.live_sources import LiveSource


class SecretsManagerSources:
    """`SourceSecrets` whose names begin with a prefix. A deleted secret cannot be restored."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def create(self, source: LiveSource, credentials: Mapping[str, str]) -> str:
        name = f"{self._prefix}{source.tenant}/{source.name}-{secrets.token_hex(4)}"
        with translating("secrets"):
            self._client.create_secret(
                Name=name,
                Description="Credentials of a live source",
                SecretString=to_json(credentials),
            )
        return name

    def read(self, secret: str) -> Mapping[str, str]:
        with translating("secrets"):
            try:
                response = self._client.get_secret_value(SecretId=secret)
            except self._client.exceptions.ResourceNotFoundException as error:
                message = "the credentials of the source do not exist; add it again"
                raise NotFound("unknown_secret", message) from error
        credentials: dict[str, str] = json.loads(response["SecretString"])
        return credentials

    def delete(self, secret: str) -> None:
        with translating("secrets"):
            try:
                self._client.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
            except self._client.exceptions.ResourceNotFoundException:
                return
