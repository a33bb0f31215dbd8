"""What every service behind the companion looks like to it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.model import ServiceModel


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """The body of a response; which model gave it (for the header), and to how many texts."""

    body: dict[str, Any]
    source: str = ""
    texts: int = 0


class Service(Protocol):
    """One AWS service. Its model names the prefix of `X-Amz-Target` that reaches it."""

    @property
    def model(self) -> ServiceModel: ...

    @property
    def operations(self) -> Collection[str]:
        """What it answers itself; the emulator answers the rest."""

    def answer(
        self, operation: str, parameters: dict[str, Any], answered: int | None
    ) -> ServiceResponse:
        """The answer to a checked request; `ServiceError` for an error of the service.

        With `answered` only so many items of a batch get an answer, as a fault for tests.
        Called from several threads.
        """
