"""The stream path's door: accepted documents are queued in the stream, and stored later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from echostream.domain.door import Receipt, Rejection, by_index, check
from echostream.domain.errors import TryAgain
from echostream.domain.privacy import PLAIN, Privacy
from echostream.domain.stream_record import pack
from echostream.domain.validation import AcceptedTimes

NOT_QUEUED = Rejection(0, "try_again", "document: not stored; send it again")


class RecordStream(Protocol):
    """A durable queue of records."""

    def write(self, tenant: str, records: Sequence[bytes], seconds: float) -> list[str]:
        """Write a tenant's records, and those that fail again, for a time.

        Returns for each record why it was not written; an empty text if it was. Raises
        `CallRefused` if a repeat fails too; some records may have been written.
        """


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Takes the documents of one request. An accepted document is in the stream, durably."""

    stream: RecordStream
    retention: timedelta

    def __call__(
        self,
        tenant: str,
        raw: Sequence[Any],
        now: datetime,
        seconds: float,
        privacy: Privacy = PLAIN,
    ) -> Receipt:
        """Queue documents as parsed from JSON, within a time.

        Documents that could not be written are rejected as `try_again`. Raises `TryAgain` if none
        was written, and `CallRefused` if the stream refused a call. A repeat is harmless, also of
        documents that were written.
        """
        times = AcceptedTimes(now, privacy.retention(self.retention))
        accepted, rejected = check(raw, times, privacy)
        if not accepted:
            return Receipt([], rejected)
        records = list(pack(tenant, now, {index: one.row for index, one in accepted.items()}))
        reasons = self.stream.write(tenant, [record.data for record in records], seconds)
        failed = {
            index: reason
            for record, reason in zip(records, reasons, strict=True)
            for index in record.indices
            if reason
        }
        if len(failed) == len(accepted):
            raise TryAgain(f"stream: {reasons[0]}")
        rejected += [Rejection(i, NOT_QUEUED.code, NOT_QUEUED.message) for i in failed]
        taken = [one.document for i, one in accepted.items() if i not in failed]
        return Receipt(
            ids=[document.id for document in taken],
            rejected=by_index(rejected),
            received_at=now,
            lake_only=sum(map(times.is_lake_only, taken)),
        )
