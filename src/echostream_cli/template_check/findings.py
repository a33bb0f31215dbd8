"""What the check found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A fault of one resource in one deployment. `message` says what to change."""

    deployment: str
    resource: str
    property: str
    message: str

    def __str__(self) -> str:
        return f"{self.deployment}: {self.resource}.{self.property}: {self.message}"
