"""Leaves out what changes of the table add to the counts of tenants that are deleted.

The deletions of a tenant's documents reach the counters when the counts may be deleted already, and
would create them again. Changes that are new, and add to counts, are not compared: the erasure of a
tenant waits for them between its rounds, and most batches read nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from echostream.domain.archive import LATE
from echostream.domain.counters import Change
from echostream.domain.erasure import ErasedDocuments, Erasures


@dataclass(frozen=True, slots=True)
class LeaveOutDeleted:
    """Compares changes with the erasures of their tenants."""

    erasures: Erasures
    clock: Callable[[], datetime]

    def __call__(self, changes: Sequence[Change]) -> list[Change]:
        """All changes, because they move the position; those of deleted tenants add nothing.

        Raises `TryAgain`.
        """
        now = self.clock()
        tenants = {one.tenant for one in changes if one.at < now - LATE or _is_removal(one)}
        erased = {name: ErasedDocuments(self.erasures.since(name, now)) for name in tenants}
        return [
            replace(one, counts=(), received=None)
            if one.tenant in erased and erased[one.tenant].has_all(one.at)
            else one
            for one in changes
        ]


def _is_removal(change: Change) -> bool:
    return any(count.total < 0 for count in change.counts)
