"""The zones of the lake as places of an erasure: objects are written again without documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from echostream.domain.codec import time_from_wire
from echostream.domain.erase_places import delete_by_id
from echostream.domain.erase_ports import (
    Deletions,
    LakeContent,
    RewritableLake,
    Row,
    subject_of_running,
)
from echostream.domain.erasure import Chunk, Erasure
from echostream.domain.errors import BadRequest
from echostream.domain.lake import Zone, tenant_and_hour, tenant_prefix
from echostream.domain.model import hour_of
from echostream.domain.validation import sent_id

OBJECTS = 200
"""Objects of the lake in a part, read side by side."""
CLOCKS = timedelta(seconds=5)
"""By which S3's times of writing, in whole seconds, may be before those of our functions."""


@dataclass(frozen=True, slots=True)
class EraseLake:
    """A zone of the lake: objects are written again without the documents, or deleted.

    In `enriched` a row has the time at which it was scored. In `raw` the time of the object
    decides; if it is about that of the request or later, whether the table has the document. An
    object that is newer than `writing` is left to the second round, which finds
    only such as arrived after the request. `deletions` is for documents that the table has and does
    not list: those of the lake only, and expired ones.
    """

    zone: Zone
    lake: RewritableLake
    deletions: Deletions
    clock: Callable[[], datetime]
    writing: timedelta

    def find(self, erasure: Erasure) -> Chunk:
        prefix = tenant_prefix(self.zone, erasure.tenant)
        keys = [key for key, _ in self.lake.list_objects(prefix, erasure.position, OBJECTS)]
        covered = [key for key in keys if _may_be_covered(key, erasure)]
        found, unsearched = {}, []
        for key, content in self.lake.read_many(covered):
            if content.rows is None:
                unsearched.append(key)
            elif rows := self._erased(erasure, content):
                found[key] = len(rows)
        position = keys[-1] if len(keys) == OBJECTS and keys[-1:] == covered[-1:] else None
        return Chunk(found, position, tuple(unsearched))

    def erase(self, erasure: Erasure, chunk: Chunk) -> None:
        def keep(_: str, content: LakeContent) -> Sequence[Row]:
            rows = self._erased(erasure, content)
            if self.zone == "enriched":  # first the table: only these rows name its documents
                ids = [name for row in rows if (name := sent_id(row))]
                delete_by_id(self.deletions, erasure, ids)
            numbers = {id(row) for row in rows}
            return [row for row in content.rows or () if id(row) not in numbers]

        self.lake.rewrite_many(list(chunk.found), keep)

    def _erased(self, erasure: Erasure, content: LakeContent) -> list[Row]:
        """The rows of an object that are erased."""
        subject = subject_of_running(erasure)
        rows = [row for row in content.rows or () if subject.is_of(sent_id(row), row.get("author"))]
        if self.zone == "enriched":
            return [row for row in rows if _scored_at(row, erasure.covers_to) <= erasure.covers_to]
        if not rows or content.written_at < erasure.covers_to - CLOCKS:
            return rows
        if content.written_at > self.clock() - self.writing:
            return []
        return self._not_stored(erasure.tenant, rows)

    def _not_stored(self, tenant: str, rows: list[Row]) -> list[Row]:
        """The rows without a document of this text in the table, after it was erased there."""
        ids = [name for row in rows if (name := sent_id(row))]
        stored = self.deletions.find(tenant, ids, datetime.max.replace(tzinfo=UTC))
        texts = {one.document.id: one.document.text for one in stored}
        return [row for row in rows if texts.get(sent_id(row) or "") != row.get("text")]


def _may_be_covered(key: str, erasure: Erasure) -> bool:
    """Whether the documents of an object may have arrived before the request."""
    batch = tenant_and_hour(key)
    return batch is None or batch[1] <= hour_of(erasure.covers_to)


def _scored_at(row: Row, default: datetime) -> datetime:
    try:
        return time_from_wire("enriched_at", row["enriched_at"])
    except (BadRequest, KeyError, TypeError):
        return default
