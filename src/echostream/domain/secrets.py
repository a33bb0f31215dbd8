"""Where credentials of live sources and of destinations are stored."""

from collections.abc import Mapping
from typing import Protocol


class Secrets(Protocol):
    """Credentials by the name of a secret. Every method may raise `TryAgain` and `CallRefused`."""

    def create(self, tenant: str, name: str, credentials: Mapping[str, str]) -> str:
        """Store credentials; the name of the secret, which no other one has."""

    def read(self, secret: str) -> Mapping[str, str]:
        """The credentials. Raises `NotFound`."""

    def delete(self, secret: str) -> None:
        """Delete credentials, which need not exist."""
