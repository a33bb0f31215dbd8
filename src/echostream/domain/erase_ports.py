"""What an erasure needs of the table, the lake, the quarantine and the directory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from echostream.domain.erasure import Erasure, Subject
from echostream.domain.members import Tenant
from echostream.domain.model import ScoredDocument
from echostream.domain.quarantine import Quarantined

Row = Mapping[str, Any]


class Deletions(Protocol):
    """Deletes documents from the table. Every method may raise `TryAgain`."""

    def delete(self, tenant: str, documents: Sequence[ScoredDocument]) -> None:
        """Delete documents, unless another document has taken their ids."""

    def find(self, tenant: str, ids: Sequence[str], moment: datetime) -> list[ScoredDocument]:
        """The documents among these ids that were scored up to a time."""


class LakeContent(Protocol):
    """The content of an object of the lake. `rows` is None if it is not JSON Lines.

    `written_at` is when the pipeline wrote it, also after an erasure has rewritten it.
    """

    @property
    def rows(self) -> Sequence[Row] | None: ...

    @property
    def written_at(self) -> datetime: ...


Keep = Callable[[str, LakeContent], Sequence[Row]]
"""The rows to keep of an object, by its key and its content."""


class RewritableLake(Protocol):
    """Objects of the lake by key. Every method may raise `TryAgain`."""

    def list_objects(self, prefix: str, after: str, limit: int) -> list[tuple[str, datetime]]:
        """The first keys with a prefix that are greater than a key, and S3's times of writing."""

    def read_many(self, keys: Sequence[str]) -> Iterator[tuple[str, LakeContent]]:
        """The objects that exist."""

    def rewrite_many(self, keys: Sequence[str], keep: Keep) -> None:
        """Write objects without the other rows; one without rows is deleted."""

    def delete_many(self, keys: Sequence[str]) -> None:
        """Delete objects."""


class ErasableQuarantine(Protocol):
    """The items of the quarantine."""

    def items(self, tenant: str = "", after: str = "") -> Iterator[Quarantined]:
        """The items of a tenant with keys greater than a key, in order."""

    def remove(self, item: Quarantined) -> None:
        """Delete an item."""

    def get(self, key: str) -> Quarantined | None:
        """The item with a key; None if there is none."""


class TenantItems(Protocol):
    """The items of the table that follow from a tenant's documents and requests, by partition.

    Every method may raise `TryAgain`.
    """

    def find(self, tenant: str, now: datetime, after: str) -> tuple[list[str], str | None]:
        """Partitions with items that are greater than one, and where the next part begins."""

    def delete(self, partitions: Sequence[str]) -> None:
        """Delete the items of partitions, but no more than fit into a part."""


class Tenants(Protocol):
    """The tenants of the directory. Every method may raise `TryAgain`."""

    def tenant(self, name: str) -> Tenant | None:
        """A tenant; None if there is none."""

    def delete_tenant(self, tenant: Tenant) -> None:
        """Delete a tenant whose state is `deleting`, unless it is another of this name now."""


def subject_of_running(erasure: Erasure) -> Subject:
    """What a running erasure erases."""
    if erasure.subject is None:
        raise ValueError(f"erasure {erasure.id} is done")
    return erasure.subject
